/**
 * The words random commands are made of: keys, numbers, times, values, valid and not.
 *
 * Times are either far away or long past: nothing here may depend on when exactly it runs. Text is
 * Latin-1, one character a byte.
 */

import type { Random } from "../support/random.ts";

const HOT_KEYS = ["a", "b", "foo", "n"];
const COLD_KEYS = 300;

/** A key, usually one that was used before. */
export function key(random: Random): string {
  if (!random.oneIn(4)) return random.pick(HOT_KEYS);
  const odd = random.below(40);
  if (odd === 0) return "k".repeat(250);
  if (odd === 1) return "k".repeat(251);
  if (odd === 2) return "\x01\t\xff\x80";
  if (odd === 3) return "pre:fix";
  if (odd === 4) return "x".repeat(1 + random.below(250));
  return `cold-${random.below(COLD_KEYS)}`;
}

const DELTAS = ["0", "1", "2", "9", "10", "99", "1000", "4294967296", "18446744073709551615"];
const BAD_DELTAS = ["-1", "x", "1x", "", "+1", "0x10", "18446744073709551616", "-", "00000001"];

export function delta(random: Random): string {
  return random.pick(random.oneIn(8) ? BAD_DELTAS : DELTAS);
}

const FLAGS = ["0", "0", "0", "1", "5", "65535", "2147483648", "4294967295", "+1", "007"];
const BAD_FLAGS = ["-1", "x", "1x", "4294967296", "0x1", "-"];

export function flags(random: Random): string {
  return random.pick(random.oneIn(12) ? BAD_FLAGS : FLAGS);
}

const TIMES = ["0", "0", "0", "1000", "2592000", "86400", "0060"];
const PAST_TIMES = ["-1", "-100", "2592001", "1000000000", "-2147483648"];
const BAD_TIMES = ["x", "1x", "--1", "-", "0x1", "2147483648", "99999999999", "000000000000"];

export function time(random: Random): string {
  if (random.oneIn(10)) return random.pick(PAST_TIMES);
  return random.pick(random.oneIn(12) ? BAD_TIMES : TIMES);
}

const NUMBERS = ["0", "1", "9", "10", "99", "100", "999", "18446744073709551615", "0007"];
const ODD_NUMBERS = ["1 2", "7\r\n", " 7", "12a", "-1", "abc", "18446744073709551616", "5\t"];

/** The value of an item. */
export function value(random: Random): string {
  const kind = random.below(20);
  if (kind < 8) return random.pick(NUMBERS);
  if (kind < 11) return random.pick(ODD_NUMBERS);
  if (kind < 12) return "";
  if (kind < 14) return bytes(random, random.below(40));
  if (kind < 15) return "line\r\nEND\r\nget a\r\nnext";
  if (kind < 16) return "v".repeat(random.pick([100, 1000, 5000, 20_000]));
  return "w".repeat(random.below(64));
}

/** Any bytes; line ends are more likely than chance would have them. */
function bytes(random: Random, length: number): string {
  let text = "";
  while (text.length < length) {
    text += random.oneIn(8) ? "\r\n" : String.fromCharCode(random.below(256));
  }
  return text.slice(0, length);
}

const JUNK = ["x", "", "ab", "abc", "bogus", "GET a", "get\ta", "sett a", "ver\0sion", "\x01\x02"];

/** A line that is no command. */
export function junk(random: Random): string {
  if (random.oneIn(6)) return "j".repeat(random.below(2000));
  return random.pick(JUNK);
}

const LENGTHS = ["-1", "x", "1x", "+3", "2147483646", "99999999999", "3 3", "000000000003"];

/** A byte count that is refused. */
export function badLength(random: Random): string {
  return random.pick(LENGTHS);
}
