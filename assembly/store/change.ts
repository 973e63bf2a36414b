/**
 * Commands that change or remove an item where it is: delete, incr, decr, flush_all.
 */
import { ClassCounter, Counter } from "../shared/counters";
import {
  Item,
  itemAt,
  itemClassId,
  itemClientFlags,
  itemKeyPtr,
  itemSetCas,
  itemValuePtr,
} from "../item/item";
import { QUEUE_COUNT } from "../shared/limits";
import { Status } from "../shared/status";
import { allocateItem } from "./allocate";
import { count, countClass } from "../base/counters";
import { itemLock, itemTryLock, itemUnlock } from "../base/lock";
import { digitCount, readNumber, writeU64 } from "../base/digits";
import { findLive } from "./find";
import { flatUpdate } from "../lru/flat";
import { keyHash } from "../hash/key-hash";
import { linkOver, releaseItem, unlinkItem, unlinkItemLocked } from "./link";
import { queueLock, queueOf, queueUnlock } from "../lru/queue";
import { scratchPtr } from "../base/thread";
import { state, storeNextCas } from "../base/store-state";

const SPACE: u8 = 0x20;

/** Items that flush_all looks at before it lets others at their queue. */
const FLUSH_SLICE: u32 = 64;

export function deleteItem(keyPtr: usize, keyLength: u32): bool {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const isHit = deleteHashed(keyPtr, keyLength, hash);
  itemUnlock(hash);
  return isHit;
}

function deleteHashed(keyPtr: usize, keyLength: u32, hash: u32): bool {
  const ptr = findLive(keyPtr, keyLength, hash);
  if (ptr === 0) {
    count(Counter.DELETE_MISSES);
    return false;
  }
  const item = itemAt(ptr);
  countClass(itemClassId(item), ClassCounter.DELETE_HITS);
  unlinkItem(item, hash);
  return true;
}

/** The number after incr (which wraps at 2^64) or decr (which stops at 0). */
function changed(value: u64, delta: u64, isIncr: bool): u64 {
  if (isIncr) return value + delta;
  return value > delta ? value - delta : 0;
}

/**
 * incr and decr. On OK the new number stands at `outPtr` in decimal and the upper bits of the
 * result tell its length: `length << 8 | Status`.
 *
 * A number that is not longer than the old text is written over it, padded with spaces on the
 * right: the length of a stored value never shrinks. Otherwise a new item of the exact length takes
 * its place.
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
    count(isIncr ? Counter.INCR_MISSES : Counter.DECR_MISSES);
    return Status.NOT_FOUND;
  }
  const item = itemAt(ptr);
  // memcached keeps an item above the largest chunk in pieces, and never takes it for a number.
  if (itemClassId(item) === state.classWholePage) return Status.NOT_NUMERIC;
  if (!readNumber(itemValuePtr(item), item.valueLength, scratchPtr())) return Status.NOT_NUMERIC;
  const value = changed(load<u64>(scratchPtr()), delta, isIncr);
  const length = digitCount(value);
  countClass(itemClassId(item), isIncr ? ClassCounter.INCR_HITS : ClassCounter.DECR_HITS);
  if (length <= item.valueLength && item.refCount === 1) {
    overwriteNumber(item, value);
  } else if (!replaceNumber(item, value, length, hash)) {
    return Status.NO_MEMORY;
  }
  writeU64(outPtr, value);
  return (length << 8) | Status.OK;
}

function overwriteNumber(item: Item, value: u64): void {
  const valuePtr = itemValuePtr(item);
  const end = writeU64(valuePtr, value);
  memory.fill(end, SPACE, valuePtr + item.valueLength - end);
  itemSetCas(item, storeNextCas());
  flatUpdate(item);
}

function replaceNumber(old: Item, value: u64, length: u32, hash: u32): bool {
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
    linkOver(fresh, old, hash, storeNextCas());
    releaseItem(fresh);
  }
  releaseItem(old);
  return ptr !== 0;
}

/**
 * flush_all. Items whose last access is not later than `cut` turn invisible when `cut` has come.
 * With `removeNewer` (a flush for now) those accessed after it are unlinked here; each queue is
 * ordered by last access, so that touches only them. What is stored from now on lives; what is
 * stored while this runs may go either way.
 */
export function flushAll(cut: u32, removeNewer: bool): void {
  count(Counter.CMD_FLUSH);
  state.flushCut = cut;
  if (!removeNewer) return;
  for (let slabId: u32 = 0; slabId < <u32>QUEUE_COUNT; slabId++) {
    while (!flushSlice(slabId, cut));
  }
}

/**
 * Unlinks items at the queue's head that were accessed after the cut; true when there are no more.
 * Their locks are taken against the lock order, so only tried: one that is not free is waited for
 * when the queue is free again, and the next slice finds out what became of the item.
 */
function flushSlice(slabId: u32, cut: u32): bool {
  let isDone = true;
  let busyHash: u32 = 0;
  let isBusy = false;
  queueLock(slabId);
  let at = queueOf(slabId).head;
  for (let i: u32 = 0; at !== 0; i++) {
    const item = itemAt(at);
    if (item.lastAccess <= cut) break;
    if (i >= FLUSH_SLICE) {
      isDone = false;
      break;
    }
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    isBusy = !itemTryLock(hash);
    if (isBusy) {
      busyHash = hash;
      isDone = false;
      break;
    }
    at = item.lruNext;
    unlinkItemLocked(item, hash);
    itemUnlock(hash);
  }
  queueUnlock(slabId);
  if (isBusy) {
    itemLock(busyHash);
    itemUnlock(busyHash);
  }
  return isDone;
}
