/**
 * Generators of meta commands: random lines of them, right and wrong.
 *
 * Left out on purpose: what depends on time, or on how often an item is moved in its LRU (`l`,
 * `me`).
 */
import { type Command, UNIQUE, command } from "./command.ts";
import type { Random } from "../support/random.ts";
import { badLength, delta, key, time, value } from "./vocabulary.ts";

type Flags = Readonly<Record<string, (random: Random) => string>>;

const none = (): string => "";

function opaque(random: Random): string {
  return "o".repeat(random.pick([0, 1, 5, 31, random.oneIn(20) ? 32 : 3]));
}

/** A unique: often the one last shown for the key. */
function unique(random: Random): string {
  if (random.oneIn(2)) return UNIQUE;
  return random.pick(["0", "1", "99999999999999", "18446744073709551615", "x", ""]);
}

/** Distances that no item's time is at, so that it does not matter when this runs. */
function recache(random: Random): string {
  return random.pick(["0", "500", "50000", "1000000", "-1", "x"]);
}

const ECHOES: Flags = { k: none, O: opaque, q: none, b: none };
const UNUSED: Flags = { L: none, P: () => "hint" };

const GET: Flags = {
  ...ECHOES,
  ...UNUSED,
  v: none,
  s: none,
  t: none,
  c: none,
  f: none,
  h: none,
  u: none,
  N: time,
  R: recache,
  T: time,
  E: unique,
};
const SET: Flags = {
  ...ECHOES,
  ...UNUSED,
  c: none,
  C: unique,
  E: unique,
  F: (random) => random.pick(["0", "1", "4294967295", "x"]),
  I: none,
  M: (random) => random.pick(["S", "E", "R", "A", "P", "A", "P", "x", ""]),
  N: time,
  T: time,
  s: none,
};
const DELETE: Flags = {
  ...ECHOES,
  C: unique,
  E: unique,
  F: () => "7",
  I: none,
  T: time,
  x: none,
};
const ARITHMETIC: Flags = {
  ...ECHOES,
  v: none,
  c: none,
  t: none,
  C: unique,
  D: delta,
  E: unique,
  J: delta,
  M: (random) => random.pick(["I", "D", "+", "-", "I", "D", "i", ""]),
  N: time,
  T: time,
};
const WRONG = ["S", "1", "!", "v v", "w", "k k", "\x7f", "~"];

/** Some of the flags, in any order; at times too many, or wrong ones. */
function flags(random: Random, known: Flags): string[] {
  const letters = Object.keys(known).filter(() => random.oneIn(4));
  const chosen = letters
    .filter((letter) => letter !== "b" || random.oneIn(4))
    .map((letter) => letter + (known[letter]?.(random) ?? ""))
    .toSorted(() => random.below(3) - 1);
  if (random.oneIn(25)) chosen.push(random.pick(WRONG));
  if (random.oneIn(80)) chosen.push(..."abcdefghijklmnopqrstuvw");
  return chosen;
}

/** The key as the flags want it: base64, if it is to be right. */
function keyFor(random: Random, chosen: readonly string[]): string {
  const text = key(random);
  if (!chosen.includes("b") || random.oneIn(8)) return text;
  return Buffer.from(text, "latin1").toString("base64");
}

function wanted(made: Command): Command {
  const text = made.words.some((word) => word.includes(UNIQUE));
  return text ? { ...made, uniqueOf: made.words[1] ?? "" } : made;
}

function line(verb: string, known: Flags): (random: Random) => Command {
  return (random) => {
    const chosen = flags(random, known);
    if (random.oneIn(60)) return command([verb]);
    return wanted(command([verb, keyFor(random, chosen), ...chosen]));
  };
}

function set(random: Random): Command {
  const sent = value(random);
  const chosen = flags(random, SET);
  const words = ["ms", keyFor(random, chosen)];
  if (random.oneIn(60)) return command(words);
  if (random.oneIn(40)) {
    return wanted(command([...words, badLength(random), ...chosen], { data: "version\r\n" }));
  }
  return wanted(command([...words, String(sent.length), ...chosen], { data: `${sent}\r\n` }));
}

export const META_GENERATORS: Readonly<Record<string, (random: Random) => Command>> = {
  mg: line("mg", GET),
  ms: set,
  md: line("md", DELETE),
  ma: line("ma", ARITHMETIC),
  mn: (random) => command(["mn", ...(random.oneIn(4) ? ["q"] : [])]),
};
