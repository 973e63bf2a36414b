/**
 * The number readers of src/protocol/numbers.ts against readers written with BigInt and patterns.
 *
 * Goal: tokens of any bytes are read as memcached reads them (specification §2.2), above all near
 * the limits of 32 and 64 bits. Method: texts around those limits, then one or two changed
 * characters.
 */
import type { Random } from "../support/random.ts";
import { latin1 } from "../support/bytes.ts";
import { readI32, readLoose, readU32, readU64, u64 } from "../../src/protocol/numbers.ts";
import { same } from "../property/difference.ts";

const U32_MAX = 2n ** 32n - 1n;
const U64_MAX = 2n ** 64n - 1n;
const I32_MIN = -(2n ** 31n);
const I64_MIN = -(2n ** 63n);
const LENGTH_MAX_32 = 11;
const LENGTH_MAX_64 = 22;

const EDGES = [0n, 1n, 9n, 10n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n, 10n ** 20n];
const ODD_CHARACTERS = "0123456789 -+\t\n\v\f\r.xe\0\u00ff/:";

/** White space as C's isspace has it, a sign, digits, then white space or the end. */
const LOOSE = /^[\t-\r ]*([+-]?)(\d+)(?:[\t-\r ]|$)/;

function strict(text: string, lengthMax: number, least: bigint, most: bigint): number {
  const pattern = least < 0n ? /^-?\d+$/ : /^\d+$/;
  // `$` also fits before a last line feed; such a text is longer than its match.
  if (text.length > lengthMax || pattern.exec(text)?.[0] !== text) return Number.NaN;
  const value = BigInt(text);
  return value < least || value > most ? Number.NaN : Number(value);
}

function strict64(text: string): bigint | null {
  if (text.length > LENGTH_MAX_64 || !/^\d+$/.test(text) || text.endsWith("\n")) return null;
  const value = BigInt(text);
  return value > U64_MAX ? null : value;
}

/** strtoul and strtol, as memcached wraps them. */
function loose(text: string, signed: boolean): number {
  const match = LOOSE.exec(text);
  if (match === null) return Number.NaN;
  const magnitude = BigInt(match[2]);
  const value = match[1] === "-" ? -magnitude : magnitude;
  if (magnitude > U64_MAX) return Number.NaN;
  if (signed) {
    const fits = value >= I64_MIN && value < -I64_MIN;
    return fits ? Number(BigInt.asIntN(32, value)) : Number.NaN;
  }
  // With a minus, what looks negative as a signed 64-bit number is refused.
  if (match[1] === "-" && BigInt.asIntN(64, value) < 0n) return Number.NaN;
  return Number(BigInt.asUintN(32, value));
}

function randomText(random: Random): string {
  const near = random.pick(EDGES) + BigInt(random.below(7) - 3);
  let text = (random.oneIn(4) ? -near : near).toString();
  if (random.oneIn(4)) text = text.padStart(text.length + random.below(24), "0");
  for (let changes = random.below(3); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    const isReplaced = random.oneIn(2) ? 1 : 0;
    const odd = ODD_CHARACTERS[random.below(ODD_CHARACTERS.length)];
    text = text.slice(0, at) + odd + text.slice(at + isReplaced);
  }
  return random.oneIn(50) ? "" : text;
}

/** Without the sign of a zero, which no caller looks at. */
function zeroed(value: number): number {
  return value === 0 ? 0 : value;
}

/** Compares all readers on one text, which stands between other digits. */
export function compareReaders(text: string): void {
  const bytes = latin1(`7${text}7`);
  const name = JSON.stringify(text);
  const [start, length] = [1, text.length];
  const u32 = strict(text, LENGTH_MAX_32, 0n, U32_MAX);
  same(`readU32 of ${name}`, zeroed(readU32(bytes, start, length)), zeroed(u32));
  const i32 = strict(text, LENGTH_MAX_32, I32_MIN, -I32_MIN - 1n);
  same(`readI32 of ${name}`, zeroed(readI32(bytes, start, length)), zeroed(i32));
  const expected = strict64(text);
  same(`readU64 of ${name}`, readU64(bytes, start, length), expected !== null);
  if (expected !== null) {
    const value = (BigInt(u64.high) << 32n) | BigInt(u64.low);
    same(`halves of ${name}`, value, expected);
  }
  for (const signed of [false, true]) {
    const value = zeroed(readLoose(bytes, start, length, signed));
    same(`readLoose of ${name}, signed ${signed}`, value, zeroed(loose(text, signed)));
  }
}

export function fuzzNumbers(random: Random, events: number): void {
  for (let event = 0; event < events; event++) compareReaders(randomText(random));
}
