/**
 * The LRU crawler: walks a queue from its tail to its head, item by item (specification §8.7).
 *
 * One walk through the queues at a time: the thread that does maintenance does them all. A queue's
 * cursor names the item that is looked at next; whoever takes that item out moves the cursor on
 * (lru/queue.ts). So the walk leaves nothing in the queues, and holds a lock for one item only.
 *
 *     tail                                   head
 *     ▣ ◀──▶ ▣ ◀──▶ ▣ ◀──▶ □ ◀──▶ □ ◀──▶ □ ◀──▶ □
 *        looked at         cursor ──▶
 *
 * An item that is accessed meanwhile may go to the head and be met once more, so no more items are
 * looked at than the queue had.
 */
import { CRAWL_PTR } from "../base/region";
import { ClassCounter } from "../shared/counters";
import { CrawlFound, CrawlSum, Result } from "../shared/status";
import {
  CLASS_MASK,
  Item,
  ItemFlag,
  itemAt,
  itemClassId,
  itemHas,
  itemIsExpired,
  itemIsFlushed,
  itemKeyPtr,
} from "../item/item";
import { countClass } from "../base/counters";
import {
  itemLock,
  itemTryLock,
  itemUnlock,
  maintenanceLock,
  maintenanceUnlock,
} from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { queueLock, queueOf, queueUnlock } from "../lru/queue";
import { Results } from "../base/result";
import { state } from "../base/store-state";
import { tableFirst, tableScanMask } from "../hash/table";
import { unlinkItem } from "../store/link";
import { writeDumpLine } from "./dump-line";

/**
 * Behind the right to crawl (crawl-right.ts): sums of the queue at hand, and behind those what was
 * reclaimed last.
 */
const SUMS_AT: usize = 256;

/** Items that one slice of a dump looks at, if there is room for so many lines. */
const DUMP_SLICE: u32 = 1000;

/** Room that one line may need: a key of 250 bytes, each written as three; numbers; labels. */
const LINE_ROOM: usize = 1024;

export function crawlSums(): usize {
  return CRAWL_PTR + SUMS_AT;
}

function sum(which: u32): void {
  const ptr = CRAWL_PTR + SUMS_AT + ((<usize>which) << 2);
  store<u32>(ptr, load<u32>(ptr) + 1);
}

/**
 * Puts the cursor at the tail, for up to `limit` items (0 = all there are); clears the sums. How
 * many items there are to look at.
 */
export function crawlBegin(slabId: u32, limit: u32): u32 {
  memory.fill(CRAWL_PTR + SUMS_AT, 0, 4 * <usize>CrawlSum.COUNT);
  queueLock(slabId);
  const queue = queueOf(slabId);
  const all = queue.itemCount;
  queue.cursor = queue.tail;
  queue.cursorLeft = limit === 0 || limit > all ? all : limit;
  const left = queue.cursorLeft;
  queueUnlock(slabId);
  return left;
}

/** The crawl of this queue ends where it is. */
export function crawlEnd(slabId: u32): void {
  queueLock(slabId);
  queueOf(slabId).cursor = 0;
  queueUnlock(slabId);
}

/** What `step` returns beside an item whose lock it took. */
const ENDED: u32 = 0;
const BUSY: u32 = 1;

/**
 * Moves the cursor on. The item that it was at, locked; or ENDED; or BUSY if somebody else is at
 * the item. With `isPatient` that is waited for, without the queue, and then the cursor is looked
 * at anew.
 */
function step(slabId: u32, isPatient: bool): u32 {
  while (true) {
    queueLock(slabId);
    const queue = queueOf(slabId);
    const at = queue.cursor;
    if (at === 0 || queue.cursorLeft === 0) {
      queue.cursor = 0;
      queueUnlock(slabId);
      return ENDED;
    }
    const item = itemAt(at);
    const hash = hashOf(item);
    const isOurs = itemTryLock(hash);
    if (isOurs || !isPatient) {
      queue.cursor = item.lruPrev;
      queue.cursorLeft--;
      queueUnlock(slabId);
      return isOurs ? at : BUSY;
    }
    queueUnlock(slabId);
    itemLock(hash);
    itemUnlock(hash);
  }
}

function hashOf(item: Item): u32 {
  return keyHash(itemKeyPtr(item), item.keyLength);
}

/**
 * Looks at up to `count` items, reclaims the dead ones and sums up when the others will be due. How
 * many it looked at: fewer than `count` when the queue is through.
 */
export function crawlExpired(slabId: u32, count: u32): u32 {
  maintenanceLock();
  const looked = crawl(slabId, count);
  maintenanceUnlock();
  return looked;
}

function crawl(slabId: u32, count: u32): u32 {
  const classId = slabId & CLASS_MASK;
  let looked: u32 = 0;
  while (looked < count) {
    const at = step(slabId, false);
    if (at === ENDED) break;
    looked++;
    countClass(classId, ClassCounter.CRAWLER_ITEMS_CHECKED);
    sum(CrawlSum.SEEN);
    if (at === BUSY) continue;
    const item = itemAt(at);
    const hash = hashOf(item);
    judge(item, classId, hash);
    itemUnlock(hash);
  }
  return looked;
}

