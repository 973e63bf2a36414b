/**
 * Decimal text to numbers and back, over bytes in linear memory.
 */

const ZERO: u8 = 0x30;
const SPACE: u8 = 0x20;
const PLUS: u8 = 0x2b;

/** Most digits of a u64. */
export const DIGITS_MAX: u32 = 20;

/** How many decimal digits `value` has: 1 … 20. */
export function digitCount(value: u64): u32 {
  let n: u32 = 1;
  while (value >= 10) {
    value /= 10;
    n++;
  }
  return n;
}

function digitCount32(value: u32): u32 {
  let n: u32 = 1;
  while (value >= 10) {
    value /= 10;
    n++;
  }
  return n;
}

/** Writes `value` at `ptr`; returns the address behind its last digit. */
export function writeU32(ptr: usize, value: u32): usize {
  const end = ptr + digitCount32(value);
  let at = end;
  do {
    const quotient = value / 10;
    store<u8>(--at, ZERO + <u8>(value - quotient * 10));
    value = quotient;
  } while (value !== 0);
  return end;
}

/** Writes `value` at `ptr`; returns the address behind its last digit. At most 20 bytes. */
export function writeU64(ptr: usize, value: u64): usize {
  if (value <= 0xffffffff) return writeU32(ptr, <u32>value);
  const end = ptr + digitCount(value);
  let at = end;
  do {
    const quotient = value / 10;
    store<u8>(--at, ZERO + <u8>(value - quotient * 10));
    value = quotient;
  } while (value !== 0);
  return end;
}

/** C's isspace in the default locale. */
export function isSpace(byte: u8): bool {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

/**
 * Whether the text at `ptr` is a number that incr and decr accept: white space, an optional `+`,
 * 1 … 20 digits that fit 64 bits, then the end or white space (anything may follow that).
 * The number itself is stored at `outPtr`.
 */
export function readNumber(ptr: usize, length: u32, outPtr: usize): bool {
  let at = ptr;
  const end = ptr + length;
  while (at < end && isSpace(load<u8>(at))) at++;
  if (at < end && load<u8>(at) === PLUS) at++;
  const first = at;
  let value: u64 = 0;
  while (at < end) {
    const digit = <u64>load<u8>(at) - ZERO;
    if (digit > 9) break;
    if (at - first >= DIGITS_MAX) return false;
    if (value > (u64.MAX_VALUE - digit) / 10) return false;
    value = value * 10 + digit;
    at++;
  }
  if (at === first) return false;
  if (at < end && !isSpace(load<u8>(at))) return false;
  store<u64>(outPtr, value);
  return true;
}
