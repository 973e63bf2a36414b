/**
 * Fractions as C's strtod reads them from text, and memcached with it: ratios and factors, of
 * commands (specification §2.2) and of the command line.
 *
 *     decimal        0.2   .5   2.   1e-3
 *     hexadecimal    0x10   0x1.8p3: the exponent counts powers of two
 *     by name        inf   infinity   nan   nan(text), in small letters or capitals
 *
 * Limit: the sign of a nan is lost.
 */

/** Longer tokens are no number to memcached. */
const TOKEN_LENGTH_MAX = 31;

/** Below it a double has not all of its digits any more, which C reports as an error. */
const SMALLEST_NORMAL = 2 ** -1022;

const SPACE = /^[ \t\n\v\f\r]*/;
const HEXADECIMAL = /^0x([\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p([+-]?\d+))?/i;
const DECIMAL = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;
const NAMED = /^(?:inf(?:inity)?|nan(?:\(\w*\))?)/i;

/** A number, and how much of the text it takes. */
interface Found {
  readonly value: number;
  readonly length: number;
  /** Whether it is too large or too small for a double. */
  readonly isOutOfRange: boolean;
}

/** Digits with or without a point, times 2 to the `exponent`. */
function hexadecimalValue(digits: string, exponent: number): number {
  const [whole = "", fraction = ""] = digits.split(".");
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const power = exponent - 4 * fraction.length;
  // In two steps: a power of two alone may be out of range where the product is not.
  const half = Math.trunc(power / 2);
  return mantissa === 0 ? 0 : mantissa * 2 ** half * 2 ** (power - half);
}

/** What stands at the front, without white space and sign. */
function magnitude(text: string): Found | null {
  const [named] = NAMED.exec(text) ?? [];
  if (named !== undefined) {
    const value = /^i/i.test(named) ? Number.POSITIVE_INFINITY : Number.NaN;
    return { value, length: named.length, isOutOfRange: false };
  }
  const hexadecimal = HEXADECIMAL.exec(text);
  const [found, digits = "", exponent] = hexadecimal ?? DECIMAL.exec(text) ?? [];
  if (found === undefined) return null;
  const value =
    hexadecimal === null ? Number(found) : hexadecimalValue(digits, Number(exponent ?? 0));
  const mantissa = hexadecimal === null ? found.replace(/e.*/i, "") : digits;
  const isTooSmall = value < SMALLEST_NORMAL && /[1-9a-f]/i.test(mantissa);
  return { value, length: found.length, isOutOfRange: isTooSmall || value > Number.MAX_VALUE };
}

function numberAtFront(text: string): Found | null {
  const start = SPACE.exec(text)?.[0].length ?? 0;
  const sign = /^[+-]/.exec(text.slice(start))?.[0] ?? "";
  const found = magnitude(text.slice(start + sign.length));
  if (found === null) return null;
  const value = sign === "-" ? -found.value : found.value;
  return { ...found, value, length: start + sign.length + found.length };
}

/** The number at the front, 0 for none: C's atof. */
export function doubleAtFront(text: string): number {
  return numberAtFront(text)?.value ?? 0;
}

/** The number that the text is, up to white space; null when it is none, or out of range. */
export function wholeDouble(text: string): number | null {
  const found = numberAtFront(text);
  if (found === null || found.isOutOfRange) return null;
  const next = text.charAt(found.length);
  return next === "" || SPACE.exec(next)?.[0] !== "" ? found.value : null;
}

/** The same for a token of a command. */
export function tokenDouble(text: string): number | null {
  return text.length > TOKEN_LENGTH_MAX ? null : wholeDouble(text);
}
