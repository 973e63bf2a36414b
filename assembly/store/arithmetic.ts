/**
 * Numbers: incr and decr, and what meta and binary commands ask for beside them.
 *
 * A number that is not longer than the old text is written over it, padded with spaces on the
 * right: the length of a stored value never shrinks. Otherwise a new item of the exact length takes
 * its place.
 */
import { Argument, ItemState, Result, Status, StoreMode, With } from "../shared/status";
import { ClassCounter, Counter } from "../shared/counters";
import {
  Item,
  itemAt,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemKeyPtr,
  itemSetCas,
  itemState,
  itemValuePtr,
} from "../item/item";
import { allocateItem } from "./allocate";
import { argument, argument64, Results, setResultCas } from "../base/result";
import { casFor } from "./store-as";
import { count, countClass } from "../base/counters";
import { digitCount, readNumber, writeU64 } from "../base/digits";
import { findLive } from "./find";
import { update } from "../lru/access";
import { itemLock, itemUnlock } from "../base/lock";
import { itemIsChunked } from "../item/chunks";
import { keyHash } from "../hash/key-hash";
import { linkItem, linkOver, releaseItem } from "./link";
import { logFetch, logStore } from "./log";
import { scratchPtr } from "../base/thread";
import { storeNextCas } from "../base/store-state";

const SPACE: u8 = 0x20;

/** The number after incr (which wraps at 2^64) or decr (which stops at 0). */
function changed(value: u64, delta: u64, isIncr: bool): u64 {
  if (isIncr) return value + delta;
  return value > delta ? value - delta : 0;
}

/**
 * incr and decr. On OK the new number stands at `outPtr` in decimal and the upper bits of the
 * result tell its length: `length << 8 | Status`.
 */
export function changeNumber(
  keyPtr: usize,
  keyLength: u32,
  isIncr: bool,
  deltaLow: u32,
  deltaHigh: u32,
  outPtr: usize,
): u32 {
  const hash = keyHash(keyPtr, keyLength);
  const delta = (<u64>deltaLow) | ((<u64>deltaHigh) << 32);
  itemLock(hash);
  const result = changeHashed(keyPtr, keyLength, hash, isIncr, delta, outPtr);
  itemUnlock(hash);
  return result;
}

function changeHashed(
  keyPtr: usize,
  keyLength: u32,
  hash: u32,
  isIncr: bool,
  delta: u64,
  outPtr: usize,
): u32 {
  const ptr = findLive(keyPtr, keyLength, hash);
  if (ptr === 0) {
    countMiss(isIncr);
    return Status.NOT_FOUND;
  }
  const item = itemAt(ptr);
  if (!isNumber(item)) return Status.NOT_NUMERIC;
  const value = changed(load<u64>(scratchPtr()), delta, isIncr);
  const length = digitCount(value);
  countHit(item, isIncr);
  if (fitsInPlace(item, length)) overwriteNumber(item, value, storeNextCas());
  else if (replaceNumber(item, value, length, hash, 0) === 0) return Status.NO_MEMORY;
  writeU64(outPtr, value);
  return (length << 8) | Status.OK;
}

/**
 * ma and binary incr and decr, by Argument.DELTA. Result: NUMBER and CAS after it, EXPIRES_AT
 * before an expiry was set, ITEM_STATE.
 *
 * Options: CAS (0 matches any), NEW_CAS, EXPIRY, and VIVIFY: where there is no item, one with the
 * number Argument.INITIAL.
 */
export function changeItem(keyPtr: usize, keyLength: u32, isIncr: bool, options: u32): u32 {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const ptr = findLive(keyPtr, keyLength, hash);
  let status: u32;
  if (ptr !== 0) {
    status = changeFound(itemAt(ptr), hash, isIncr, options);
  } else if ((options & With.VIVIFY) !== 0) {
    status = makeNumber(keyPtr, keyLength, hash, options);
  } else {
    countMiss(isIncr);
    status = Status.NOT_FOUND;
  }
  itemUnlock(hash);
  return status;
}

