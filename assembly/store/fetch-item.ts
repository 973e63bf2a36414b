/**
 * Fetching one item for a host that writes the reply itself: binary get, touch and gat; and me,
 * which only looks.
 */
import { COPY_LENGTH_MAX } from "../shared/limits";
import { ClassCounter, Counter } from "../shared/counters";
import { Fetch, Result, Status } from "../shared/status";
import {
  Item,
  REF_COUNT_MAX,
  itemAt,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemSegment,
  itemSize,
  itemState,
  itemValuePtr,
} from "../item/item";
import { count, countClass } from "../base/counters";
import { findLive } from "./find";
import { bump } from "../lru/access";
import { itemLock, itemUnlock } from "../base/lock";
import { itemIsChunked, itemWholePtr } from "../item/chunks";
import { keyHash } from "../hash/key-hash";
import { Results, setResultCas } from "../base/result";

/**
 * Fetches an item, as get or, with TOUCH, as gat. Result: VALUE_LENGTH, CLIENT_FLAGS, CAS,
 * EXPIRES_AT (the new one), and LAST_ACCESS, ITEM_STATE, SIZE, CLASS_ID from before this access.
 *
 * The value is copied to `outPtr`, which has room for COPY_LENGTH_MAX. If it is longer, or in
 * chunks, or with PIN, it stays in the item, which is held until `release` (Result: ITEM and
 * VALUE_PTR); else Result.ITEM is 0. With NO_VALUE or LOOK it is neither copied nor held.
 */
export function fetchItem(
  keyPtr: usize,
  keyLength: u32,
  outPtr: usize,
  options: u32,
  expiresAt: u32,
): u32 {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const ptr = findLive(keyPtr, keyLength, hash);
  let status: u32 = Status.NOT_FOUND;
  if (ptr !== 0) {
    const isOverheld = <u32>itemAt(ptr).refCount >= REF_COUNT_MAX;
    status = isOverheld ? Status.OVERHELD : Status.OK;
  }
  if (status === Status.OK) fetchFound(itemAt(ptr), hash, outPtr, options, expiresAt);
  else countMiss(options);
  itemUnlock(hash);
  return status;
}

function countMiss(options: u32): void {
  if ((options & Fetch.LOOK) !== 0) return;
  const isTouch = (options & Fetch.TOUCH) !== 0;
  count(isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET);
  count(isTouch ? Counter.TOUCH_MISSES : Counter.GET_MISSES);
}

function fetchFound(item: Item, hash: u32, outPtr: usize, options: u32, expiresAt: u32): void {
  const classId = itemClassId(item);
  Results.put(Result.LAST_ACCESS, item.lastAccess);
  Results.put(Result.ITEM_STATE, itemState(item));
  Results.put(Result.SIZE, itemSize(item));
  Results.put(Result.CLASS_ID, classId);
  if ((options & Fetch.LOOK) === 0) {
    const isTouch = (options & Fetch.TOUCH) !== 0;
    count(isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET);
    countClass(classId, isTouch ? ClassCounter.TOUCH_HITS : ClassCounter.GET_HITS);
    countClass(classId, ClassCounter.HITS_TO_HOT + itemSegment(item));
    if (isTouch) item.expiresAt = expiresAt;
    bump(item, hash);
  }
  Results.put(Result.CLIENT_FLAGS, itemClientFlags(item));
  Results.put(Result.EXPIRES_AT, item.expiresAt);
  setResultCas(itemCas(item));
  if ((options & (Fetch.NO_VALUE | Fetch.LOOK)) === 0) {
    handValue(item, outPtr, (options & Fetch.PIN) !== 0);
  } else {
    Results.put(Result.ITEM, 0);
    Results.put(Result.VALUE_LENGTH, item.valueLength);
  }
}

/**
 * Copies the value to `outPtr`, or, if it is long, in chunks or `isPinned`, holds the item for the
 * caller. Result: ITEM (0 = copied), VALUE_PTR (0 = in chunks), VALUE_LENGTH. True: it was copied.
 */
export function handValue(item: Item, outPtr: usize, isPinned: bool): bool {
  const length = item.valueLength;
  const isCopied = length <= <u32>COPY_LENGTH_MAX && !isPinned && !itemIsChunked(item);
  Results.put(Result.ITEM, isCopied ? 0 : <u32>changetype<usize>(item));
  Results.put(Result.VALUE_PTR, <u32>itemWholePtr(item));
  Results.put(Result.VALUE_LENGTH, length);
  if (isCopied) memory.copy(outPtr, itemValuePtr(item), length);
  else item.refCount++;
  return isCopied;
}
