/**
 * memcached's number parsers (specification §2.2): what each of them takes differs, and clients see
 * it.
 *
 * - `readU32`, `readI32`: tokens of digits, with one leading minus for the signed one.
 * - `readU64`: the same in 64 bits, into two halves.
 * - `readLoose`: C's strtoul and strtol, for client flags and exptime of storage commands.
 *
 * NaN says "not a number"; no parser allocates on its common path.
 */

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;

const LENGTH_MAX_32 = 11;
const LENGTH_MAX_64 = 22;
const U32_MAX = 0xffffffff;
const I32_MAX = 0x7fffffff;
const TWO_32 = 2 ** 32;

/** The digits bytes[start … end) as a number, NaN when there is none or something else. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NaN;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

export function readU32(bytes: Uint8Array, start: number, length: number): number {
  if (length > LENGTH_MAX_32) return NaN;
  const value = digits(bytes, start, start + length);
  return value <= U32_MAX ? value : NaN;
}

export function readI32(bytes: Uint8Array, start: number, length: number): number {
  if (length > LENGTH_MAX_32) return NaN;
  if (bytes[start] === MINUS) {
    const value = digits(bytes, start + 1, start + length);
    return value <= I32_MAX + 1 ? -value : NaN;
  }
  const value = digits(bytes, start, start + length);
  return value <= I32_MAX ? value : NaN;
}

/** The halves of the number that `readU64` read last. */
export const u64 = { low: 0, high: 0 };

/** Digits whose number a double still holds exactly. */
const EXACT_DIGITS = 15;

export function readU64(bytes: Uint8Array, start: number, length: number): boolean {
  if (length > LENGTH_MAX_64) return false;
  const value = digits(bytes, start, start + length);
  if (!(value >= 0)) return false;
  if (length <= EXACT_DIGITS) {
    u64.low = value >>> 0;
    u64.high = Math.floor(value / TWO_32);
    return true;
  }
  let exact = 0n;
  for (let at = start; at < start + length; at++) {
    exact = exact * 10n + BigInt((bytes[at] as number) - ZERO);
  }
  if (exact > 0xffff_ffff_ffff_ffffn) return false;
  u64.low = Number(exact & 0xffff_ffffn);
  u64.high = Number(exact >> 32n);
  return true;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13);
}

/**
 * A number as strtoul (signed: strtol) reads it, cut to its low 32 bits: an optional sign, digits,
 * then white space or the end of the token. The full number must fit 64 bits. Unsigned numbers may
 * not be negative. Returned as u32, or as i32 where `signed`.
 */
export function readLoose(
  bytes: Uint8Array,
  start: number,
  length: number,
  signed: boolean,
): number {
  if (length > 0 && length < 10) {
    const value = digits(bytes, start, start + length);
    if (value >= 0) return value;
  }
  return readLooseSlow(bytes, start, start + length, signed);
}

function readLooseSlow(bytes: Uint8Array, start: number, end: number, signed: boolean): number {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  const first = at;
  let value = 0n;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10n + BigInt(digit);
    if (value > 0xffff_ffff_ffff_ffffn) return NaN;
  }
  if (at === first || (at < end && !isSpace(bytes[at] as number))) return NaN;
  if (isNegative) value = -value;
  if (signed) {
    if (value > 0x7fff_ffff_ffff_ffffn || value < -0x8000_0000_0000_0000n) return NaN;
    return Number(BigInt.asIntN(32, value));
  }
  // strtoul negates modulo 2^64; memcached then refuses what looks negative as a signed long.
  if (isNegative && BigInt.asIntN(64, value) < 0n) return NaN;
  return Number(BigInt.asUintN(32, value));
}
