/**
 * mg: fetches an item and writes the reply, flags and all; many at a time where they came together.
 *
 * The flags of the request act in their order (`t T60` tells the old expiry, `T60 t` the new one),
 * so they are walked here, right in the request; the host has checked them and has read their
 * numbers into the argument area.
 */
import { Argument, Result, Status, With } from "../shared/status";
import { COPY_LENGTH_MAX, META_LINE_SIZE_MAX } from "../shared/limits";
import { ClassCounter, Counter } from "../shared/counters";
import {
  Item,
  ItemFlag,
  REF_COUNT_MAX,
  itemAt,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemSegment,
  itemHas,
  itemKeyPtr,
  itemSet,
} from "../item/item";
import { allocateItem } from "./allocate";
import { argument, argument64, Results } from "../base/result";
import { base64Encode } from "../base/base64";
import { casFor } from "./store-as";
import { count, countClass } from "../base/counters";
import { findLive } from "./find";
import { bump } from "../lru/access";
import { handValue } from "./fetch-item";
import { itemLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { keyHashesPtr, keysPtr } from "../base/thread";
import { linkItem, releaseItem } from "./link";
import { state } from "../base/store-state";
import { warmLookups } from "../hash/warm";
import { writeU32, writeU64 } from "../base/digits";

const HD: u16 = 0x4448; // "HD"
const VA: u16 = 0x4156; // "VA"
const MINUS_ONE: u16 = 0x312d; // "-1"
const SPACE_B: u16 = 0x6220; // " b"
const CR_LF: u16 = 0x0a0d;
const SPACE: u8 = 0x20;
const CR: u8 = 0x0d;
const LF: u8 = 0x0a;

// Flags.
const LOWER_C: u8 = 0x63;
const LOWER_F: u8 = 0x66;
const LOWER_H: u8 = 0x68;
const LOWER_K: u8 = 0x6b;
const LOWER_L: u8 = 0x6c;
const LOWER_S: u8 = 0x73;
const LOWER_T: u8 = 0x74;
const LOWER_U: u8 = 0x75;
const LOWER_V: u8 = 0x76;
const UPPER_N: u8 = 0x4e;
const UPPER_O: u8 = 0x4f;
const UPPER_R: u8 = 0x52;
const UPPER_T: u8 = 0x54;
const UPPER_W: u8 = 0x57;
const UPPER_X: u8 = 0x58;
const UPPER_Z: u8 = 0x5a;
const ZERO: u8 = 0x30;

/** Room that one answer may need. */
const ROOM: usize = META_LINE_SIZE_MAX + COPY_LENGTH_MAX + 2;

/**
 * Answers lines of mg whose keys are in the key batch, from index `from` on, into outPtr … outEnd,
 * in order. Behind each key stand its line's flags, up to LF or CR LF: each once, none with a
 * number and no b, all checked by the caller.
 *
 * Stops as `fetchKeys` does, and behind a line that found no item: that one's answer is the
 * caller's. Returns how many lines it went through. Result: OUT_LENGTH; STATUS (OK, or of the last
 * line, NOT_FOUND or OVERHELD); ITEM (0 = none), VALUE_PTR, VALUE_LENGTH. Index 0 comes first.
 */
export function fetchMetas(from: u32, count: u32, outPtr: usize, outEnd: usize, options: u32): u32 {
  if (from === 0) warmLookups(count);
  Results.put(Result.ITEM, 0);
  Results.put(Result.STATUS, Status.OK);
  let out = outPtr;
  let index = from;
  while (index < count && out + ROOM <= outEnd) {
    const key = keysPtr() + ((<usize>index) << 3);
    const hash = load<u32>(keyHashesPtr() + ((<usize>index) << 2));
    const written = fetchLine(load<u32>(key), load<u32>(key + 4), hash, out, options);
    index++;
    if (written <= 0) {
      out -= written;
      break;
    }
    out += written;
  }
  Results.put(Result.OUT_LENGTH, <u32>(out - outPtr));
  return index - from;
}

/** The flags that become options are told from the line. */
function fetchLine(keyPtr: usize, keyLength: u32, hash: u32, outPtr: usize, given: u32): i32 {
  const flagsPtr = keyPtr + keyLength;
  let options = given;
  let end = flagsPtr;
  for (let byte = load<u8>(end); byte !== LF && byte !== CR; byte = load<u8>(++end)) {
    if (byte !== SPACE) continue;
    const flag = load<u8>(end + 1);
    if (flag === LOWER_V) options |= With.VALUE;
    else if (flag === LOWER_U) options |= With.NO_BUMP;
  }
  return fetchHashed(keyPtr, keyLength, hash, flagsPtr, end, outPtr, options);
}

/**
 * Answers mg into `outPtr`, which has room for META_LINE_SIZE_MAX + COPY_LENGTH_MAX. The flags of
 * the request stand in flagsPtr … flagsEnd, separated by spaces.
 *
 * 0: no item, nothing written; Result.STATUS is NOT_FOUND or OVERHELD. n > 0: the whole reply was
 * written, n bytes. n < 0: only its line was written, −n bytes; the value is to be sent from the
 * item, as with `fetchText`.
 *
 * Options: VALUE (not if With.CAS and the item has that CAS unique), EXPIRY, VIVIFY, NEW_CAS for
 * the item it makes, NO_BUMP, PIN. What R wins ends before Argument.RECACHE_AT.
 */
export function fetchMeta(
  keyPtr: usize,
  keyLength: u32,
  flagsPtr: usize,
  flagsEnd: usize,
  outPtr: usize,
  options: u32,
): i32 {
  const hash = keyHash(keyPtr, keyLength);
  return fetchHashed(keyPtr, keyLength, hash, flagsPtr, flagsEnd, outPtr, options);
}

function fetchHashed(
  keyPtr: usize,
  keyLength: u32,
  hash: u32,
  flagsPtr: usize,
  flagsEnd: usize,
  outPtr: usize,
  options: u32,
): i32 {
  itemLock(hash);
  let ptr = findLive(keyPtr, keyLength, hash);
  const isMiss = ptr === 0;
  if (isMiss && (options & With.VIVIFY) !== 0) ptr = makeEmpty(keyPtr, keyLength, hash, options);
  let written = 0;
  if (ptr === 0) {
    count(Counter.CMD_GET);
    count(Counter.GET_MISSES);
    Results.put(Result.STATUS, Status.NOT_FOUND);
  } else if (<u32>itemAt(ptr).refCount >= REF_COUNT_MAX) {
    Results.put(Result.STATUS, Status.OVERHELD);
  } else {
    const item = itemAt(ptr);
    written = answer(item, flagsPtr, flagsEnd, outPtr, options, isMiss);
    if ((options & With.NO_BUMP) === 0) bump(item, hash);
  }
  itemUnlock(hash);
  return written;
}

/** An item for a key that has none; the winner is to fill it. Its address, or 0. */
function makeEmpty(keyPtr: usize, keyLength: u32, hash: u32, options: u32): usize {
  const ptr = allocateItem(keyPtr, keyLength, 0, 0, 0, 0);
  if (ptr === 0) return 0;
  linkItem(itemAt(ptr), hash, casFor(options));
  releaseItem(itemAt(ptr));
  return ptr;
}

function countHit(item: Item, isTouch: bool): void {
  const classId = itemClassId(item);
  count(isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET);
  countClass(classId, isTouch ? ClassCounter.TOUCH_HITS : ClassCounter.GET_HITS);
  countClass(classId, ClassCounter.HITS_TO_HOT + itemSegment(item));
}

function answer(
  item: Item,
  flagsPtr: usize,
  flagsEnd: usize,
  outPtr: usize,
  options: u32,
  isCreated: bool,
): i32 {
  countHit(item, (options & With.EXPIRY) !== 0);
  const isKnown = (options & With.CAS) !== 0 && argument64(Argument.CAS_LOW) === itemCas(item);
  const hasValue = (options & With.VALUE) !== 0 && !isKnown;
  let at = outPtr + 2;
  store<u16>(outPtr, hasValue ? VA : HD);
  if (hasValue) {
    store<u8>(at, SPACE);
    at = writeU32(at + 1, item.valueLength);
  }
  at = answerFlags(item, flagsPtr, flagsEnd, at, isCreated);
  store<u16>(at, CR_LF);
  at += 2;
  if (!hasValue) {
    Results.put(Result.ITEM, 0);
    return <i32>(at - outPtr);
  }
  if (!handValue(item, at, (options & With.PIN) !== 0)) return -(<i32>(at - outPtr));
  at += item.valueLength;
  store<u16>(at, CR_LF);
  return <i32>(at + 2 - outPtr);
}

/** R: it ends soon, and nobody was asked yet to store it anew. */
function endsSoon(item: Item): bool {
  if (itemHas(item, ItemFlag.TOKEN_SENT)) return false;
  return item.expiresAt !== 0 && item.expiresAt < argument(Argument.RECACHE_AT);
}

/** Z, X and W, behind all else that is told. */
function writeState(item: Item, outPtr: usize, mayWin: bool): usize {
  let at = outPtr;
  let isWon = mayWin;
  if (itemHas(item, ItemFlag.TOKEN_SENT)) at = writeFlag(at, UPPER_Z);
  if (itemHas(item, ItemFlag.STALE)) {
    at = writeFlag(at, UPPER_X);
    if (!itemHas(item, ItemFlag.TOKEN_SENT)) isWon = true;
  }
  if (!isWon) return at;
  itemSet(item, ItemFlag.TOKEN_SENT);
  return writeFlag(at, UPPER_W);
}

function writeFlag(at: usize, flag: u8): usize {
  store<u8>(at, SPACE);
  store<u8>(at + 1, flag);
  return at + 2;
}

/** Carries out the flags in their order and writes what they ask for, then the item's state. */
function answerFlags(
  item: Item,
  flagsPtr: usize,
  flagsEnd: usize,
  outPtr: usize,
  isCreated: bool,
): usize {
  let out = outPtr;
  let at = flagsPtr;
  let isWon = isCreated;
  while (at < flagsEnd) {
    const first = at;
    const flag = load<u8>(at);
    while (at < flagsEnd && load<u8>(at) !== SPACE) at++;
    const end = at;
    at++;
    if (flag === UPPER_T) {
      item.expiresAt = argument(Argument.EXPIRES_AT);
    } else if (flag === UPPER_N) {
      if (isCreated) item.expiresAt = argument(Argument.VIVIFY_EXPIRES_AT);
    } else if (flag === UPPER_R) {
      if (!isCreated && endsSoon(item)) isWon = true;
    } else if (flag === UPPER_O) {
      store<u8>(out, SPACE);
      memory.copy(out + 1, first, end - first);
      out += 1 + (end - first);
    } else {
      out = writeAsked(item, flag, out);
    }
  }
  return writeState(item, out, isWon);
}

/** Writes one flag of the reply with what it tells; flags that ask for nothing write nothing. */
function writeAsked(item: Item, flag: u8, outPtr: usize): usize {
  const at = outPtr + 2;
  switch (flag) {
    case LOWER_S:
      writeFlag(outPtr, flag);
      return writeU32(at, item.valueLength);
    case LOWER_T:
      writeFlag(outPtr, flag);
      return writeTtl(item, at);
    case LOWER_C:
      writeFlag(outPtr, flag);
      return writeU64(at, itemCas(item));
    case LOWER_F:
      writeFlag(outPtr, flag);
      return writeU32(at, itemClientFlags(item));
    case LOWER_L:
      writeFlag(outPtr, flag);
      return writeU32(at, state.now - item.lastAccess);
    case LOWER_H:
      writeFlag(outPtr, flag);
      store<u8>(at, itemHas(item, ItemFlag.FETCHED) ? ZERO + 1 : ZERO);
      return at + 1;
    case LOWER_K:
      writeFlag(outPtr, flag);
      return writeKey(item, at);
    default:
      return outPtr;
  }
}

/** Seconds left, or -1. As in memcached a negative expiry just set wraps around. */
function writeTtl(item: Item, at: usize): usize {
  if (item.expiresAt !== 0) return writeU32(at, item.expiresAt - state.now);
  store<u16>(at, MINUS_ONE);
  return at + 2;
}

function writeKey(item: Item, at: usize): usize {
  const keyLength = <u32>item.keyLength;
  if (!itemHas(item, ItemFlag.KEY_BINARY)) {
    memory.copy(at, itemKeyPtr(item), keyLength);
    return at + keyLength;
  }
  const end = at + base64Encode(itemKeyPtr(item), keyLength, at);
  store<u16>(end, SPACE_B);
  return end + 2;
}
