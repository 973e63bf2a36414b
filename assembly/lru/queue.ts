/**
 * LRU queues: one doubly linked list of items for each slab class and segment.
 *
 *     head (newest)                                   tail (oldest)
 *       │   ┌──── lruNext ───▶                            │
 *       ▼   │                                             ▼
 *     ┌──────┐      ┌──────┐      ┌──────┐            ┌──────┐
 *     │ item │ ◀──▶ │ item │ ◀──▶ │ item │ ◀── … ──▶  │ item │
 *     └──────┘      └──────┘      └──────┘            └──────┘
 *                     ◀── lruPrev ───┘
 *
 * A queue never frees or unlinks on its own: it names items, the store decides (design: the ring
 * between slabs and LRU is opened here).
 *
 * Each queue has a lock. It guards the queue and its items' links; functions named …Locked want it
 * held. An item does not leave its queue while that is locked, so its key may be read.
 *
 * Items whose last access was in this very second stand together at the head, so that flush_all
 * finds them without a walk over all. A flat queue is in that order all the way. Where queues are
 * segments, times are newer than places: an access in place therefore writes the second before
 * (access.ts), and so does a move (`queueEnter`). So that it stays so among threads, the time is
 * read and written while the queue is locked.
 *
 * While an item moves, it is in no queue, and a flush_all of another thread may pass it by. So who
 * moves it looks at the count of flushes before and after (`flushesEnded`, `queueEnter`); so does
 * who puts an item in the place of another one, whose value it may hold (`queueReplace`).
 *
 * The crawler's cursor is the item that it looks at next. It steps on when that item leaves.
 */
import { Item, ItemFlag, itemAt, itemHas, itemIsFlushed, itemSet, itemSize } from "../item/item";
import { LockRank, lock, unlock } from "../base/lock";
import { QUEUES_PTR, QUEUE_SIZE } from "../base/region";
import { QUEUE_COUNT } from "../shared/limits";
import { state } from "../base/store-state";

@unmanaged
export class Queue {
  /** Sum of the sizes of its items. */
  bytes: u64;
  head: u32;
  tail: u32;
  itemCount: u32;
  lock: u32;
  /** What the crawler looks at next, 0 = nothing; and how many items more (maintenance). */
  cursor: u32;
  cursorLeft: u32;
}

/** The queue with this slab id (class and segment). */
export function queueOf(slabId: u32): Queue {
  return changetype<Queue>(QUEUES_PTR + <usize>slabId * QUEUE_SIZE);
}

export function queueLockPtr(slabId: u32): usize {
  return QUEUES_PTR + <usize>slabId * QUEUE_SIZE + offsetof<Queue>("lock");
}

export function queueLock(slabId: u32): void {
  lock(queueLockPtr(slabId), LockRank.QUEUE);
}

export function queueUnlock(slabId: u32): void {
  unlock(queueLockPtr(slabId), LockRank.QUEUE);
}

/** Puts an item at the head, as accessed now. */
export function queuePushHead(item: Item): void {
  const slabId = item.slabId;
  queueLock(slabId);
  queuePushHeadLocked(item);
  queueUnlock(slabId);
}

export function queueRemove(item: Item): void {
  const slabId = item.slabId;
  queueLock(slabId);
  queueRemoveLocked(item);
  queueUnlock(slabId);
}

/**
 * Takes `old` out and puts `fresh` at the head of its own queue, as accessed now. But if `old` was
 * flushed since the caller found it, or a flush is at work that may have passed by the place where
 * `fresh` goes, then `fresh` may hold what was to go: it is flushed as well.
 *
 * Whoever flushes waits for the lock of an item of this very second, which the caller holds; so no
 * flush that finds `old` in its queue can be through before it is out.
 */
export function queueReplace(old: Item, fresh: Item): void {
  const flushes = flushesEnded();
  const slabId = fresh.slabId;
  const isSame = old.slabId === slabId;
  if (!isSame) queueRemove(old);
  queueLock(slabId);
  if (isSame) queueRemoveLocked(old);
  if (flushesBegun() !== flushes || itemIsFlushed(old)) {
    const before = state.now - 1;
    fresh.lastAccess = before < state.flushCut ? before : state.flushCut;
    putAtTail(queueOf(slabId), fresh);
  } else {
    queuePushHeadLocked(fresh);
  }
  queueUnlock(slabId);
}

/**
 * Moves an item to the head, as accessed now. But one that was flushed since the caller found it
 * stays as old as it is.
 */
export function queueBump(item: Item): void {
  const slabId = item.slabId;
  queueLock(slabId);
  if (!itemIsFlushed(item)) {
    // What is at the head stays there: else the crawler's cursor would step off the queue.
    if (queueOf(slabId).head === <u32>changetype<usize>(item)) {
      item.lastAccess = state.now;
    } else {
      queueRemoveLocked(item);
      queuePushHeadLocked(item);
    }
  }
  queueUnlock(slabId);
}

