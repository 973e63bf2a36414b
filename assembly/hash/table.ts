/**
 * Hash table: power-of-two buckets, each the head of a chain of items through Item.hashNext.
 *
 * It grows in place. The table's region is reserved for its largest power, so doubling needs no
 * second table: bucket i of the old half splits into i and i + old size, one bucket at a time:
 *
 *     old mask = 3, new mask = 7, split next = 2
 *
 *     │ 0 │ 1 │ 2 │ 3 ║ 4 │ 5 │ 6 │ 7 │
 *       └split┘ └ not yet ┘ └in use┘ └ empty ┘
 *
 * A key's bucket is `hash & oldMask`; if that bucket has been split already, `hash & mask`. When no
 * expansion runs both masks are equal, so the rule needs no special case.
 *
 * Expansion starts when there are more than 1.5 items per bucket (memcached's load factor) and
 * moves on with each insertion: two buckets each, so it is over long before the next one is due.
 * Nothing ever stops for it. The table never shrinks.
 */
import { Item, itemAt, itemKeyPtr } from "../item/item";
import { Option } from "../shared/status";
import { KEYS_PTR, KEY_BUCKETS_PTR, KEY_HASHES_PTR, TABLE_PTR } from "../base/region";
import { bytesEqual } from "../base/bytes";
import { keyHash } from "./key-hash";
import { state, storeHas } from "../base/store-state";

/**
 * So much of a value is brought near, by its middle and its end: no cache line of a small item is
 * left out. The processor fetches what follows on its own.
 */
const WARM_LENGTH: u32 = 128;

/** Buckets that each insertion splits while the table grows. One would do; two ends it sooner. */
const SPLITS_PER_INSERT: u32 = 2;

export function tableInit(power: u32, powerMax: u32): void {
  state.tablePower = power;
  state.tablePowerMax = powerMax;
  state.tableMask = ((<u32>1) << power) - 1;
  state.tableOldMask = state.tableMask;
  state.tableSplitNext = 0;
}

export function tableIsExpanding(): bool {
  return state.tableMask !== state.tableOldMask;
}

function bucketPtr(hash: u32): usize {
  let index = hash & state.tableOldMask;
  if (index < state.tableSplitNext) index = hash & state.tableMask;
  return TABLE_PTR + ((<usize>index) << 2);
}

/** The item with this key, or 0. Expired and flushed ones are found too. */
export function tableFind(hash: u32, keyPtr: usize, keyLength: u32): usize {
  let at = load<u32>(bucketPtr(hash));
  while (at !== 0) {
    const item = itemAt(at);
    if (<u32>item.keyLength === keyLength && bytesEqual(itemKeyPtr(item), keyPtr, keyLength)) {
      return at;
    }
    at = item.hashNext;
  }
  return 0;
}

/** Hashes the `count` keys of the key batch. */
export function tableHashKeys(count: u32): void {
  let key = KEYS_PTR;
  const end = KEY_HASHES_PTR + ((<usize>count) << 2);
  for (let at = KEY_HASHES_PTR; at < end; at += 4) {
    store<u32>(at, keyHash(load<u32>(key), load<u32>(key + 4)));
    key += 8;
  }
}

/**
 * Brings the buckets and items of the `count` keys that `tableHashKeys` hashed last towards the
 * processor. A lookup in a large cache waits for memory several times in a row: for its bucket, for
 * the item, for the next one in the chain, for the end of the value. Here the waits of all keys run
 * side by side, step by step, and the lookups that follow find everything near.
 */