function changeFound(item: Item, hash: u32, isIncr: bool, options: u32): u32 {
  const given = (options & With.CAS) !== 0 ? argument64(Argument.CAS_LOW) : 0;
  // What cannot be a number at all is told first, as in memcached.
  if (item.valueLength === 0 || itemIsChunked(item)) return Status.NOT_NUMERIC;
  if (given !== 0 && given !== itemCas(item)) return Status.EXISTS;
  if (!isNumber(item)) return Status.NOT_NUMERIC;
  const delta = argument64(Argument.DELTA_LOW);
  const value = changed(load<u64>(scratchPtr()), delta, isIncr);
  const length = digitCount(value);
  countHit(item, isIncr);
  let after = changetype<usize>(item);
  if (fitsInPlace(item, length)) overwriteNumber(item, value, casFor(options));
  else after = replaceNumber(item, value, length, hash, options);
  if (after === 0) return Status.NO_MEMORY;
  tellNumber(itemAt(after), value, 0);
  if ((options & With.EXPIRY) !== 0) itemAt(after).expiresAt = argument(Argument.EXPIRES_AT);
  return Status.OK;
}

function makeNumber(keyPtr: usize, keyLength: u32, hash: u32, options: u32): u32 {
  const value = argument64(Argument.INITIAL_LOW);
  const ptr = allocateItem(keyPtr, keyLength, 0, 0, digitCount(value), 0);
  if (ptr === 0) return Status.NO_MEMORY_NEW;
  const item = itemAt(ptr);
  writeU64(itemValuePtr(item), value);
  linkItem(item, hash, casFor(options));
  // memcached adds it like any other item, and so looks once more whether there is one.
  logFetch(keyPtr, keyLength, 0);
  logStore(item, hash, Status.OK, StoreMode.ADD);
  releaseItem(item);
  tellNumber(item, value, ItemState.CREATED);
  item.expiresAt = argument(Argument.VIVIFY_EXPIRES_AT);
  return Status.OK;
}

function tellNumber(item: Item, value: u64, more: u32): void {
  Results.put(Result.NUMBER_LOW, <u32>value);
  Results.put(Result.NUMBER_HIGH, <u32>(value >> 32));
  setResultCas(itemCas(item));
  Results.put(Result.EXPIRES_AT, item.expiresAt);
  Results.put(Result.ITEM_STATE, itemState(item) | more);
}

function countMiss(isIncr: bool): void {
  count(isIncr ? Counter.INCR_MISSES : Counter.DECR_MISSES);
}

function countHit(item: Item, isIncr: bool): void {
  countClass(itemClassId(item), isIncr ? ClassCounter.INCR_HITS : ClassCounter.DECR_HITS);
}

/** Whether the value is a number: it is in the scratch area then. One in chunks never is. */
function isNumber(item: Item): bool {
  if (itemIsChunked(item)) return false;
  return readNumber(itemValuePtr(item), item.valueLength, scratchPtr());
}

function fitsInPlace(item: Item, length: u32): bool {
  return length <= item.valueLength && item.refCount === 1;
}

function overwriteNumber(item: Item, value: u64, cas: u64): void {
  const valuePtr = itemValuePtr(item);
  const end = writeU64(valuePtr, value);
  memory.fill(end, SPACE, valuePtr + item.valueLength - end);
  itemSetCas(item, cas);
  update(item);
}

/** The item that takes the place of `old`, or 0. */
function replaceNumber(old: Item, value: u64, length: u32, hash: u32, options: u32): usize {
  old.refCount++;
  const ptr = allocateItem(
    itemKeyPtr(old),
    old.keyLength,
    itemClientFlags(old),
    old.expiresAt,
    length,
    changetype<usize>(old),
  );
  if (ptr !== 0) {
    const fresh = itemAt(ptr);
    writeU64(itemValuePtr(fresh), value);
    linkOver(fresh, old, hash, casFor(options));
    releaseItem(fresh);
  }
  releaseItem(old);
  return ptr;
}
