/**
 * Linking: making an item visible, and undoing it. The one place where table and LRU queue change
 * together, and where the sums over linked items are kept.
 */
import { Counter } from "../shared/counters";
import { Item, ItemFlag, itemClear, itemHas, itemSet, itemSetCas, itemSize } from "../item/item";
import { Option } from "../shared/status";
import { SIZES_PTR, SIZE_BUCKET_COUNT } from "../base/region";
import { SIZE_BUCKET } from "../shared/limits";
import { VERIFY } from "../base/verify";
import { count } from "../base/counters";
import { queuePushHead, queueRemove } from "../lru/queue";
import { slabsFree } from "../slab/slabs";
import { state, storeHas } from "../base/store-state";
import { tableGrow, tableInsert, tableRemove } from "../hash/table";

/** Adds `change` to the bucket of the size histogram that holds `size`. */
function sizeHistogramAdd(size: u32, change: i32): void {
  const bucket = (size + SIZE_BUCKET - 1) / SIZE_BUCKET;
  if (bucket >= SIZE_BUCKET_COUNT) return;
  const ptr = SIZES_PTR + ((<usize>bucket) << 2);
  store<u32>(ptr, load<u32>(ptr) + change);
}

/** Makes the item visible under its key, which nothing else has. The link holds it once more. */
export function linkItem(item: Item, hash: u32, cas: u64): void {
  if (VERIFY) assert(!itemHas(item, ItemFlag.LINKED | ItemFlag.SLABBED));
  itemSet(item, ItemFlag.LINKED);
  itemSetCas(item, cas);
  item.lastAccess = state.now;
  item.refCount++;
  const size = itemSize(item);
  state.itemCount++;
  state.bytes += size;
  count(Counter.TOTAL_ITEMS);
  if (storeHas(Option.TRACK_SIZES)) sizeHistogramAdd(size, 1);
  tableInsert(item, hash);
  queuePushHead(item);
  tableGrow(state.itemCount);
}

/** Hides a linked item; its chunk is free again once nobody holds it. */
export function unlinkItem(item: Item, hash: u32): void {
  if (VERIFY) assert(itemHas(item, ItemFlag.LINKED));
  const size = itemSize(item);
  tableRemove(item, hash);
  queueRemove(item);
  itemClear(item, ItemFlag.LINKED);
  state.itemCount--;
  state.bytes -= size;
  if (storeHas(Option.TRACK_SIZES)) sizeHistogramAdd(size, -1);
  releaseItem(item);
}

/** Drops one hold on the item; the last one frees its chunk. */
export function releaseItem(item: Item): void {
  assert(item.refCount > 0);
  item.refCount--;
  if (item.refCount === 0) slabsFree(item);
}
