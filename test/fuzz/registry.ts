/**
 * The fuzzers by name, and how one of them is run: from one seed that replays everything.
 */
import { Random } from "../support/random.ts";
import { fuzzBinary } from "./binary-fuzzer.ts";
import { fuzzCanary } from "./canary-fuzzer.ts";
import { fuzzLogin } from "./login-fuzzer.ts";
import { fuzzNumbers } from "./numbers-fuzzer.ts";
import { fuzzSasl } from "./sasl-fuzzer.ts";
import { fuzzSegments } from "./segments-fuzzer.ts";
import { fuzzSplits } from "./splits-fuzzer.ts";
import { fuzzStore } from "./store-fuzzer.ts";
import { fuzzUdp } from "./udp-fuzzer.ts";

export interface Fuzzer {
  /** Throws on a difference. `events`: how many operations or texts. */
  readonly run: (random: Random, events: number) => void;
  /** Events of a long run, and of one in the test suite. */
  readonly eventsLong: number;
  readonly eventsSmoke: number;
}

export const FUZZERS: ReadonlyMap<string, Fuzzer> = new Map([
  ["store", { run: fuzzStore, eventsLong: 1_000_000, eventsSmoke: 15_000 }],
  ["segments", { run: fuzzSegments, eventsLong: 1_000_000, eventsSmoke: 10_000 }],
  ["splits", { run: fuzzSplits, eventsLong: 50_000, eventsSmoke: 400 }],
  ["binary", { run: fuzzBinary, eventsLong: 50_000, eventsSmoke: 400 }],
  ["login", { run: fuzzLogin, eventsLong: 100_000, eventsSmoke: 300 }],
  ["sasl", { run: fuzzSasl, eventsLong: 100_000, eventsSmoke: 400 }],
  ["udp", { run: fuzzUdp, eventsLong: 50_000, eventsSmoke: 300 }],
  ["numbers", { run: fuzzNumbers, eventsLong: 5_000_000, eventsSmoke: 100_000 }],
]);

/** Has to fail, so it stands aside. */
export const CANARY: Fuzzer = { run: fuzzCanary, eventsLong: 100, eventsSmoke: 100 };

/** Runs a fuzzer; a failure says how to see it again. */
export function runFuzzer(name: string, fuzzer: Fuzzer, seed: number, events: number): void {
  try {
    fuzzer.run(new Random(seed), events);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const replay = `bun run fuzz ${name} ${seed} --events ${events}`;
    throw new Error(`${message}\nreplay: ${replay}`, { cause: error });
  }
}
