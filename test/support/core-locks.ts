/**
 * The core's locks as tests see them: where each one lies, who holds what, and what is done in the
 * place of sleep.
 *
 * Addresses are those of assembly/base/region.ts and thread.ts. A wrong one shows at once: a lock
 * that a test takes there keeps nobody out.
 */
import { QUEUE_COUNT, SEGMENT_COLD } from "../../assembly/shared/limits.ts";
import type { Core } from "../../src/core/core.ts";
import { spyOn } from "bun:test";

const ITEM_LOCKS_PTR = 0x10000;
const QUEUES_PTR = 0x2000;
const QUEUE_SIZE = 64;
const QUEUE_LOCK_AT = 20;
const HELD_AT = 0x100;

export const SLABS_LOCK = 0x640;
export const EXPANSION_LOCK = 0x680;
export const DUMP_LOCK = 0x684;
export const MAINTENANCE_LOCK = 0x688;

/** Item locks of a store with one or two threads and 2^10 buckets or more. */
export const ITEM_LOCK_COUNT = 1024;

export const FREE = 0;
export const HELD = 1;
export const CONTENDED = 2;

/** Ranks of assembly/base/lock.ts: what is waited for first comes first. */
export const RANKS = ["ADMIN", "ITEM", "QUEUE", "SLABS"] as const;

export function itemLockAt(index: number): number {
  return ITEM_LOCKS_PTR + 4 * index;
}

/** The lock of a key's hash. */
export function itemLockOf(core: Core, key: string): number {
  for (let i = 0; i < key.length; i++) core.inbox[i] = key.charCodeAt(i);
  const hash = core.abi.hashKey(core.inboxPtr, key.length) >>> 0;
  return itemLockAt(hash % ITEM_LOCK_COUNT);
}

/** The lock of a slab class's queue. */
export function queueLockOf(classId: number): number {
  return QUEUES_PTR + (classId | SEGMENT_COLD) * QUEUE_SIZE + QUEUE_LOCK_AT;
}

export function lockWord({ bytes }: Core, lockPtr: number): number {
  return new DataView(bytes.buffer).getUint32(lockPtr, true);
}

export function setLock({ bytes }: Core, lockPtr: number, word: number): void {
  new DataView(bytes.buffer).setUint32(lockPtr, word, true);
}

/** Counts of the locks that the core's thread holds, by rank: the debug build keeps them. */
export function heldCounts({ bytes, abi }: Core): Uint32Array {
  return new Uint32Array(bytes.buffer, abi.resultPtr() + HELD_AT, RANKS.length);
}

/** Addresses of all locks that are not free. */
export function locksTaken(core: Core): number[] {
  const itemLocks = Array.from({ length: ITEM_LOCK_COUNT }, (_, i) => itemLockAt(i));
  const queueLocks = Array.from({ length: QUEUE_COUNT }, (_, slabId) => {
    return QUEUES_PTR + slabId * QUEUE_SIZE + QUEUE_LOCK_AT;
  });
  const admin = [EXPANSION_LOCK, DUMP_LOCK, MAINTENANCE_LOCK];
  const all = [SLABS_LOCK, ...admin, ...itemLocks, ...queueLocks];
  return all.filter((lockPtr) => lockWord(core, lockPtr) !== FREE);
}

/**
 * Does `work`, with `wake` called wherever the core would sleep, and told for which lock. Returns
 * these locks. A `wake` that leaves the lock alone is called again: sleep may end early.
 */
export function sleepsDuring(work: () => void, wake: (lockPtr: number) => void): number[] {
  const locks: number[] = [];
  const sleep = (_words: unknown, at: number, expected: unknown): "ok" => {
    if (expected !== CONTENDED) throw new Error(`sleeps while the lock is ${String(expected)}`);
    locks.push(at * 4);
    wake(at * 4);
    return "ok";
  };
  const spy = spyOn(Atomics, "wait").mockImplementation(sleep as typeof Atomics.wait);
  try {
    work();
  } finally {
    spy.mockRestore();
  }
  return locks;
}

/** Does `work`, which must not sleep: the test would never end. */
export function withoutSleep(work: () => void): void {
  sleepsDuring(work, (lockPtr) => {
    throw new Error(`would sleep at the lock ${lockPtr}`);
  });
}
