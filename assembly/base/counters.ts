/**
 * Counters: u64 slots in linear memory, so that a snapshot has them and any host can read them.
 *
 * Each thread has its own and is the only one to write them, without a lock; they never go back.
 * `stats reset` writes down where they stand, and readers subtract that: so nobody has to be
 * stopped, and no count is lost.
 *
 *     shown = sum over threads − baseline
 */
import { BASELINE_PTR, CLASS_COUNTERS_AT, CLASS_COUNTERS_SIZE, COUNTERS_SIZE } from "./region";
import { countersPtr, countersPtrOf } from "./thread";
import { Counter } from "../shared/counters";
import { state } from "./store-state";

export function count(counter: u32): void {
  const ptr = countersPtr() + ((<usize>counter) << 3);
  store<u64>(ptr, load<u64>(ptr) + 1);
}

/** This thread's own count. */
export function countedHere(counter: u32): u64 {
  return load<u64>(countersPtr() + ((<usize>counter) << 3));
}

function classCounterPtr(classId: u32, counter: u32): usize {
  const at = CLASS_COUNTERS_AT + <usize>classId * CLASS_COUNTERS_SIZE + ((<usize>counter) << 3);
  return countersPtr() + at;
}

/** This thread's own count for a class. */
export function classCountedHere(classId: u32, counter: u32): u64 {
  return load<u64>(classCounterPtr(classId, counter));
}

export function countClass(classId: u32, counter: u32): void {
  const ptr = classCounterPtr(classId, counter);
  store<u64>(ptr, load<u64>(ptr) + 1);
}

/** `stats reset`. */
export function countersReset(): void {
  for (let at: usize = 0; at < COUNTERS_SIZE; at += 8) {
    let sum: u64 = 0;
    for (let i: u32 = 0; i < state.threadCount; i++) sum += load<u64>(countersPtrOf(i) + at);
    store<u64>(BASELINE_PTR + at, sum);
  }
  // memcached's reset leaves this one alone.
  store<u64>(BASELINE_PTR + 8 * <usize>Counter.LRU_BUMPS_DROPPED, 0);
}
