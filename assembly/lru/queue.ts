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
 * A queue is in order of last access, newest first. So that it stays so among threads, the time is
 * read and written while the queue is locked.
 */
import { Item, ItemFlag, itemAt, itemHas, itemSet, itemSize } from "../item/item";
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
}

/** The queue with this slab id (class and segment). */
export function queueOf(slabId: u32): Queue {
  return changetype<Queue>(QUEUES_PTR + <usize>slabId * QUEUE_SIZE);
}

export function queueLock(slabId: u32): void {
  lock(QUEUES_PTR + <usize>slabId * QUEUE_SIZE + offsetof<Queue>("lock"), LockRank.QUEUE);
}

export function queueUnlock(slabId: u32): void {
  unlock(QUEUES_PTR + <usize>slabId * QUEUE_SIZE + offsetof<Queue>("lock"), LockRank.QUEUE);
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

/** Takes `old` out and puts `fresh` at the head of its own queue, as accessed now. */
export function queueReplace(old: Item, fresh: Item): void {
  if (old.slabId !== fresh.slabId) {
    queueRemove(old);
    queuePushHead(fresh);
    return;
  }
  const slabId = old.slabId;
  queueLock(slabId);
  queueRemoveLocked(old);
  queuePushHeadLocked(fresh);
  queueUnlock(slabId);
}

/** Moves an item to the head, as accessed now. */
export function queueBump(item: Item): void {
  const slabId = item.slabId;
  queueLock(slabId);
  queueRemoveLocked(item);
  queuePushHeadLocked(item);
  queueUnlock(slabId);
}

export function queuePushHeadLocked(item: Item): void {
  const queue = queueOf(item.slabId);
  const self = <u32>changetype<usize>(item);
  const head = queue.head;
  item.lastAccess = state.now;
  item.lruPrev = 0;
  item.lruNext = head;
  if (head !== 0) itemAt(head).lruPrev = self;
  else queue.tail = self;
  queue.head = self;
  queue.itemCount++;
  queue.bytes += itemSize(item);
}

export function queueRemoveLocked(item: Item): void {
  const queue = queueOf(item.slabId);
  const prev = item.lruPrev;
  const next = item.lruNext;
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

/** Marks the items of one queue as CHECKED; false when its links, count or bytes are wrong. */
export function queueCheck(slabId: u32): bool {
  const queue = queueOf(slabId);
  let found: u32 = 0;
  let bytes: u64 = 0;
  let prev: u32 = 0;
  let at = queue.head;
  while (at !== 0) {
    const item = itemAt(at);
    if (<u32>item.slabId !== slabId || item.lruPrev !== prev) return false;
    if (!itemHas(item, ItemFlag.LINKED) || itemHas(item, ItemFlag.CHECKED)) return false;
    itemSet(item, ItemFlag.CHECKED);
    if (++found > queue.itemCount) return false;
    bytes += itemSize(item);
    prev = at;
    at = item.lruNext;
  }
  return queue.tail === prev && found === queue.itemCount && bytes === queue.bytes;
}

if (offsetof<Queue>() > QUEUE_SIZE) ERROR("Queue outgrew its place in the memory map");
