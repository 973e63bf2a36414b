/**
 * Numbers as C's library reads them from text.
 *
 * memcached reads its command line by two habits, and scripts depend on both: `atoi` and `atof`
 * take what looks like a number at the front and call everything else 0, while the strict readers
 * refuse whatever is not wholly a number. Used by the option parser alone; the protocol has its own
 * readers, but for fractions, which are read alike.
 */
import { doubleAtFront, wholeDouble } from "../protocol/c-double.ts";

const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);
const UINT32_MAX = 2 ** 32 - 1;

const INTEGER_AT_FRONT = /^[ \t\n\v\f\r]*([+-]?)(\d+)/;

/** The integer at the front, 0 for none; wraps to 32 bits as `(int)strtol()` does. */
export function atoi(text: string): number {
  const match = INTEGER_AT_FRONT.exec(text);
  if (match === null) return 0;
  let value = BigInt(match[2] as string);
  if (match[1] === "-") value = -value;
  if (value > LONG_MAX) value = LONG_MAX;
  if (value < LONG_MIN) value = LONG_MIN;
  return Number(BigInt.asIntN(32, value));
}

/** The fraction at the front, 0 for none. */
export const atof = doubleAtFront;

/** The octal number at the front, 0 for none. */
export function atoiOctal(text: string): number {
  const match = /^[ \t\n\v\f\r]*([0-7]+)/.exec(text);
  return match === null ? 0 : Number.parseInt(match[1] as string, 8);
}

/** A whole signed 32-bit number, or null. White space may follow, as in C. */
export function strictInteger(text: string): number | null {
  const match = INTEGER_AT_FRONT.exec(text);
  if (match === null || !endsWell(text, match[0].length)) return null;
  const value = Number(`${match[1]}${match[2]}`);
  return value === (value | 0) ? value : null;
}

/** A whole unsigned 32-bit number, or null. memcached cuts larger ones off; here they fail. */
export function strictUnsigned(text: string): number | null {
  const match = INTEGER_AT_FRONT.exec(text);
  if (match === null || match[1] === "-" || !endsWell(text, match[0].length)) return null;
  const value = Number(match[2]);
  return value <= UINT32_MAX ? value : null;
}

/** A fraction, or null. */
export const strictFloat = wholeDouble;

/** Whether the text is over at `length`, or white space follows (memcached looks no further). */
function endsWell(text: string, length: number): boolean {
  return length === text.length || /[ \t\n\v\f\r]/.test(text.charAt(length));
}
