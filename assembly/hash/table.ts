/**
 * Hash table: power-of-two buckets, each the head of a chain of items through Item.hashNext.
 *
 * It grows in place. The table's region is reserved for its largest power, so doubling needs no
 * second table: bucket i of the old half splits into i and i + old size, one bucket at a time, and
 * one number tells how far that has come:
 *
 *     4 buckets become 8, bucketCount = 6
 *
 *     │ 0 │ 1 │ 2 │ 3 ║ 4 │ 5 │ 6 │ 7 │
 *       └split┘ └not yet┘ └in use┘ └ empty
 *
 * A key's bucket is its hash modulo the power of two above bucketCount; if there is no such bucket
 * yet, modulo half of that. So a table at rest needs no special case.
 *
 * Expansion starts when there are more than 1.5 items per bucket (memcached's load factor) and
 * moves on with each insertion: two buckets each, so it is over long before the next one is due.
 * Nothing ever stops for it. The table never shrinks.
 *
 * Threads: who works on a chain holds the lock of the item's hash (base/lock.ts). There are no more
 * item locks than buckets at any time, so bucket i, its twin i + old size and all their items share
 * one lock. Splitting bucket i takes that lock, and bucketCount moves on before it is given back:
 * whoever holds a lock sees his own buckets either before or after, never in between. The expansion
 * lock lets one thread at a time split; inserters only try for both.
 */
import { EXPANSION_LOCK_PTR } from "../base/region";
import { Item, itemAt, itemKeyPtr } from "../item/item";
import {
  LockRank,
  itemIsLocked,
  itemLock,
  itemLocksAreSame,
  itemTryLock,
  itemUnlock,
  lock,
  lockTry,
  unlock,
} from "../base/lock";
import { Option } from "../shared/status";
import { VERIFY } from "../base/verify";
import { bytesEqual } from "../base/bytes";
import { keyHash } from "./key-hash";
import { state, storeHas } from "../base/store-state";

/** Buckets that each insertion splits while the table grows. One would do; two ends it sooner. */
const SPLITS_PER_INSERT: u32 = 2;

export function tableInit(ptr: u32, power: u32, powerMax: u32): void {
  state.tablePtr = ptr;
  state.tablePower = power;
  state.tablePowerMax = powerMax;
  state.bucketCount = (<u32>1) << power;
}

export function tableIsExpanding(): bool {
  return state.bucketCount !== (<u32>1) << state.tablePower;
}

/** Where the chain of this hash begins. */
export function bucketPtr(hash: u32): usize {
  const count = state.bucketCount;
  const mask = u32.MAX_VALUE >> clz<u32>(count);
  let index = hash & mask;
  if (index >= count) index = hash & (mask >> 1);
  return <usize>state.tablePtr + ((<usize>index) << 2);
}

