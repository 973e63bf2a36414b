/**
 * Standing still: who holds every lock sees the whole store as it is at one moment. Whatever others
 * do to it waits, and so does everything that they begin; only what they alone can see goes on, an
 * item that they fill, and holds on items are where they were.
 *
 * Locks are taken in the order of their ranks. Nobody who is waited for waits for one of a rank
 * that was taken before: so there is an end to it. The host takes them one by one, and if its
 * patience ends midway it gives back those that it has.
 *
 *     0          1 … N      N + 1 … N + 256    N + 257
 *     expansion  items      queues             slabs
 */
import { EXPANSION_LOCK_PTR, ITEM_LOCKS_PTR, SLABS_PTR } from "../base/region";
import { QUEUE_COUNT } from "../shared/limits";
import { lockAnyway, unlockAnyway } from "../base/lock";
import { queueLockPtr } from "../lru/queue";
import { state } from "../base/store-state";

/** Where the lock with this number is; 0 = there are no more. */
function lockPtrOf(index: u32): usize {
  if (index === 0) return EXPANSION_LOCK_PTR;
  const queues = state.itemLockMask + 2;
  if (index < queues) return ITEM_LOCKS_PTR + ((<usize>index - 1) << 2);
  const slabs = queues + QUEUE_COUNT;
  if (index < slabs) return queueLockPtr(index - queues);
  return index === slabs ? SLABS_PTR : 0;
}

/** Takes the lock with this number; false when there is none. All below it are the caller's. */
export function freezeOne(index: u32): bool {
  const ptr = lockPtrOf(index);
  if (ptr === 0) return false;
  lockAnyway(ptr);
  return true;
}

export function thawOne(index: u32): void {
  unlockAnyway(lockPtrOf(index));
}
