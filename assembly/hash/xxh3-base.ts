/**
 * The constants of XXH3 and the steps its length ranges share. See `xxh3.ts` for the source.
 *
 * `SECRET_n` is the n-th little-endian 64-bit word of the algorithm's 192-byte default secret. As
 * constants they compile to immediate operands: the core has no data segment to read them from.
 */

export const PRIME32_1: u64 = 0x9e3779b1;
export const PRIME32_2: u64 = 0x85ebca77;
export const PRIME32_3: u64 = 0xc2b2ae3d;
export const PRIME64_1: u64 = 0x9e3779b185ebca87;
export const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
export const PRIME64_3: u64 = 0x165667b19e3779f9;
export const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
export const PRIME64_5: u64 = 0x27d4eb2f165667c5;
const AVALANCHE_PRIME: u64 = 0x165667919e3779f9;
export const RRMXMX_PRIME: u64 = 0x9fb21c651e98df25;

export const SECRET_0: u64 = 0xbe4ba423396cfeb8;
export const SECRET_1: u64 = 0x1cad21f72c81017c;
export const SECRET_2: u64 = 0xdb979083e96dd4de;
export const SECRET_3: u64 = 0x1f67b3b7a4a44072;
export const SECRET_4: u64 = 0x78e5c0cc4ee679cb;
export const SECRET_5: u64 = 0x2172ffcc7dd05a82;
export const SECRET_6: u64 = 0x8e2443f7744608b8;
export const SECRET_7: u64 = 0x4c263a81e69035e0;
export const SECRET_8: u64 = 0xcb00c391bb52283c;
export const SECRET_9: u64 = 0xa32e531b8b65d088;
export const SECRET_10: u64 = 0x4ef90da297486471;
export const SECRET_11: u64 = 0xd8acdea946ef1938;
export const SECRET_12: u64 = 0x3f349ce33f76faa8;
export const SECRET_13: u64 = 0x1d4f0bc7c7bbdcf9;
export const SECRET_14: u64 = 0x3159b4cd4be0518a;
export const SECRET_15: u64 = 0x647378d9c97e9fc8;
const SECRET_16: u64 = 0xc3ebd33483acc5ea;
const SECRET_17: u64 = 0xeb6313faffa081c5;
const SECRET_18: u64 = 0x49daf0b751dd0d17;
const SECRET_19: u64 = 0x9e68d429265516d3;
const SECRET_20: u64 = 0xfca1477d58be162b;
const SECRET_21: u64 = 0xce31d07ad1b8f88f;
const SECRET_22: u64 = 0x280416958f3acb45;
const SECRET_23: u64 = 0x7e404bbbcafbd7af;

/** The secret's word at `index`, 0 to 23. */
export function secretWord(index: u32): u64 {
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

/** The 128-bit product of two words, its halves xored; from four 32-bit products. */
export function mulFold(x: u64, y: u64): u64 {
  const xLow = x & 0xffffffff;
  const xHigh = x >> 32;
  const yLow = y & 0xffffffff;
  const yHigh = y >> 32;
  const lowLow = xLow * yLow;
  const highLow = xHigh * yLow;
  // At most (2^32 - 1)^2 + 2 * (2^32 - 1), so it fits.
  const cross = (lowLow >> 32) + (highLow & 0xffffffff) + xLow * yHigh;
  return (x * y) ^ ((highLow >> 32) + (cross >> 32) + xHigh * yHigh);
}

/** Folds the 16 bytes at `ptr` with two words of the secret. */
export function mix16(ptr: usize, secretLow: u64, secretHigh: u64): u64 {
  return mulFold(load<u64>(ptr) ^ secretLow, load<u64>(ptr, 8) ^ secretHigh);
}

/** XXH3's own final scrambling. */
export function avalanche(hash: u64): u64 {
  const mixed = (hash ^ (hash >> 37)) * AVALANCHE_PRIME;
  return mixed ^ (mixed >> 32);
}
