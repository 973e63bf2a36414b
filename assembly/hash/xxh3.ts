/**
 * XXH3, the 64-bit variant with seed 0 and the default secret, cut to its low 32 bits.
 *
 * Source: Yann Collet's xxHash (BSD 2-Clause) and its published specification. Written from the
 * algorithm's description: each range of lengths has a method of its own, from one multiplication
 * for the shortest keys to eight lanes of accumulators for the longest. Every method xors the key's
 * bytes with parts of a fixed secret before it multiplies them, and ends with an avalanche.
 *
 * Keys have at most 250 bytes; the code is right up to 1024 (see `hashLong`). No byte outside
 * `[keyPtr, keyPtr + keyLength)` is read: where the last load would pass the end, it is moved back
 * to end there, and some bytes are read twice.
 */

import {
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  RRMXMX_PRIME,
  avalanche,
  mix16,
  mulFold,
  SECRET_0,
  SECRET_1,
  SECRET_2,
  SECRET_3,
  SECRET_4,
  SECRET_5,
  SECRET_6,
  SECRET_7,
  SECRET_8,
  SECRET_9,
  SECRET_10,
  SECRET_11,
  SECRET_12,
  SECRET_13,
  SECRET_14,
  SECRET_15,
} from "./xxh3-base";
import { hashLong, hashMedium } from "./xxh3-long";

/** The final scrambling of the older XXH64, which the shortest keys take. */
function avalanche64(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * PRIME64_2;
  hash = (hash ^ (hash >> 29)) * PRIME64_3;
  return hash ^ (hash >> 32);
}

/** 1 to 3 bytes: the first, the middle, the last and the length, packed into one word. */
function hash1To3(ptr: usize, length: u32): u64 {
  const first = <u32>load<u8>(ptr);
  const middle = <u32>load<u8>(ptr + (length >> 1));
  const last = <u32>load<u8>(ptr + length - 1);
  const packed = (first << 16) | (middle << 24) | last | (length << 8);
  return avalanche64((<u64>packed) ^ (SECRET_0 & 0xffffffff) ^ (SECRET_0 >> 32));
}

/** 4 to 8 bytes: the first four and the last four. */
function hash4To8(ptr: usize, length: u32): u64 {
  const first = <u64>load<u32>(ptr);
  const last = <u64>load<u32>(ptr + length - 4);
  let hash = (last | (first << 32)) ^ SECRET_1 ^ SECRET_2;
  hash ^= rotl<u64>(hash, 49) ^ rotl<u64>(hash, 24);
  hash *= RRMXMX_PRIME;
  hash ^= (hash >> 35) + length;
  hash *= RRMXMX_PRIME;
  return hash ^ (hash >> 28);
}

/** 9 to 16 bytes: the first eight and the last eight. */
function hash9To16(ptr: usize, length: u32): u64 {
  const first = load<u64>(ptr) ^ SECRET_3 ^ SECRET_4;
  const last = load<u64>(ptr + length - 8) ^ SECRET_5 ^ SECRET_6;
  return avalanche(length + bswap<u64>(first) + last + mulFold(first, last));
}

/** 17 to 128 bytes: 16-byte pieces taken from both ends inwards, until they meet or overlap. */
function hash17To128(ptr: usize, length: u32): u64 {
  const end = ptr + length;
  let hash = <u64>length * PRIME64_1;
  hash += mix16(ptr, SECRET_0, SECRET_1);
  hash += mix16(end - 16, SECRET_2, SECRET_3);
  if (length > 32) {
    hash += mix16(ptr + 16, SECRET_4, SECRET_5);
    hash += mix16(end - 32, SECRET_6, SECRET_7);
  }
  if (length > 64) {
    hash += mix16(ptr + 32, SECRET_8, SECRET_9);
    hash += mix16(end - 48, SECRET_10, SECRET_11);
  }
  if (length > 96) {
    hash += mix16(ptr + 48, SECRET_12, SECRET_13);
    hash += mix16(end - 64, SECRET_14, SECRET_15);
  }
  return avalanche(hash);
}

/** The low 32 bits of the XXH3 (64 bits, seed 0) of the key's bytes; at most 1024 of them. */
export function xxh3(keyPtr: usize, keyLength: u32): u32 {
  if (keyLength > 16) {
    if (keyLength <= 128) return <u32>hash17To128(keyPtr, keyLength);
    if (keyLength <= 240) return <u32>hashMedium(keyPtr, keyLength);
    return <u32>hashLong(keyPtr, keyLength);
  }
  if (keyLength > 8) return <u32>hash9To16(keyPtr, keyLength);
  if (keyLength >= 4) return <u32>hash4To8(keyPtr, keyLength);
  if (keyLength > 0) return <u32>hash1To3(keyPtr, keyLength);
  return <u32>avalanche64(SECRET_7 ^ SECRET_8);
}
