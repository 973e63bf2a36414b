/**
 * Locks: u32 words in linear memory.
 *
 *     0 FREE ──lock──▶ 1 HELD ──another one waits──▶ 2 CONTENDED
 *       ▲                │ unlock                      │ unlock, and wake one
 *       └────────────────┴─────────────────────────────┘
 *
 * Taking a free lock and giving it back are one atomic instruction each; the system is only asked
 * when somebody has to sleep, or may be asleep. Who has slept takes the lock as CONTENDED, for
 * there may be more sleepers; that costs at most one needless wake-up and loses none. test/model
 * goes through all interleavings.
 *
 * Lock order: a thread that waits for a lock holds none of the same rank or a later one.
 *
 *     ADMIN (expansion, dump, maintenance) → ITEM → QUEUE → SLABS
 *
 * Who needs one against that order (the LRU's victim is locked while its queue is) may only try. In
 * the debug build every wait is checked against it. Without threads all of this compiles to
 * nothing.
 */
import { ITEM_LOCKS_PTR, MAINTENANCE_LOCK_PTR } from "./region";
import { THREADED, heldPtr } from "./thread";
import { VERIFY } from "./verify";
import { state } from "./store-state";
import { wait } from "./env";

export enum LockRank {
  ADMIN = 0,
  ITEM = 1,
  QUEUE = 2,
  SLABS = 3,
  COUNT = 4,
}

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/** Looks at a held lock before sleeping: a few hundred nanoseconds, longer than most are held. */
const SPINS: u32 = 60;

/** Whether the lock was free; it is ours then. Never waits, so it may break the lock order. */
export function lockTry(ptr: usize, rank: u32): bool {
  if (!THREADED) return true;
  if (atomic.cmpxchg<u32>(ptr, FREE, HELD) !== FREE) return false;
  if (VERIFY) heldAdd(rank, 1);
  return true;
}

export function lock(ptr: usize, rank: u32): void {
  if (!THREADED) return;
  if (VERIFY) orderCheck(rank);
  lockAnyway(ptr);
  if (VERIFY) heldAdd(rank, 1);
}

/** The same beside the order, for who takes every lock there is (store/freeze.ts). */
export function lockAnyway(ptr: usize): void {
  if (!THREADED) return;
  if (atomic.cmpxchg<u32>(ptr, FREE, HELD) !== FREE) lockSlow(ptr);
}

function lockSlow(ptr: usize): void {
  for (let i: u32 = 0; i < SPINS; i++) {
    if (atomic.load<u32>(ptr) === FREE && atomic.cmpxchg<u32>(ptr, FREE, HELD) === FREE) return;
  }
  while (atomic.xchg<u32>(ptr, CONTENDED) !== FREE) wait(ptr, CONTENDED);
}

export function unlock(ptr: usize, rank: u32): void {
  if (!THREADED) return;
  if (VERIFY) heldAdd(rank, -1);
  unlockAnyway(ptr);
}

export function unlockAnyway(ptr: usize): void {
  if (!THREADED) return;
  const before = atomic.xchg<u32>(ptr, FREE);
  if (VERIFY) assert(before !== FREE);
  if (before === CONTENDED) atomic.notify(ptr, 1);
}

// ── Item locks ───────────────────────────────────────────────────────────────────────────────────

/**
 * One of a table of locks, by the low bits of the hash. The table has fewer locks than the hash
 * table has buckets, so all items of a bucket share one lock, and it guards the chain too.
 */
function itemLockPtr(hash: u32): usize {
  return ITEM_LOCKS_PTR + ((<usize>(hash & state.itemLockMask)) << 2);
}

export function itemLock(hash: u32): void {
  lock(itemLockPtr(hash), LockRank.ITEM);
}

export function itemTryLock(hash: u32): bool {
  return lockTry(itemLockPtr(hash), LockRank.ITEM);
}

export function itemUnlock(hash: u32): void {
  unlock(itemLockPtr(hash), LockRank.ITEM);
}

/** Whether two hashes have one lock. Always so without threads, where nothing is locked. */
export function itemLocksAreSame(a: u32, b: u32): bool {
  return ((a ^ b) & state.itemLockMask) === 0;
}

/** Whether somebody holds the lock of this hash: for assertions. */
export function itemIsLocked(hash: u32): bool {
  return !THREADED || atomic.load<u32>(itemLockPtr(hash)) !== FREE;
}

// ── Maintenance ──────────────────────────────────────────────────────────────────────────────────

/** Keeps the background from moving items: while it does, and while a check looks at them all. */
export function maintenanceLock(): void {
  lock(MAINTENANCE_LOCK_PTR, LockRank.ADMIN);
}

export function maintenanceUnlock(): void {
  unlock(MAINTENANCE_LOCK_PTR, LockRank.ADMIN);
}

// ── The order, checked ───────────────────────────────────────────────────────────────────────────

function heldAdd(rank: u32, change: i32): void {
  const ptr = heldPtr() + ((<usize>rank) << 2);
  store<u32>(ptr, load<u32>(ptr) + change);
}

/** This thread holds no lock of the rank or behind it. */
function orderCheck(rank: u32): void {
  for (let later = rank; later < <u32>LockRank.COUNT; later++) {
    assert(load<u32>(heldPtr() + ((<usize>later) << 2)) === 0);
  }
}
