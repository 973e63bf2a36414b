/**
 * The storage commands: set, add, replace, append, prepend, cas.
 *
 * Two steps, since the value arrives in its own time: `beginSet` allocates and counts, the host
 * writes the value into the item, `endSet` makes it visible or not. In between the item belongs to
 * the host.
 */
import { ClassCounter, Counter } from "../shared/counters";
import { Item, itemAt, itemCas, itemClassId, itemClientFlags, itemKeyPtr } from "../item/item";
import { Result, Status, StoreMode, UNCOUNTED } from "../shared/status";
import { allocateItem, isStorable } from "./allocate";
import { count, countClass } from "../base/counters";
import { findLive } from "./find";
import { update } from "../lru/access";
import { itemWholePtr } from "../item/chunks";
import { joinValues } from "./large";
import { keyHash } from "../hash/key-hash";
import { itemLock, itemUnlock } from "../base/lock";
import { linkItem, linkOver, releaseItem, unlinkItem } from "./link";
import { logRefused, logStore } from "./log";
import { Results, setResultCas } from "../base/result";
import { storeNextCas } from "../base/store-state";

/**
 * Allocates an item for a value to come: its address, or 0 (Result: STATUS says why; the failure is
 * counted, but for UNCOUNTED beside the mode). Result: VALUE_PTR; 0 for a value in chunks, whose
 * places `addRun` gives, one by one. A failed plain set also removes
 * what is stored under the key, so that no stale value outlives a newer one that was refused.
 */
export function beginSet(
  keyPtr: usize,
  keyLength: u32,
  clientFlags: u32,
  expiresAt: u32,
  valueLength: u32,
  mode: u32,
): usize {
  const ptr = allocateItem(keyPtr, keyLength, clientFlags, expiresAt, valueLength, 0);
  if (ptr === 0) {
    const isTooLarge = !isStorable(keyLength, clientFlags, valueLength);
    if ((mode & (<u32>UNCOUNTED)) === 0) {
      count(isTooLarge ? Counter.STORE_TOO_LARGE : Counter.STORE_NO_MEMORY);
    }
    logRefused(keyPtr, keyLength, isTooLarge ? Status.TOO_LARGE : Status.NO_MEMORY, mode);
    if ((mode & ~(<u32>UNCOUNTED)) === StoreMode.SET) dropOld(keyPtr, keyLength);
    return 0;
  }
  const item = itemAt(ptr);
  const valuePtr = itemWholePtr(item);
  // A value in chunks counts when there is room for all of it.
  if (valuePtr !== 0) countClass(itemClassId(item), ClassCounter.CMD_SET);
  Results.put(Result.VALUE_PTR, <u32>valuePtr);
  return ptr;
}

function dropOld(keyPtr: usize, keyLength: u32): void {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const old = findLive(keyPtr, keyLength, hash);
  if (old !== 0) unlinkItem(itemAt(old), hash);
  itemUnlock(hash);
}

/** The value is complete: stores the item as `mode` says, and drops the host's hold on it. */
export function endSet(ptr: usize, mode: u32, casLow: u32, casHigh: u32): u32 {
  const item = itemAt(ptr);
  const hash = keyHash(itemKeyPtr(item), item.keyLength);
  itemLock(hash);
  const status = storeHashed(item, hash, mode, casLow, casHigh);
  logStore(item, hash, status, mode);
  releaseItem(item);
  itemUnlock(hash);
  return status;
}

function storeHashed(item: Item, hash: u32, mode: u32, casLow: u32, casHigh: u32): u32 {
  const cas = storeNextCas();
  const old = findLive(itemKeyPtr(item), item.keyLength, hash);
  return storeOver(item, old, hash, mode, cas, (<u64>casLow) | ((<u64>casHigh) << 32));
}

/**
 * Stores the item, or not, where `old` (or 0) has its key. It gets `cas`; `given` is what mode CAS
 * compares. The lock of the hash is held.
 */
export function storeOver(item: Item, old: usize, hash: u32, mode: u32, cas: u64, given: u64): u32 {
  if (mode === StoreMode.SET) {
    putInPlace(item, old, hash, cas);
    return Status.OK;
  }
  if (mode === StoreMode.CAS) return compareAndSwap(item, old, hash, cas, given);
  return storeIf(item, old, mode, hash, cas);
}

/** Links the item in the place of `old`, if there is one. */
function putInPlace(item: Item, old: usize, hash: u32, cas: u64): void {
  if (old !== 0) linkOver(item, itemAt(old), hash, cas);
  else linkItem(item, hash, cas);
}

/** add wants nothing there; replace, append and prepend want something. */
function storeIf(item: Item, old: usize, mode: u32, hash: u32, cas: u64): u32 {
  if (mode === StoreMode.ADD) {
    if (old !== 0) {
      update(itemAt(old));
      return Status.NOT_STORED;
    }
  } else if (old === 0) {
    return Status.NOT_STORED;
  } else if (mode !== StoreMode.REPLACE) {
    return extend(item, itemAt(old), mode === StoreMode.APPEND, hash, cas);
  }
  putInPlace(item, old, hash, cas);
  return Status.OK;
}

function compareAndSwap(item: Item, old: usize, hash: u32, cas: u64, given: u64): u32 {
  if (old === 0) {
    count(Counter.CAS_MISSES);
    return Status.NOT_FOUND;
  }
  const current = itemCas(itemAt(old));
  const classId = itemClassId(itemAt(old));
  if (given === 0 || given !== current) {
    countClass(classId, ClassCounter.CAS_BADVAL);
    setResultCas(current);
    return Status.EXISTS;
  }
  countClass(classId, ClassCounter.CAS_HITS);
  putInPlace(item, old, hash, cas);
  return Status.OK;
}

/** Stores old + new (or new + old) with the old item's client flags and expiry. */
function extend(item: Item, old: Item, isAppend: bool, hash: u32, cas: u64): u32 {
  const length = old.valueLength + item.valueLength;
  // The old item must survive the allocation, which may evict: hold it.
  old.refCount++;
  const ptr = allocateItem(
    itemKeyPtr(item),
    item.keyLength,
    itemClientFlags(old),
    old.expiresAt,
    length,
    changetype<usize>(old),
  );
  let status: u32 = Status.NOT_STORED;
  if (ptr !== 0) {
    const both = itemAt(ptr);
    const first = isAppend ? old : item;
    const second = isAppend ? item : old;
    if (joinValues(both, first, second, changetype<usize>(old))) {
      linkOver(both, old, hash, cas);
      Results.put(Result.VALUE_LENGTH, length);
      status = Status.OK;
    } else {
      Results.put(Result.STATUS, Status.NO_MEMORY);
    }
    releaseItem(both);
  }
  releaseItem(old);
  return status;
}
