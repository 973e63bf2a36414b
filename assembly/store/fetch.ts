/**
 * Fetching: get, gets, gat, gats.
 *
 * The hot path. A hit is answered by the core itself: it writes the text protocol's VALUE block
 * straight into the outbox, so that the host makes one call for each key and moves no bytes.
 */
import { ClassCounter, Counter } from "../shared/counters";
import { COPY_LENGTH_MAX, VALUE_LINE_SIZE_MAX } from "../shared/limits";
import { Fetch, Result } from "../shared/status";
import {
  Item,
  ItemFlag,
  REF_COUNT_MAX,
  itemAt,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemSegment,
  itemKeyPtr,
  itemValuePtr,
} from "../item/item";
import { count, countClass } from "../base/counters";
import { findLive } from "./find";
import { bump } from "../lru/access";
import { itemLock, itemUnlock } from "../base/lock";
import { itemWholePtr } from "../item/chunks";
import { keyHashesPtr, keysPtr } from "../base/thread";
import { keyHash } from "../hash/key-hash";
import { Results } from "../base/result";
import { warmLookups } from "../hash/warm";
import { writeU32, writeU64 } from "../base/digits";

const VALUE_WORD: u32 = 0x554c4156; // "VALU"
const E_SPACE: u16 = 0x2045; // "E "
const CR_LF: u16 = 0x0a0d;
const SPACE: u8 = 0x20;

/** Writes `VALUE <key> <flags> <bytes>[ <cas>]` CR LF; returns the address behind it. */
function writeValueLine(item: Item, outPtr: usize, withCas: bool): usize {
  store<u32>(outPtr, VALUE_WORD);
  store<u16>(outPtr + 4, E_SPACE);
  const keyLength = <usize>item.keyLength;
  memory.copy(outPtr + 6, itemKeyPtr(item), keyLength);
  let at = outPtr + 6 + keyLength;
  store<u8>(at, SPACE);
  at = writeU32(at + 1, itemClientFlags(item));
  store<u8>(at, SPACE);
  at = writeU32(at + 1, item.valueLength);
  if (withCas) {
    store<u8>(at, SPACE);
    at = writeU64(at + 1, itemCas(item));
  }
  store<u16>(at, CR_LF);
  return at + 2;
}

/** Room that one key's answer may need. */
const ROOM: usize = VALUE_LINE_SIZE_MAX + COPY_LENGTH_MAX + 2;

/**
 * Answers keys of the key batch, from index `from` on, into outPtr … outEnd, in order. Stops when
 * the room left is too small for the next answer, and behind a value that is to be sent from its
 * item.
 *
 * Returns how many keys were answered. Result: OUT_LENGTH; ITEM (0 = none), VALUE_PTR, VALUE_LENGTH
 * as from `fetchText`. Index 0 comes first: it prepares the lookups of all `count` keys.
 */
export function fetchKeys(
  from: u32,
  count: u32,
  outPtr: usize,
  outEnd: usize,
  options: u32,
  expiresAt: u32,
): u32 {
  if (from === 0) warmLookups(count);
  Results.put(Result.ITEM, 0);
  let out = outPtr;
  let index = from;
  while (index < count && out + ROOM <= outEnd) {
    const key = keysPtr() + ((<usize>index) << 3);
    const hash = load<u32>(keyHashesPtr() + ((<usize>index) << 2));
    const written = fetchHashed(load<u32>(key), load<u32>(key + 4), hash, out, options, expiresAt);
    index++;
    if (written < 0) {
      out -= written;
      break;
    }
    out += written;
  }
  Results.put(Result.OUT_LENGTH, <u32>(out - outPtr));
  return index - from;
}

/**
 * Answers one key of a get into `outPtr`, which has room for VALUE_LINE_SIZE_MAX + COPY_LENGTH_MAX.
 *
 * 0: a miss, nothing written. n > 0: the whole VALUE block was written, n bytes. n < 0: only its
 * line was written, −n bytes; the value is to be sent from the item, which is held for the caller
 * until `release` (Result: ITEM, VALUE_PTR, VALUE_LENGTH), and CR LF after it. VALUE_PTR is 0 for a
 * value in chunks: `nextRun` goes through it.
 */
export function fetchText(
  keyPtr: usize,
  keyLength: u32,
  outPtr: usize,
  options: u32,
  expiresAt: u32,
): i32 {
  const hash = keyHash(keyPtr, keyLength);
  return fetchHashed(keyPtr, keyLength, hash, outPtr, options, expiresAt);
}

function fetchHashed(
  keyPtr: usize,
  keyLength: u32,
  hash: u32,
  outPtr: usize,
  options: u32,
  expiresAt: u32,
): i32 {
  itemLock(hash);
  const written = fetchLocked(keyPtr, keyLength, hash, outPtr, options, expiresAt);
  itemUnlock(hash);
  return written;
}

function fetchLocked(
  keyPtr: usize,
  keyLength: u32,
  hash: u32,
  outPtr: usize,
  options: u32,
  expiresAt: u32,
): i32 {
  const isTouch = (options & Fetch.TOUCH) !== 0;
  count(isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET);
  const ptr = findLive(keyPtr, keyLength, hash);
  const item = itemAt(ptr);
  if (ptr === 0 || <u32>item.refCount >= REF_COUNT_MAX) {
    count(isTouch ? Counter.TOUCH_MISSES : Counter.GET_MISSES);
    return 0;
  }
  const classId = itemClassId(item);
  countClass(classId, isTouch ? ClassCounter.TOUCH_HITS : ClassCounter.GET_HITS);
  countClass(classId, ClassCounter.HITS_TO_HOT + itemSegment(item));
  if (isTouch) item.expiresAt = expiresAt;
  bump(item, hash);
  const end = writeValueLine(item, outPtr, (options & Fetch.WITH_CAS) !== 0);
  const length = item.valueLength;
  if (
    length > <u32>COPY_LENGTH_MAX ||
    ((options & Fetch.PIN) | ((<u32>item.itemFlags) & ItemFlag.CHUNKED)) !== 0
  ) {
    item.refCount++;
    Results.put(Result.ITEM, <u32>ptr);
    Results.put(Result.VALUE_PTR, <u32>itemWholePtr(item));
    Results.put(Result.VALUE_LENGTH, length);
    return -(<i32>(end - outPtr));
  }
  memory.copy(end, itemValuePtr(item), length);
  store<u16>(end + length, CR_LF);
  return <i32>(end + length + 2 - outPtr);
}

/** touch: a new expiry, and an access. */
export function touchItem(keyPtr: usize, keyLength: u32, expiresAt: u32): bool {
  const hash = keyHash(keyPtr, keyLength);
  count(Counter.CMD_TOUCH);
  itemLock(hash);
  const ptr = findLive(keyPtr, keyLength, hash);
  if (ptr !== 0) {
    const item = itemAt(ptr);
    countClass(itemClassId(item), ClassCounter.TOUCH_HITS);
    item.expiresAt = expiresAt;
    bump(item, hash);
  }
  itemUnlock(hash);
  if (ptr === 0) count(Counter.TOUCH_MISSES);
  return ptr !== 0;
}
