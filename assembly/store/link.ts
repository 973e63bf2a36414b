/**
 * Linking: making an item visible, and undoing it. The one place where table and LRU queue change
 * together. Everything here wants the lock of the item's hash to be held.
 */
import { Counter } from "../shared/counters";
import { Item, ItemFlag, itemClear, itemHas, itemSet, itemSetCas, itemSize } from "../item/item";
import { Option } from "../shared/status";
import { SIZE_BUCKET } from "../shared/limits";
import { VERIFY } from "../base/verify";
import { THREADED } from "../base/thread";
import { count, countedHere } from "../base/counters";
import {
  queuePushHead,
  queueRemove,
  queueRemoveLocked,
  queueReplace,
  queuesItemCount,
} from "../lru/queue";
import { freeChunks } from "./free";
import { itemIsChunked } from "../item/chunks";
import { slabsFree } from "../slab/slabs";
import { sizeBuckets, state, storeHas } from "../base/store-state";
import {
  tableExpandSome,
  tableGrow,
  tableInsert,
  tableIsExpanding,
  tableRemove,
  tableReplace,
} from "../hash/table";

/** Items are counted after so many links of one thread, to see whether the table has to grow. */
const GROW_CHECK_EVERY: u64 = 64;

/** Adds `change` to the bucket of the size histogram that holds `size`. */
function sizeHistogramAdd(size: u32, change: i32): void {
  const bucket = (size + SIZE_BUCKET - 1) / SIZE_BUCKET;
  if (bucket >= sizeBuckets()) return;
  const ptr = <usize>state.sizesPtr + ((<usize>bucket) << 2);
  if (THREADED) atomic.add<u32>(ptr, change);
  else store<u32>(ptr, load<u32>(ptr) + change);
}

/** The item is about to be linked: what is the same however it is done. */
function beginLink(item: Item, cas: u64): void {
  if (VERIFY) assert(!itemHas(item, ItemFlag.LINKED | ItemFlag.SLABBED));
  itemSet(item, ItemFlag.LINKED);
  itemSetCas(item, cas);
  item.refCount++;
  count(Counter.TOTAL_ITEMS);
  if (storeHas(Option.TRACK_SIZES)) sizeHistogramAdd(itemSize(item), 1);
}

/** Makes the item visible under its key, which nothing else has. The link holds it once more. */
export function linkItem(item: Item, hash: u32, cas: u64): void {
  beginLink(item, cas);
  tableInsert(item, hash);
  queuePushHead(item);
  if (tableIsExpanding()) tableExpandSome(hash);
  else growTable();
}

/** The same in the place of `old`, which has the key. */
export function linkOver(item: Item, old: Item, hash: u32, cas: u64): void {
  if (VERIFY) assert(itemHas(old, ItemFlag.LINKED));
  beginLink(item, cas);
  tableReplace(old, item, hash);
  queueReplace(old, item);
  endUnlink(old);
  // Here too, where no item is added: the count of links may be due at such a one each time.
  growTable();
}

/** Lets the table grow if it is time to look, and too small. */
function growTable(): void {
  if (countedHere(Counter.TOTAL_ITEMS) % GROW_CHECK_EVERY === 0) tableGrow(queuesItemCount());
}

/** Hides a linked item; its memory is free again once nobody holds it. */
export function unlinkItem(item: Item, hash: u32): void {
  if (VERIFY) assert(itemHas(item, ItemFlag.LINKED));
  tableRemove(item, hash);
  queueRemove(item);
  endUnlink(item);
}

/** The same where the caller holds the lock of the item's queue too. */
export function unlinkItemLocked(item: Item, hash: u32): void {
  if (VERIFY) assert(itemHas(item, ItemFlag.LINKED));
  tableRemove(item, hash);
  queueRemoveLocked(item);
  endUnlink(item);
}

function endUnlink(item: Item): void {
  itemClear(item, ItemFlag.LINKED);
  if (storeHas(Option.TRACK_SIZES)) sizeHistogramAdd(itemSize(item), -1);
  releaseItem(item);
}

/** Drops one hold on the item; the last one frees its memory. */
export function releaseItem(item: Item): void {
  assert(item.refCount > 0);
  item.refCount--;
  if (item.refCount === 0) {
    if (itemIsChunked(item)) freeChunks(item);
    slabsFree(item);
  }
}
