/**
 * Counters: u64 slots in linear memory, so that a snapshot has them and any host can read them.
 */
import { ClassCounter, Counter } from "../shared/counters";
import { CLASS_COUNTERS_PTR, CLASS_COUNTERS_SIZE, COUNTERS_PTR } from "./region";
import { SLAB_CLASS_COUNT_MAX } from "../shared/limits";

export function count(counter: u32): void {
  const ptr = COUNTERS_PTR + ((<usize>counter) << 3);
  store<u64>(ptr, load<u64>(ptr) + 1);
}

export function classCounterPtr(classId: u32, counter: u32): usize {
  return CLASS_COUNTERS_PTR + <usize>classId * CLASS_COUNTERS_SIZE + ((<usize>counter) << 3);
}

export function countClass(classId: u32, counter: u32): void {
  const ptr = classCounterPtr(classId, counter);
  store<u64>(ptr, load<u64>(ptr) + 1);
}

export function setClassCounter(classId: u32, counter: u32, value: u64): void {
  store<u64>(classCounterPtr(classId, counter), value);
}

/** `stats reset`. */
export function countersReset(): void {
  memory.fill(COUNTERS_PTR, 0, 8 * <usize>Counter.COUNT);
  memory.fill(CLASS_COUNTERS_PTR, 0, CLASS_COUNTERS_SIZE * SLAB_CLASS_COUNT_MAX);
}

if (<u32>ClassCounter.COUNT > 24) ERROR("class counters outgrow their area");
