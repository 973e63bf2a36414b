/**
 * XXH3 for keys of more than 128 bytes. See `xxh3.ts` for the source.
 */

import {
  PRIME32_1,
  PRIME32_2,
  PRIME32_3,
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  PRIME64_4,
  PRIME64_5,
  avalanche,
  mix16,
  mulFold,
  secretWord,
} from "./xxh3-base";

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
  for (let at: u32 = 0; at < 128; at += 16) {
    hash += mix16(ptr + at, secretWord(at >> 3), secretWord((at >> 3) + 1));
  }
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
