/**
 * Looking ahead: the commands that came together in one read tell their keys long before their turn
 * comes. What each will have to look up is fetched from memory for all of them side by side, and
 * the commands then find it near.
 *
 *     inbox   │ set a 0 0 2 ⏎ xx ⏎ │ delete b ⏎ │ ms c 4 ⏎ xxxx ⏎ │ …
 *                   └────────────────────┴──────────────┴─ key batch ──▶ warmChanges
 *
 * It is a guess, and changes nothing but the time that the commands take: what is no command is
 * passed over, or ends it. Gets that are answered together bring their own keys (fetch-meta.ts,
 * fetch-packets.ts).
 */
import { KEY_BATCH_MAX, KEY_LENGTH_MAX } from "../shared/limits";
import { keysPtr } from "../base/thread";
import { warmChanges } from "../hash/warm";

const LF: u8 = 0x0a;
const SPACE: u8 = 0x20;
const ZERO: u8 = 0x30;

/** First four bytes of the commands with a value, and of ms and mg the first three. */
const SET: u32 = 0x20746573;
const ADD: u32 = 0x20646461;
const CAS: u32 = 0x20736163;
const REPLACE: u32 = 0x6c706572;
const APPEND: u32 = 0x65707061;
const PREPEND: u32 = 0x70657270;
const THREE_BYTES: u32 = 0xffffff;
const META_SET: u32 = 0x20736d;
const META_GET: u32 = 0x20676d;

/** Packets: requests, their header, and the highest opcode of the gets that go together. */
const REQUEST: u8 = 0x80;
const HEADER_SIZE: usize = 24;
const GETKQ: u8 = 0x0d;
const GETK: u8 = 0x0c;
const GETQ: u8 = 0x09;

/** Puts a key at place `count` of the key batch, if it can be one; how many there are then. */
function addKey(count: u32, keyPtr: usize, keyLength: usize): u32 {
  if (keyLength - 1 >= <usize>KEY_LENGTH_MAX) return count;
  const at = keysPtr() + ((<usize>count) << 3);
  store<u32>(at, <u32>keyPtr);
  store<u32>(at + 4, <u32>keyLength);
  return count + 1;
}

/** Behind the word that begins at `at`, and behind the spaces there. */
function skipWord(from: usize): usize {
  let at = from;
  while (load<u8>(at) > SPACE) at++;
  while (load<u8>(at) === SPACE) at++;
  return at;
}

/** How many words stand between the name and the length of the value; -1: there is no value. */
function wordsBeforeLength(name: u32): i32 {
  if ((name & THREE_BYTES) === META_SET) return 1;
  const isStorage =
    name === SET ||
    name === ADD ||
    name === CAS ||
    name === REPLACE ||
    name === APPEND ||
    name === PREPEND;
  return isStorage ? 3 : -1;
}

/** The number at `at`; whatever comes of too many digits. */
function readLength(from: usize): usize {
  let length: usize = 0;
  for (let at = from; load<u8>(at) >= ZERO; at++) {
    length = length * 10 + (load<u8>(at) - ZERO);
  }
  return length;
}

/** Text: up to `countMax` commands in from … end. The byte at `end` is the caller's to lose. */
export function lookAheadLines(from: usize, end: usize, countMax: u32): void {
  store<u8>(end, LF); // Every search stops here.
  assert(countMax <= <u32>KEY_BATCH_MAX);
  let count: u32 = 0;
  let at = from;
  for (let left = countMax; left > 0 && at < end; left--) {
    const name = load<u32>(at);
    const key = skipWord(at);
    if ((name & THREE_BYTES) !== META_GET) {
      let keyEnd = key;
      while (load<u8>(keyEnd) > SPACE) keyEnd++;
      count = addKey(count, key, keyEnd - key);
    }
    let words = wordsBeforeLength(name);
    let length: usize = 0;
    at = key;
    if (words > 0) {
      while (words-- > 0) at = skipWord(at);
      length = readLength(at) + 2;
    }
    while (load<u8>(at) !== LF) at++;
    if (length > end - at) break;
    at += length + 1;
  }
  warmChanges(count);
}

/** The same for packets. */
export function lookAheadPackets(from: usize, end: usize, countMax: u32): void {
  assert(countMax <= <u32>KEY_BATCH_MAX);
  let count: u32 = 0;
  let at = from;
  for (let left = countMax; left > 0; left--) {
    if (at + HEADER_SIZE > end || load<u8>(at) !== REQUEST) break;
    const opcode = load<u8>(at + 1);
    const keyLength = <usize>bswap<u16>(load<u16>(at + 2));
    const key = at + HEADER_SIZE + <usize>load<u8>(at + 4);
    if (key + keyLength > end) break;
    const isGet = opcode === 0 || opcode === GETQ || opcode === GETK || opcode === GETKQ;
    if (!isGet) count = addKey(count, key, keyLength);
    const length = <usize>bswap<u32>(load<u32>(at + 8));
    if (length > end - at) break;
    at += HEADER_SIZE + length;
  }
  warmChanges(count);
}