/** Puts `fresh`, a copy of `old`, in its very place. */
export function queueSwap(old: Item, fresh: Item): void {
  const slabId = old.slabId;
  queueLock(slabId);
  const queue = queueOf(slabId);
  const self = <u32>changetype<usize>(fresh);
  const prev = old.lruPrev;
  const next = old.lruNext;
  fresh.lruPrev = prev;
  fresh.lruNext = next;
  if (prev !== 0) itemAt(prev).lruNext = self;
  else queue.head = self;
  if (next !== 0) itemAt(next).lruPrev = self;
  else queue.tail = self;
  if (queue.cursor === <u32>changetype<usize>(old)) queue.cursor = self;
  queueUnlock(slabId);
}

export function queuePushHeadLocked(item: Item): void {
  item.lastAccess = state.now;
  putAtHead(queueOf(item.slabId), item);
}

/**
 * Flushes for now that are through: to be read before an item is taken out, for `queueEnter`.
 *
 * The counts are read with locks held, whose atomic instructions nothing passes, so a plain load
 * does. An atomic one is compiled as an addition of 0 that waits for all stores before it: that
 * took a twentieth of a set.
 */
export function flushesEnded(): u32 {
  return state.flushesEnded;
}

/** Those that have begun: more than are through while one is at work. */
function flushesBegun(): u32 {
  return state.flushesBegun;
}

/**
 * Puts an item that is in no queue at the head of that of `slabId`, not newer than the second
 * before this one. But if all of that second was flushed just now, an item of this second keeps its
 * time. What is older than the head's very second would break the order there: it goes to the tail.
 *
 * `flushes` were through when it was taken out. If another one was at work then, or has begun, it
 * is flushed too.
 */
export function queueEnter(item: Item, slabId: u32, flushes: u32): void {
  queueLock(slabId);
  const queue = queueOf(slabId);
  const now = state.now;
  if (flushesBegun() !== flushes) {
    if (item.lastAccess > state.flushCut) item.lastAccess = state.flushCut;
  } else if (item.lastAccess === now && state.flushCut + 1 !== now) {
    item.lastAccess = now - 1;
  }
  item.slabId = <u8>slabId;
  const head = queue.head;
  if (head !== 0 && itemAt(head).lastAccess === now && item.lastAccess !== now) {
    putAtTail(queue, item);
  } else {
    putAtHead(queue, item);
  }
  queueUnlock(slabId);
}

function putAtHead(queue: Queue, item: Item): void {
  const self = <u32>changetype<usize>(item);
  const head = queue.head;
  item.lruPrev = 0;
  item.lruNext = head;
  if (head !== 0) itemAt(head).lruPrev = self;
  else queue.tail = self;
  queue.head = self;
  queue.itemCount++;
  queue.bytes += itemSize(item);
}

function putAtTail(queue: Queue, item: Item): void {
  const self = <u32>changetype<usize>(item);
  const tail = queue.tail;
  item.lruNext = 0;
  item.lruPrev = tail;
  if (tail !== 0) itemAt(tail).lruNext = self;
  else queue.head = self;
  queue.tail = self;
  queue.itemCount++;
  queue.bytes += itemSize(item);
}

export function queueRemoveLocked(item: Item): void {
  const queue = queueOf(item.slabId);
  const prev = item.lruPrev;
  const next = item.lruNext;
  if (queue.cursor === <u32>changetype<usize>(item)) queue.cursor = prev;
  if (prev !== 0) itemAt(prev).lruNext = next;
  else queue.head = next;
  if (next !== 0) itemAt(next).lruPrev = prev;
  else queue.tail = prev;
  item.lruPrev = 0;
  item.lruNext = 0;
  queue.itemCount--;
  queue.bytes -= itemSize(item);
}

/** Linked items of all queues. Others may be at work: then it is what they make of it. */
export function queuesItemCount(): u32 {
  let sum: u32 = 0;
  for (let slabId: u32 = 0; slabId < <u32>QUEUE_COUNT; slabId++) sum += queueOf(slabId).itemCount;
  return sum;
}

/** Sum of the sizes of the items of all queues. */
export function queuesBytes(): u64 {
  let sum: u64 = 0;
  for (let slabId: u32 = 0; slabId < <u32>QUEUE_COUNT; slabId++) sum += queueOf(slabId).bytes;
  return sum;
}

/**
 * Marks the items of one queue as CHECKED; false when its links, count or bytes are wrong, or an
 * item of this very second stands behind an older one.
 */
export function queueCheck(slabId: u32): bool {
  const queue = queueOf(slabId);
  let found: u32 = 0;
  let bytes: u64 = 0;
  let prev: u32 = 0;
  let isOlder = false;
  let hasCursor = queue.cursor === 0;
  let at = queue.head;
  while (at !== 0) {
    const item = itemAt(at);
    if (<u32>item.slabId !== slabId || item.lruPrev !== prev) return false;
    if (item.lastAccess < state.now) isOlder = true;
    else if (isOlder) return false;
    if (queue.cursor === at) hasCursor = true;
    if (!itemHas(item, ItemFlag.LINKED) || itemHas(item, ItemFlag.CHECKED)) return false;
    itemSet(item, ItemFlag.CHECKED);
    if (++found > queue.itemCount) return false;
    bytes += itemSize(item);
    prev = at;
    at = item.lruNext;
  }
  const isEven = found === queue.itemCount && bytes === queue.bytes;
  return queue.tail === prev && isEven && hasCursor;
}

if (offsetof<Queue>() > QUEUE_SIZE) ERROR("Queue outgrew its place in the memory map");