function judge(item: Item, classId: u32, hash: u32): void {
  if (itemIsExpired(item) || itemIsFlushed(item)) {
    countClass(classId, ClassCounter.CRAWLER_RECLAIMED);
    if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EXPIRED_UNFETCHED);
    sum(CrawlSum.RECLAIMED);
    tell(item);
    unlinkItem(item, hash);
    return;
  }
  if (item.expiresAt === 0) {
    sum(CrawlSum.NO_EXPIRY);
    return;
  }
  const minutes = (item.expiresAt - state.now) / 60;
  sum(minutes < <u32>CrawlSum.LATER ? minutes : CrawlSum.LATER);
}

/** Writes down what is about to be reclaimed, for a host that wants to tell of each item. */
function tell(item: Item): void {
  const ptr = crawlSums();
  store<u32>(ptr, item.itemFlags, CrawlFound.FLAGS);
  store<u32>(ptr, item.slabId, CrawlFound.SLAB_ID);
  store<u32>(ptr, item.keyLength, CrawlFound.KEY_LENGTH);
  memory.copy(ptr + CrawlFound.KEY, itemKeyPtr(item), item.keyLength);
}

/**
 * Writes lines of live items into outPtr … outEnd, as metadump or (`isShort`) as mgdump; `epoch` is
 * the Unix time of internal second 0. Result: OUT_LENGTH. How many items it looked at, 0 = the
 * queue is through.
 */
export function crawlDump(
  slabId: u32,
  outPtr: usize,
  outEnd: usize,
  isShort: bool,
  epoch: u32,
): u32 {
  let looked: u32 = 0;
  let out = outPtr;
  while (looked < DUMP_SLICE && out + LINE_ROOM <= outEnd) {
    const at = step(slabId, true);
    if (at === ENDED) break;
    looked++;
    const item = itemAt(at);
    out = writeIfLive(item, out, isShort, epoch);
    itemUnlock(hashOf(item));
  }
  Results.put(Result.OUT_LENGTH, <u32>(out - outPtr));
  return looked;
}

function writeIfLive(item: Item, outPtr: usize, isShort: bool, epoch: u32): usize {
  if (itemIsExpired(item) || itemIsFlushed(item)) return outPtr;
  return writeDumpLine(item, outPtr, isShort, epoch);
}

/** Buckets, and parts of them, that one slice looks at, while there is room. */
const BUCKET_SLICE: u32 = 1000;

/** What `writeBucket` returns instead of an address. */
const CROWDED: usize = 0;

/**
 * The same for all items of some classes, by buckets of the hash table from `cursor` on, first 0.
 * Bit n of `classes` stands for class n. Returns the next cursor, 0 = through.
 *
 * The cursor is a hash, and counts with its bits in reverse, highest bucket bit first: then the two
 * halves of a bucket that splits lie beside each other in the count, and a table that grows
 * meanwhile is still walked completely, and once. A bucket of several items is listed in parts, as
 * if it had split already, down to one item for each: the cursor may stand in its midst. So no lock
 * is held for more than a walk down the chain, as of a fetch, and one line.
 *
 * Items with one and the same 32-bit hash are written together. What is left out is what of them
 * does not fit in all of outPtr … outEnd: thousands in the server's outbox.
 */
export function crawlTable(
  cursor: u32,
  outPtr: usize,
  outEnd: usize,
  isShort: bool,
  epoch: u32,
  classes: u64,
): u32 {
  const last = outEnd - LINE_ROOM;
  let out = outPtr;
  let index = cursor;
  let part: u32 = 0;
  for (let i: u32 = 0; i < BUCKET_SLICE; i++) {
    itemLock(index);
    const tableMask = tableScanMask();
    const mask = tableMask | part;
    const end = writeBucket(index, mask, out, last, isShort, epoch, classes);
    itemUnlock(index);
    if (end === CROWDED) {
      part = (mask << 1) | 1;
      continue;
    }
    if (end > last && out > outPtr) break;
    out = end;
    index = reverse(reverse(index | ~mask) + 1);
    if (index === 0) break;
    if ((index & ~tableMask) === 0) part = 0;
  }
  Results.put(Result.OUT_LENGTH, <u32>(out - outPtr));
  return index;
}

/**
 * Writes the line of the item whose hash has the bits of `index` under `mask`, and does not come
 * before it in the cursor's count; the address behind it, CROWDED if there are several. Where all
 * bits count, those are written one after the other, and behind `last` there may be more.
 */
function writeBucket(
  index: u32,
  mask: u32,
  outPtr: usize,
  last: usize,
  isShort: bool,
  epoch: u32,
  classes: u64,
): usize {
  const isWhole = mask === u32.MAX_VALUE;
  const from = reverse(index);
  let out = outPtr;
  let only: usize = 0;
  for (let at = tableFirst(index); at !== 0 && out <= last; at = itemAt(at).hashNext) {
    const item = itemAt(at);
    if (((classes >> itemClassId(item)) & 1) === 0) continue;
    const hash = hashOf(item);
    if (((hash ^ index) & mask) !== 0 || reverse(hash) < from) continue;
    if (isWhole) {
      out = writeIfLive(item, out, isShort, epoch);
    } else if (only !== 0) {
      return CROWDED;
    } else {
      only = at;
    }
  }
  return only === 0 ? out : writeIfLive(itemAt(only), out, isShort, epoch);
}

/** The bits in reverse order. */
function reverse(bits: u32): u32 {
  let x = ((bits >> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  return bswap<u32>(x);
}