export function tableWarm(count: u32): void {
  const end = KEY_BUCKETS_PTR + ((<usize>count) << 2);
  for (let at = KEY_BUCKETS_PTR; at < end; at += 4) {
    store<u32>(at, <u32>bucketPtr(load<u32>(at - KEY_BUCKETS_PTR + KEY_HASHES_PTR)));
  }
  for (let at = KEY_BUCKETS_PTR; at < end; at += 4) {
    store<u32>(at, load<u32>(load<u32>(at)));
  }
  // An empty bucket gives address 0, which may be read as well. The sum is of no use, but without
  // a use for it the loads would be optimised away.
  let sum: u32 = 0;
  for (let at = KEY_BUCKETS_PTR; at < end; at += 4) {
    sum += load<u32>(load<u32>(at));
  }
  for (let at = KEY_BUCKETS_PTR; at < end; at += 4) {
    const ptr = <usize>load<u32>(at);
    const item = itemAt(ptr);
    const length = item.valueLength;
    const size = <usize>item.keyLength + (length < WARM_LENGTH ? length : WARM_LENGTH);
    const last = itemKeyPtr(item) + size - 1;
    const middle = ptr + ((last - ptr) >> 1);
    sum += itemAt(item.hashNext).lastAccess + <u32>load<u8>(middle) + <u32>load<u8>(last);
  }
  store<u32>(end, sum);
}

/** Links an item whose key is not in the table. */
export function tableInsert(item: Item, hash: u32): void {
  const bucket = bucketPtr(hash);
  item.hashNext = load<u32>(bucket);
  store<u32>(bucket, <u32>changetype<usize>(item));
}

/** Unlinks an item that is in the table. */
export function tableRemove(item: Item, hash: u32): void {
  const self = <u32>changetype<usize>(item);
  // The chain's links sit at offset 0 of an item, as the head does in its bucket.
  let link = bucketPtr(hash);
  while (load<u32>(link) !== self) {
    link = load<u32>(link);
    assert(link !== 0);
  }
  store<u32>(link, item.hashNext);
  item.hashNext = 0;
}

/** Called after each insertion: starts or carries on the expansion. */
export function tableGrow(itemCount: u32): void {
  if (tableIsExpanding()) {
    tableExpand(SPLITS_PER_INSERT);
    return;
  }
  const buckets = <u64>state.tableMask + 1;
  if (<u64>itemCount * 2 <= buckets * 3) return;
  if (state.tablePower >= state.tablePowerMax || !storeHas(Option.HASH_EXPAND)) return;
  state.tablePower++;
  state.tableMask = state.tableMask * 2 + 1;
  state.tableSplitNext = 0;
}

/** Splits up to `buckets` buckets. */
export function tableExpand(buckets: u32): void {
  for (let i: u32 = 0; i < buckets && tableIsExpanding(); i++) {
    const index = state.tableSplitNext;
    tableSplit(index, index + state.tableOldMask + 1);
    state.tableSplitNext = index + 1;
    if (index === state.tableOldMask) {
      state.tableOldMask = state.tableMask;
      state.tableSplitNext = 0;
    }
  }
}

/** Moves the items of bucket `low` that belong into its new twin `high`. Order is kept. */
function tableSplit(low: u32, high: u32): void {
  const bit = state.tableOldMask + 1;
  let lowLink = TABLE_PTR + ((<usize>low) << 2);
  let highLink = TABLE_PTR + ((<usize>high) << 2);
  let at = load<u32>(lowLink);
  while (at !== 0) {
    const item = itemAt(at);
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    if ((hash & bit) !== 0) {
      store<u32>(highLink, at);
      highLink = at;
    } else {
      store<u32>(lowLink, at);
      lowLink = at;
    }
    at = item.hashNext;
  }
  store<u32>(lowLink, 0);
  store<u32>(highLink, 0);
}

/** Every item sits in the bucket where a lookup of its key searches; the count is right. */
export function tableCheck(): bool {
  let found: u32 = 0;
  for (let index: u32 = 0; index <= state.tableMask; index++) {
    const bucket = TABLE_PTR + ((<usize>index) << 2);
    let at = load<u32>(bucket);
    while (at !== 0) {
      const item = itemAt(at);
      if (bucketPtr(keyHash(itemKeyPtr(item), item.keyLength)) !== bucket) return false;
      if (
        tableFind(keyHash(itemKeyPtr(item), item.keyLength), itemKeyPtr(item), item.keyLength) !==
        at
      )
        return false;
      if (++found > state.itemCount) return false;
      at = item.hashNext;
    }
    if (index === 0xffffffff) break;
  }
  return found === state.itemCount;
}

if (offsetof<Item>("hashNext") !== 0) ERROR("tableRemove and tableSplit walk links at offset 0");
