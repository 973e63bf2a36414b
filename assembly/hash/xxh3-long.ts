/**
 * XXH3 for keys of more than 128 bytes. See `xxh3.ts` for the source.
 */

import {
  avalanche,
  mix16,
  mulFold,
  PRIME32_1,
  PRIME32_2,
  PRIME32_3,
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  PRIME64_4,
  PRIME64_5,
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
  SECRET_16,
  SECRET_17,
  SECRET_18,
  SECRET_19,
  SECRET_20,
  SECRET_21,
  SECRET_22,
  SECRET_23,
} from "./xxh3-base";

/** The secret's word at `index`, 0 to 23. */
function secretWord(index: u32): u64 {
  switch (index) {
    case 0:
      return SECRET_0;
    case 1:
      return SECRET_1;
    case 2:
      return SECRET_2;
    case 3:
      return SECRET_3;
    case 4:
      return SECRET_4;
    case 5:
      return SECRET_5;
    case 6:
      return SECRET_6;
    case 7:
      return SECRET_7;
    case 8:
      return SECRET_8;
    case 9:
      return SECRET_9;
    case 10:
      return SECRET_10;
    case 11:
      return SECRET_11;
    case 12:
      return SECRET_12;
    case 13:
      return SECRET_13;
    case 14:
      return SECRET_14;
    case 15:
      return SECRET_15;
    case 16:
      return SECRET_16;
    case 17:
      return SECRET_17;
    case 18:
      return SECRET_18;
    case 19:
      return SECRET_19;
    case 20:
      return SECRET_20;
    case 21:
      return SECRET_21;
    case 22:
      return SECRET_22;
    default:
      return SECRET_23;
  }
}

/** The 8 bytes of the secret that start at the byte `offset`, 0 to 184. */
function secretAt(offset: u32): u64 {
  const low = secretWord(offset >> 3);
  const bits = <u64>((offset & 7) << 3);
  if (bits === 0) return low;
  return (low >> bits) | (secretWord((offset >> 3) + 1) << (64 - bits));
}

/**
 * 129 to 240 bytes: each 16-byte piece folded with its own part of the secret, which from the
 * ninth piece on starts over, 3 bytes in. The key's last 16 bytes are folded too, even if a piece
 * has had some of them.
 */
export function hashMedium(ptr: usize, length: u32): u64 {
  let hash = <u64>length * PRIME64_1;
  hash += mix16(ptr, SECRET_0, SECRET_1);
  hash += mix16(ptr + 16, SECRET_2, SECRET_3);
  hash += mix16(ptr + 32, SECRET_4, SECRET_5);
  hash += mix16(ptr + 48, SECRET_6, SECRET_7);
  hash += mix16(ptr + 64, SECRET_8, SECRET_9);
  hash += mix16(ptr + 80, SECRET_10, SECRET_11);
  hash += mix16(ptr + 96, SECRET_12, SECRET_13);
  hash += mix16(ptr + 112, SECRET_14, SECRET_15);
  hash = avalanche(hash);
  const wholeEnd = length & ~15;
  for (let at: u32 = 128; at < wholeEnd; at += 16) {
    hash += mix16(ptr + at, secretAt(at - 125), secretAt(at - 117));
  }
  hash += mix16(ptr + length - 16, secretAt(119), secretAt(127));
  return avalanche(hash);
}

/** What a lane adds for a word of the key already xored with its part of the secret. */
function product(keyed: u64): u64 {
  return (keyed & 0xffffffff) * (keyed >> 32);
}

/**
 * Two neighbouring lanes, `lane` (even) and the one after it, over all 64-byte stripes of the key,
 * folded to one word. Lanes meet only inside such a pair, so that a pair needs just two
 * accumulators at a time, and no scratch memory. A stripe's part of the secret starts 8 bytes after
 * the part of the one before; the stripe of the key's last 64 bytes has a part of its own.
 */
function lanePair(ptr: usize, length: u32, lane: u32, even: u64, odd: u64): u64 {
  const offset = lane << 3;
  const lastPtr = ptr + length - 64 + offset;
  let evenSecret = secretWord(lane);
  let stripePtr = ptr + offset;
  const stripes = (length - 1) >> 6;
  for (let stripe: u32 = 0; stripe < stripes; ++stripe) {
    const oddSecret = secretWord(lane + stripe + 1);
    const evenData = load<u64>(stripePtr);
    const oddData = load<u64>(stripePtr, 8);
    even += oddData + product(evenData ^ evenSecret);
    odd += evenData + product(oddData ^ oddSecret);
    evenSecret = oddSecret;
    stripePtr += 64;
  }
  const evenData = load<u64>(lastPtr);
  const oddData = load<u64>(lastPtr, 8);
  even += oddData + product(evenData ^ secretAt(offset + 121));
  odd += evenData + product(oddData ^ secretAt(offset + 129));
  return mulFold(even ^ secretAt(offset + 11), odd ^ secretAt(offset + 19));
}

/**
 * 241 to 1024 bytes: eight lanes of 64-bit accumulators. The bound is one block, 16 stripes of 64
 * bytes: longer input would need the accumulators scrambled between blocks, and a key has at most
 * 250 bytes.
 */
export function hashLong(ptr: usize, length: u32): u64 {
  let hash = <u64>length * PRIME64_1;
  hash += lanePair(ptr, length, 0, PRIME32_3, PRIME64_1);
  hash += lanePair(ptr, length, 2, PRIME64_2, PRIME64_3);
  hash += lanePair(ptr, length, 4, PRIME64_4, PRIME32_2);
  hash += lanePair(ptr, length, 6, PRIME64_5, PRIME32_1);
  return avalanche(hash);
}
