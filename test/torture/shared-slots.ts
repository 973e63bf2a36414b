/**
 * Workload: a few keys that all connections write at random, small values and large ones.
 *
 * Nobody knows which value is there; but whatever is read must be a whole one of its key.
 */
import type { Batch, StoreVerb } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import {
  FAR_SECONDS,
  NO_MEMORY,
  type Workload,
  type World,
  exchangeOnce,
  expectEnd,
  expectOneOf,
} from "./workload.ts";
import { markedValue } from "./marked-value.ts";
import { unexpected } from "./violation.ts";

const VERBS: readonly (readonly [StoreVerb, number])[] = [
  ["set", 8],
  ["add", 2],
  ["replace", 2],
  ["cas", 3],
];

interface Reading {
  readonly key: string;
  readonly unique: string;
}

export class SharedSlots implements Workload {
  readonly #world: World;
  readonly #keys: readonly string[];
  readonly #lengthOf: (random: Random) => number;
  readonly #readings = new Map<number, Reading>();
  #serial = 0;

  constructor(world: World, name: string, count: number, lengthOf: (random: Random) => number) {
    this.#world = world;
    this.#lengthOf = lengthOf;
    this.#keys = Array.from({ length: count }, (_, i) => `${name}:${i}`);
  }

  *keys(): Iterable<string> {
    yield* this.#keys;
  }

  add(batch: Batch, random: Random, writer: number): void {
    const kind = random.weighted([
      ["store", 5],
      ["fetch", 6],
      ["touch", 1],
      ["delete", 1],
      ["bad", this.#world.isExact ? 0 : 0.2],
    ] as const);
    const key = random.pick(this.#keys);
    switch (kind) {
      case "store":
        this.#store(batch, random, key, writer);
        break;
      case "fetch":
        this.#fetch(batch, random, writer);
        break;
      case "touch":
        batch.touch(key, this.#exptime(random), expectOneOf("touch", "TOUCHED", "NOT_FOUND"));
        break;
      case "delete":
        batch.remove(key, expectOneOf("delete", "DELETED", "NOT_FOUND"));
        break;
      default:
        this.#storeBadly(batch, key);
    }
  }

  #exptime(random: Random): number {
    return random.pick(this.#world.isExact ? [0, FAR_SECONDS] : [0, 0, 1, 2, 100_000, -1]);
  }

  #store(batch: Batch, random: Random, key: string, writer: number): void {
    const verb = random.weighted(VERBS);
    const reading = verb === "cas" ? this.#readings.get(writer) : undefined;
    if (verb === "cas" && reading === undefined) return;
    const target = reading?.key ?? key;
    const length = this.#lengthOf(random);
    const { bytes, flags } = markedValue(target, writer, ++this.#serial, length, random.oneIn(2));
    const exptime = this.#exptime(random);
    const options = reading === undefined ? { flags, exptime } : { flags, exptime, ...reading };
    const isSilent = verb !== "cas" && random.oneIn(5);
    batch.store(verb, target, bytes, options, isSilent ? null : this.#stored(`${verb} ${target}`));
    // Without noreply nothing would come back that ends the batch.
    if (isSilent) batch.line("version", () => undefined);
  }

  #stored(command: string): (line: string) => void {
    return (line) => {
      if (/^(STORED|NOT_STORED|EXISTS|NOT_FOUND)$/.test(line)) return;
      if (this.#world.isExact || !NO_MEMORY.test(line)) throw unexpected(command, "STORED", line);
    };
  }

  /** The value does not end where it was said to: it must not be stored. */
  #storeBadly(batch: Batch, key: string): void {
    batch.raw(`set ${key} 1 0 3\r\nabcXY`);
    const take = (line: string): void => {
      if (line !== "CLIENT_ERROR bad data chunk" && !NO_MEMORY.test(line)) {
        throw unexpected(`set ${key} with a bad end`, "CLIENT_ERROR bad data chunk", line);
      }
    };
    batch.expected.push({ kind: "line", take });
  }

  #fetch(batch: Batch, random: Random, writer: number): void {
    const count = random.oneIn(4) ? 1 + random.below(8) : 1;
    const keys = Array.from({ length: count }, () => random.pick(this.#keys));
    const gat = ` ${this.#exptime(random)}`;
    const how = random.pick(["get", "get", "gets", "gets", `gat${gat}`, `gats${gat}`]);
    const hit = (one: Hit): void => {
      this.#world.verifyHit(one);
      if (one.cas !== "") this.#readings.set(writer, { key: one.key, unique: one.cas });
    };
    batch.fetch(how, keys, hit, expectEnd);
  }

  async verify(client: LoadClient): Promise<number> {
    let found = 0;
    await exchangeOnce(client, (batch) => {
      for (const key of this.#keys) {
        const hit = (one: Hit): void => {
          this.#world.verifyHit(one);
          found++;
        };
        batch.fetch("get", [key], hit, expectEnd);
      }
    });
    return found;
  }
}
