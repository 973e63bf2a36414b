/**
 * A fraction with so many digits behind the point, as C's printf prints it: `%.2f` in `stats`.
 *
 * JavaScript's own way differs for what lies in the middle of two (C takes the even one), from 1e21
 * on, for -0, and has other names for what is no number. Where a figure is longer than memcached
 * has room for it is cut there.
 */

const LENGTH_MAX = 126;

/** From here on JavaScript prints an exponent. */
const EXPONENT_FROM = 1e21;

export function fixedText(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return (sign + positiveText(Math.abs(value), digits)).slice(0, LENGTH_MAX);
}

function positiveText(value: number, digits: number): string {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value >= EXPONENT_FROM) return `${BigInt(value)}.${"0".repeat(digits)}`;
  const scale = 10 ** digits;
  // In the middle: the product is exact then.
  const isMiddle = (value * 2 ** (digits + 1)) % 2 === 1 && (value * scale) % 1 === 0.5;
  if (!isMiddle) return value.toFixed(digits);
  const below = Math.floor(value * scale);
  return ((below % 2 === 0 ? below : below + 1) / scale).toFixed(digits);
}
