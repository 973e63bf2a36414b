/**
 * Fetching for the binary protocol: get, getk and their quiet forms, many at a time.
 *
 * The hot path. As with the text protocol's gets the core writes the answers itself, so that the
 * host makes one call for a run of packets and moves no bytes. Each key of the batch has its
 * packet's header right before it; the answer takes the opcode and the opaque from there:
 *
 *     request   80 op 00 kk 00 00 00 00  00 00 00 kk oo oo oo oo  -- 8 bytes --  key
 *     hit       81 op 00 kk 04 00 00 00  body length oo oo oo oo  -- CAS ------  flags, key, value
 *     miss      81 op 00 kk 00 00 00 01  body length oo oo oo oo  -- 0 --------  key, or Not found
 */
import { ClassCounter, Counter } from "../shared/counters";
import { COPY_LENGTH_MAX, KEY_LENGTH_MAX } from "../shared/limits";
import { Fetch, Result } from "../shared/status";
import {
  Item,
  REF_COUNT_MAX,
  itemAt,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemSegment,
  itemValuePtr,
} from "../item/item";
import { count, countClass } from "../base/counters";
import { findLive } from "./find";
import { bump } from "../lru/access";
import { handValue } from "./fetch-item";
import { itemLock, itemUnlock } from "../base/lock";
import { itemIsChunked } from "../item/chunks";
import { keyHashesPtr, keysPtr } from "../base/thread";
import { Results } from "../base/result";
import { warmLookups } from "../hash/warm";

const HEADER_SIZE: usize = 24;
const FLAGS_SIZE: usize = 4;
const OPCODE_AT: usize = 1;
const OPAQUE_AT: usize = 12;

const MAGIC_RESPONSE: u32 = 0x81;
const GETQ: u32 = 0x09;
const GETK: u32 = 0x0c;
const GETKQ: u32 = 0x0d;

/** The words of bytes 4 … 7: extras of four bytes; status 1. */
const HIT_WORD: u32 = 4;
const MISS_WORD: u32 = 0x01000000;

/** "Not found" */
const NOT_FOUN: u64 = 0x6e756f6620746f4e;
const D: u8 = 0x64;
const NOT_FOUND_LENGTH: u32 = 9;

/** Room that one answer may need: a header, flags, the longest key, a value. */
const ROOM: usize = HEADER_SIZE + FLAGS_SIZE + KEY_LENGTH_MAX + COPY_LENGTH_MAX;

/** Big-endian, which is not how linear memory has it. */
function swap32(value: u32): u32 {
  return rotl<u32>(value & 0x00ff00ff, 24) | rotl<u32>(value & 0xff00ff00, 8);
}

function storeSwapped64(ptr: usize, value: u64): void {
  store<u32>(ptr, swap32(<u32>(value >> 32)));
  store<u32>(ptr + 4, swap32(<u32>value));
}

/**
 * Answers packets whose keys are in the key batch, from index `from` on, into outPtr … outEnd, in
 * order. Stops as `fetchKeys` does, and has the same results; the answer to a value that is to be
 * sent from its item ends right before that value. Index 0 comes first. The loop is that of
 * `fetchKeys`: one for both was measured to make a lone get 5 to 10 % dearer.
 */
export function fetchPackets(
  from: u32,
  count: u32,
  outPtr: usize,
  outEnd: usize,
  options: u32,
): u32 {
  if (from === 0) warmLookups(count);
  Results.put(Result.ITEM, 0);
  let out = outPtr;
  let index = from;
  while (index < count && out + ROOM <= outEnd) {
    const key = keysPtr() + ((<usize>index) << 3);
    const hash = load<u32>(keyHashesPtr() + ((<usize>index) << 2));
    itemLock(hash);
    const written = answer(load<u32>(key), load<u32>(key + 4), hash, out, options);
    itemUnlock(hash);
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

/** n: that many bytes were written. −n: the same, and the value is to be sent from its item. */
function answer(keyPtr: usize, keyLength: u32, hash: u32, outPtr: usize, options: u32): i32 {
  count(Counter.CMD_GET);
  const ptr = findLive(keyPtr, keyLength, hash);
  const item = itemAt(ptr);
  if (ptr === 0 || <u32>item.refCount >= REF_COUNT_MAX) {
    count(Counter.GET_MISSES);
    return writeMiss(keyPtr, keyLength, outPtr);
  }
  const classId = itemClassId(item);
  countClass(classId, ClassCounter.GET_HITS);
  countClass(classId, ClassCounter.HITS_TO_HOT + itemSegment(item));
  bump(item, hash);
  return writeHit(item, keyPtr, keyLength, outPtr, (options & Fetch.PIN) !== 0);
}

/** The first half of a header, up to the opaque. */
function writeHead(
  keyPtr: usize,
  opcode: u32,
  keyLength: u32,
  word: u32,
  bodyLength: u32,
  outPtr: usize,
): void {
  store<u32>(outPtr, MAGIC_RESPONSE | (opcode << 8) | (keyLength << 24));
  store<u32>(outPtr + 4, word);
  store<u32>(outPtr + 8, swap32(bodyLength));
  store<u32>(outPtr + OPAQUE_AT, load<u32>(keyPtr - HEADER_SIZE + OPAQUE_AT));
}

function writeHit(item: Item, keyPtr: usize, keyLength: u32, outPtr: usize, isPinned: bool): i32 {
  const opcode = <u32>load<u8>(keyPtr - HEADER_SIZE + OPCODE_AT);
  const keySent: u32 = opcode === GETK || opcode === GETKQ ? keyLength : 0;
  const length = item.valueLength;
  const bodyLength = <u32>FLAGS_SIZE + keySent + length;
  writeHead(keyPtr, opcode, keySent, HIT_WORD, bodyLength, outPtr);
  storeSwapped64(outPtr + 16, itemCas(item));
  store<u32>(outPtr + HEADER_SIZE, swap32(itemClientFlags(item)));
  const at = outPtr + HEADER_SIZE + FLAGS_SIZE;
  if (keySent !== 0) memory.copy(at, keyPtr, keySent);
  const end = at + keySent;
  if (length <= <u32>COPY_LENGTH_MAX && !isPinned && !itemIsChunked(item)) {
    memory.copy(end, itemValuePtr(item), length);
    return <i32>(end + length - outPtr);
  }
  handValue(item, end, isPinned);
  return -(<i32>(end - outPtr));
}

function writeMiss(keyPtr: usize, keyLength: u32, outPtr: usize): i32 {
  const opcode = <u32>load<u8>(keyPtr - HEADER_SIZE + OPCODE_AT);
  if (opcode === GETQ || opcode === GETKQ) return 0;
  const body = outPtr + HEADER_SIZE;
  store<u64>(outPtr + 16, 0);
  if (opcode === GETK) {
    writeHead(keyPtr, opcode, keyLength, MISS_WORD, keyLength, outPtr);
    memory.copy(body, keyPtr, keyLength);
    return <i32>HEADER_SIZE + <i32>keyLength;
  }
  writeHead(keyPtr, opcode, 0, MISS_WORD, NOT_FOUND_LENGTH, outPtr);
  store<u64>(body, NOT_FOUN);
  store<u8>(body + 8, D);
  return <i32>HEADER_SIZE + <i32>NOT_FOUND_LENGTH;
}
