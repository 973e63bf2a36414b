/**
 * The fuzzers' command: `bun run fuzz <name> [seed] [--events <n>]`.
 *
 * Without a seed a fresh one is taken and printed. `smoke` runs every fuzzer shortly; `canary`
 * fails on purpose. Exit code 1 on a failure, 64 on a wrong command line.
 */
import { CANARY, FUZZERS, type Fuzzer, runFuzzer } from "./registry.ts";
import { freshSeed } from "../support/random.ts";

const USAGE = `usage: bun run fuzz <name> [seed] [--events <n>]
names: ${[...FUZZERS.keys()].join(" ")} smoke canary`;

interface Order {
  readonly name: string;
  readonly seed: number;
  /** null: as many as the fuzzer's long run has. */
  readonly events: number | null;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The command line, or null where it makes no sense. */
export function parseOrder(words: readonly string[]): Order | null {
  const plain: string[] = [];
  let events: number | null = null;
  for (let at = 0; at < words.length; at++) {
    if (words[at] === "--events") events = Number(words[++at]);
    else plain.push(words[at]);
  }
  const [name, seedText, ...rest] = plain;
  const seed = seedText === undefined ? freshSeed() : Number(seedText);
  if (name === undefined || rest.length > 0 || !isCount(seed)) return null;
  if (events !== null && !isCount(events)) return null;
  return { name, seed, events };
}

function runPrinted(name: string, fuzzer: Fuzzer, seed: number, events: number): void {
  console.log(`${name}: seed ${seed}, ${events} events`);
  const start = performance.now();
  runFuzzer(name, fuzzer, seed, events);
  console.log(`${name}: well after ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function runOrder({ name, seed, events }: Order): void {
  if (name === "smoke") {
    for (const [each, fuzzer] of FUZZERS) runPrinted(each, fuzzer, seed, fuzzer.eventsSmoke);
    return;
  }
  const fuzzer = name === "canary" ? CANARY : FUZZERS.get(name);
  if (fuzzer === undefined) {
    console.error(USAGE);
    process.exit(64);
  }
  runPrinted(name, fuzzer, seed, events ?? fuzzer.eventsLong);
}

if (import.meta.main) {
  const order = parseOrder(process.argv.slice(2));
  if (order === null) {
    console.error(USAGE);
    process.exit(64);
  }
  try {
    runOrder(order);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