/** The item with this key, or 0. Expired and flushed ones are found too. */
export function tableFind(hash: u32, keyPtr: usize, keyLength: u32): usize {
  if (VERIFY) assert(itemIsLocked(hash));
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

/** Whether the item at this address is in the table, under this hash. */
export function tableHolds(hash: u32, ptr: u32): bool {
  if (VERIFY) assert(itemIsLocked(hash));
  let at = load<u32>(bucketPtr(hash));
  while (at !== 0 && at !== ptr) at = itemAt(at).hashNext;
  return at !== 0;
}

/** The bits of a hash that tell all buckets apart, those to come of a running expansion too. */
export function tableScanMask(): u32 {
  const last = state.bucketCount - 1;
  return u32.MAX_VALUE >> clz<u32>(last);
}

/** The first item of the bucket of this hash, or 0. */
export function tableFirst(hash: u32): u32 {
  if (VERIFY) assert(itemIsLocked(hash));
  return load<u32>(bucketPtr(hash));
}

/** Links an item whose key is not in the table. */
export function tableInsert(item: Item, hash: u32): void {
  if (VERIFY) assert(itemIsLocked(hash));
  const bucket = bucketPtr(hash);
  item.hashNext = load<u32>(bucket);
  store<u32>(bucket, <u32>changetype<usize>(item));
}

/** Unlinks an item that is in the table. */
export function tableRemove(item: Item, hash: u32): void {
  if (VERIFY) assert(itemIsLocked(hash));
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

/**
 * Puts `fresh` in the place of `old`, which has the same key. Cheaper than removing and inserting.
 */
export function tableReplace(old: Item, fresh: Item, hash: u32): void {
  if (VERIFY) assert(itemIsLocked(hash));
  const self = <u32>changetype<usize>(old);
  let link = bucketPtr(hash);
  while (load<u32>(link) !== self) {
    link = load<u32>(link);
    assert(link !== 0);
  }
  store<u32>(link, <u32>changetype<usize>(fresh));
  fresh.hashNext = old.hashNext;
  old.hashNext = 0;
}

/** Starts the expansion when `itemCount` items are too many for the buckets. Waits for nobody. */
export function tableGrow(itemCount: u32): void {
  if (!isTooSmall(itemCount) || !lockTry(EXPANSION_LOCK_PTR, LockRank.ADMIN)) return;
  // Once more: a whole expansion may have come and gone before the lock was ours.
  if (isTooSmall(itemCount)) state.tablePower++;
  unlock(EXPANSION_LOCK_PTR, LockRank.ADMIN);
}

/** Whether an expansion for so many items is due and allowed. */
function isTooSmall(itemCount: u32): bool {
  if (tableIsExpanding() || <u64>itemCount * 2 <= <u64>state.bucketCount * 3) return false;
  return state.tablePower < state.tablePowerMax && storeHas(Option.HASH_EXPAND);
}

/** Carries an expansion on by what one insertion does; the lock of `heldHash` is the caller's. */
export function tableExpandSome(heldHash: u32): void {
  if (!lockTry(EXPANSION_LOCK_PTR, LockRank.ADMIN)) return;
  for (let i: u32 = 0; i < SPLITS_PER_INSERT && tableIsExpanding(); i++) {
    const index = tableSplitNext();
    const isHeld = itemLocksAreSame(index, heldHash);
    if (!isHeld && !itemTryLock(index)) break;
    tableSplit(index);
    if (!isHeld) itemUnlock(index);
  }
  unlock(EXPANSION_LOCK_PTR, LockRank.ADMIN);
}

/** Splits up to `buckets` buckets; the caller holds no lock. */
export function tableExpand(buckets: u32): void {
  lock(EXPANSION_LOCK_PTR, LockRank.ADMIN);
  for (let i: u32 = 0; i < buckets && tableIsExpanding(); i++) {
    const index = tableSplitNext();
    itemLock(index);
    tableSplit(index);
    itemUnlock(index);
  }
  unlock(EXPANSION_LOCK_PTR, LockRank.ADMIN);
}

/** The bucket that is split next: its index has the low bits of its items' hashes. */
function tableSplitNext(): u32 {
  const count = state.bucketCount;
  return count ^ (((<u32>1) << 31) >> clz<u32>(count));
}

/**
 * Splits bucket `low`: items that belong into its twin, the first bucket that was not yet in use,
 * move there. Order is kept.
 */
function tableSplit(low: u32): void {
  const high = state.bucketCount;
  const bit = high - low;
  let lowLink = <usize>state.tablePtr + ((<usize>low) << 2);
  let highLink = <usize>state.tablePtr + ((<usize>high) << 2);
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
  state.bucketCount = high + 1;
}

/**
 * Every item sits in the bucket where a lookup of its key searches, and no other has its key; there
 * are `itemCount` of them.
 */
export function tableCheck(itemCount: u32): bool {
  let found: u32 = 0;
  for (let index: u32 = 0; index < state.bucketCount; index++) {
    const bucket = <usize>state.tablePtr + ((<usize>index) << 2);
    let at = load<u32>(bucket);
    while (at !== 0) {
      const item = itemAt(at);
      const hash = keyHash(itemKeyPtr(item), item.keyLength);
      if (bucketPtr(hash) !== bucket) return false;
      itemLock(hash);
      const first = tableFind(hash, itemKeyPtr(item), item.keyLength);
      itemUnlock(hash);
      if (first !== at || ++found > itemCount) return false;
      at = item.hashNext;
    }
  }
  return found === itemCount;
}

if (offsetof<Item>("hashNext") !== 0) ERROR("tableRemove and tableSplit walk links at offset 0");
