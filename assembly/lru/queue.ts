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
 */
import { Item, ItemFlag, itemAt, itemHas, itemSet, itemSize } from "../item/item";
import { QUEUES_PTR, QUEUE_SIZE } from "../base/region";

@unmanaged
export class Queue {
  /** Sum of the sizes of its items. */
  bytes: u64;
  head: u32;
  tail: u32;
  itemCount: u32;
  reserved: u32;
}

/** The queue with this slab id (class and segment). */
export function queueOf(slabId: u32): Queue {
  return changetype<Queue>(QUEUES_PTR + <usize>slabId * QUEUE_SIZE);
}

export function queuePushHead(item: Item): void {
  const queue = queueOf(item.slabId);
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

export function queueRemove(item: Item): void {
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
