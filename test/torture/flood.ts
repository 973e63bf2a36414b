/**
 * Workload: ever new small keys, so that the hash table grows while it is used.
 *
 * Keys are numbered and stored once each, in runs. In an exact world a key is there from the moment
 * its run is acknowledged, for every connection, before, during and after the expansions. A run's
 * bytes are made once; for each further one only the numbers in them are changed, so that the load
 * side keeps up with the server.
 */
import { Batch, type Tally, emptyTally } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation } from "./violation.ts";
import { type Workload, type World, exchangeOnce, expectEnd, runsOf } from "./workload.ts";

const RUN = 500;
const READS_MAX = 60;
const DIGITS = 7;
const ZERO = 0x30;
const PREFIX = "flood:";

/** Keys of one round trip of the final check. */
const VERIFIED_AT_ONCE = 10_000;

function numberText(number: number): string {
  return String(number).padStart(DIGITS, "0");
}

function keyOf(number: number): string {
  return PREFIX + numberText(number);
}

/** The value of a key is its number. */
function commandOf(number: number): string {
  return `set ${keyOf(number)} 0 0 ${DIGITS} noreply\r\n${numberText(number)}\r\n`;
}

const COMMAND_LENGTH = commandOf(0).length;
const NUMBERS_AT = [commandOf(0).indexOf(numberText(0)), commandOf(0).lastIndexOf(numberText(0))];

export class Flood implements Workload {
  readonly #world: World;
  readonly #tally: Tally;
  readonly #keysMax: number;
  /** Keys that were sent. */
  #count = 0;
  /** First numbers of runs that were acknowledged. */
  readonly #stored: number[] = [];

  constructor(world: World, tally: Tally, keysMax: number) {
    this.#world = world;
    this.#tally = tally;
    this.#keysMax = keysMax;
  }

  *keys(): Iterable<string> {
    for (let i = 0; i < this.#count; i++) yield keyOf(i);
  }

  /** Reads keys at random. */
  add(batch: Batch, random: Random): void {
    if (this.#stored.length === 0) return;
    const numbers = Array.from({ length: 1 + random.below(READS_MAX) }, () => {
      return random.pick(this.#stored) + random.below(RUN);
    });
    this.#read(batch, [...new Set(numbers)]);
  }

  /** Stores so many runs of new keys, one after the other, if that many are wanted. */
  async surge(client: LoadClient, runs: number): Promise<void> {
    const batch = new Batch(emptyTally());
    batch.raw(commandOf(0).repeat(RUN));
    batch.line("version", () => undefined);
    for (let left = runs; left > 0 && this.#count + RUN <= this.#keysMax; left--) {
      const first = this.#count;
      this.#count += RUN;
      renumber(batch.bytes, first);
      this.#tally.cmd_set += RUN;
      await client.exchange(batch);
      this.#stored.push(first);
    }
  }

  #read(batch: Batch, numbers: readonly number[]): void {
    const found = new Set<string>();
    const hit = ({ key, value }: Hit): void => {
      const text = value.toString("latin1");
      if (key !== PREFIX + text) throw new Violation("a torn or foreign value", { key, text });
      found.add(key);
    };
    const keys = numbers.map(keyOf);
    batch.fetch("get", keys, hit, (line) => {
      expectEnd(line);
      if (!this.#world.isExact || found.size === keys.length) return;
      const missing = keys.filter((key) => !found.has(key));
      throw new Violation("keys that were stored are gone", {
        missing: missing.join(" "),
        "keys in all": this.#count,
      });
    });
  }

  async verify(client: LoadClient): Promise<number> {
    const numbers = Array.from({ length: this.#count }, (_, i) => i);
    for (const part of runsOf(numbers, VERIFIED_AT_ONCE)) {
      await exchangeOnce(client, (batch) => {
        for (const run of runsOf(part, 60)) this.#read(batch, run);
      });
    }
    return this.#count;
  }
}

/** Writes the numbers from `first` on into a run's commands. */
function renumber(bytes: Buffer, first: number): void {
  for (let i = 0; i < RUN; i++) {
    for (const numberAt of NUMBERS_AT) {
      let rest = first + i;
      for (let at = i * COMMAND_LENGTH + numberAt + DIGITS - 1; rest > 0; at--) {
        bytes[at] = ZERO + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
  }
}
