/** What incr and decr take for a number, for the models. */
import { fromLatin1 } from "./bytes.ts";

/** White space, one plus, up to 20 digits, white space or the end. */
const NUMBER = /^[\t-\r ]*\+?(\d{1,20})(?:[\t-\r ]|$)/;

/** The number that incr and decr read in a value, below 2^64; null: they refuse it. */
export function storedNumber(value: Uint8Array): bigint | null {
  const digits = NUMBER.exec(fromLatin1(value))?.[1];
  if (digits === undefined) return null;
  const number = BigInt(digits);
  return number < 2n ** 64n ? number : null;
}
