/**
 * Generators: for every command of the text protocol, random lines of it, right and wrong.
 *
 * Left out on purpose: whatever depends on time (short TTLs, delayed flushes) or stops the server.
 */

import { type Command, UNIQUE, command } from "./command.ts";
import { META_GENERATORS } from "./meta-generators.ts";
import type { Random } from "../support/random.ts";
import { badLength, delta, flags, junk, key, time, value } from "./vocabulary.ts";

export type Generator = (random: Random) => Command;

const STORAGE = ["set", "add", "replace", "append", "prepend"] as const;

/** Largest difference between announced and sent data; see plan.ts for what relies on it. */
export const MISFIT_MAX = 60;

function noreply(random: Random): string[] {
  return random.oneIn(6) ? ["noreply"] : [];
}

function store(random: Random, verb: string, unique: string[], uniqueOf: string | null): Command {
  const sent = value(random);
  const words = [verb, key(random), flags(random), time(random)];
  if (random.oneIn(40)) return command(words.slice(0, 1 + random.below(4)));
  if (random.oneIn(40)) return badCount(random, words, unique);
  const misfit = random.oneIn(25) ? random.below(2 * MISFIT_MAX) - MISFIT_MAX : 0;
  const length = Math.max(0, sent.length + misfit);
  const end = random.oneIn(60) ? random.pick(["\n", "\rX", "XX"]) : "\r\n";
  const fits = length === sent.length && end === "\r\n";
  const line = [...words, String(length), ...unique, ...noreply(random)];
  return command(line, { data: sent + end, fits, uniqueOf });
}

function badCount(random: Random, words: string[], unique: string[]): Command {
  const line = [...words, badLength(random), ...unique, ...noreply(random)];
  return command(line, { data: random.pick(["abc\r\n", "version\r\n", "get a\r\n"]) });
}

function cas(random: Random): Command {
  if (random.oneIn(2)) return realCas(random);
  const guess = random.pick(["0", "1", "5", "18446744073709551615", "x", "-1", "99999999999999"]);
  return store(random, "cas", [guess], null);
}

/** A cas with the unique last seen for its key. */
function realCas(random: Random): Command {
  const made = store(random, "cas", [UNIQUE], null);
  return { ...made, uniqueOf: made.words[1] ?? "" };
}

function keys(random: Random): string[] {
  if (random.oneIn(30)) return [];
  const count = random.oneIn(10) ? 1 + random.below(120) : 1 + random.below(4);
  return Array.from({ length: count }, () => key(random));
}

function retrieval(verb: string): Generator {
  return (random) => command([verb, ...keys(random), ...(random.oneIn(40) ? ["noreply"] : [])]);
}

/** As many keys as surely fit a line of 2048 bytes, the limit for all but get and gets. */
function withinLine(all: readonly string[]): string[] {
  return all.slice(0, Math.floor(1900 / (1 + Math.max(1, ...all.map(({ length }) => length)))));
}

function touching(verb: string): Generator {
  return (random) => {
    if (random.oneIn(30)) return command([verb, ...(random.oneIn(2) ? [time(random)] : [])]);
    return command([verb, time(random), ...withinLine(keys(random))]);
  };
}

function arithmetic(verb: string): Generator {
  return (random) => {
    const words = [verb, key(random), delta(random), ...noreply(random)];
    return command(random.oneIn(40) ? words.slice(0, 1 + random.below(2)) : words);
  };
}

function touch(random: Random): Command {
  const words = ["touch", key(random), time(random), ...noreply(random)];
  return command(random.oneIn(40) ? words.slice(0, 1 + random.below(2)) : words);
}

function remove(random: Random): Command {
  const further = random.oneIn(10) ? [random.pick(["0", "5", "x", "a b c d"])] : [];
  if (random.oneIn(40)) return command(["delete"]);
  return command(["delete", key(random), ...further, ...noreply(random)]);
}

function flushAll(random: Random): Command {
  const argument = random.oneIn(2) ? [] : [random.pick(["0", "-1", "x", "1x", "-100", "-"])];
  return command(["flush_all", ...argument, ...noreply(random)]);
}

function verbosity(random: Random): Command {
  const argument = random.pick([[], ["0"], ["1"], ["x"], ["-1"], ["0", "1"]]);
  return command(["verbosity", ...argument, ...noreply(random)]);
}

function version(random: Random): Command {
  return command(["version", ...(random.oneIn(4) ? [random.pick(["foo", "noreply"])] : [])]);
}

function memoryLimit(random: Random): Command {
  const argument = random.pick([[], ["64"], ["100"], ["7"], ["x"], ["-1"], ["1000000001"]]);
  return command(["cache_memlimit", ...argument, ...noreply(random)]);
}

function shutdown(random: Random): Command {
  return command(["shutdown", ...random.pick([[], ["graceful"], ["x"]])]);
}

const STATS = [
  [],
  ["settings"],
  ["items"],
  ["slabs"],
  ["sizes"],
  ["conns"],
  ["reset"],
  ["detail"],
  ["detail", "on"],
  ["detail", "off"],
  ["detail", "dump"],
  ["detail", "x"],
  ["cachedump"],
  ["cachedump", "1"],
  ["cachedump", "x", "0"],
  ["cachedump", "63", "0"],
  ["cachedump", "64", "0"],
  ["cachedump", "-1", "0"],
  ["bogus"],
  ["noreply"],
  ["s"],
  ["res"],
  ["sizes_enable"],
];

function stats(random: Random): Command {
  return command(["stats", ...random.pick(STATS)]);
}

function nonsense(random: Random): Command {
  return command([junk(random), ...noreply(random)]);
}

/** A value over the item limit: its data is swallowed. */
function tooLarge(random: Random): Command {
  const length = random.pick([1_048_577, 1_100_000]);
  const words = [random.pick([...STORAGE, "set"]), key(random), "0", "0", String(length)];
  return command([...words, ...noreply(random)], { data: `${"L".repeat(length)}\r\n` });
}

export const GENERATORS: Readonly<Record<string, Generator>> = {
  ...Object.fromEntries(
    STORAGE.map((verb) => [verb, (random: Random) => store(random, verb, [], null)]),
  ),
  cas,
  get: retrieval("get"),
  gets: retrieval("gets"),
  gat: touching("gat"),
  gats: touching("gats"),
  incr: arithmetic("incr"),
  decr: arithmetic("decr"),
  touch,
  delete: remove,
  flush_all: flushAll,
  verbosity,
  version,
  cache_memlimit: memoryLimit,
  shutdown,
  stats,
  nonsense,
  tooLarge,
  ...META_GENERATORS,
};

/** How often each is made at first; swarm.ts turns these about. */
export const WEIGHTS: Readonly<Record<string, number>> = {
  set: 10,
  get: 10,
  gets: 8,
  cas: 8,
  incr: 8,
  decr: 8,
  mg: 10,
  ms: 10,
  ma: 6,
  flush_all: 0.5,
  verbosity: 0.5,
  version: 0.5,
  cache_memlimit: 0.3,
  shutdown: 0.3,
  stats: 1,
  classFigures: 1,
  nonsense: 1,
  tooLarge: 0.05,
};
