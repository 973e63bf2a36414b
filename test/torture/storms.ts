/**
 * Workload: storms. A pipeline of hundreds of commands, nearly all with noreply, sent again and
 * again.
 *
 * To make and to take apart what the other workloads say costs the load side more than the server.
 * A storm is made once and costs nothing but its bytes, so all cores are the server's, and its
 * threads meet on the same few keys: sets and deletes of hot items, increments that have to sum
 * exactly, keys that come and go, large values that are replaced while they are being sent.
 */
import { Batch, type Tally, addTally, emptyTally } from "./batch.ts";
import type { Counters } from "./counters.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { type Workload, type World, exchangeOnce, expectEnd, runsOf } from "./workload.ts";
import { type Hit } from "./reply-reader.ts";
import { markedValue } from "./marked-value.ts";
import { pinnedLength, smallLength } from "./value-lengths.ts";

const COMMANDS = 600;
const HOT_KEYS = 3;
const OWN_KEYS = 40;
/** Pipelines are made once for all connections: so many of each kind. */
const PIPELINES_OF_A_KIND = 3;

/** Each kind of storm, by its commands' weights. */
const KINDS: readonly Kind[] = [
  [["incr", 1]],
  [["hotSet", 1]],
  [
    ["incr", 4],
    ["hotSet", 4],
    ["hotDelete", 1],
    ["hotGet", 1],
    ["hotTouch", 1],
  ],
  [
    ["ownSet", 3],
    ["ownDelete", 1],
    ["incr", 1],
  ],
  [
    ["largeGet", 6],
    ["largeSet", 1],
    ["hotSet", 12],
  ],
];

type Kind = readonly (readonly [Step, number])[];

type Step =
  | "incr"
  | "hotSet"
  | "hotDelete"
  | "hotGet"
  | "hotTouch"
  | "ownSet"
  | "ownDelete"
  | "largeGet"
  | "largeSet";

/** What any number of connections can send at the same time. */
interface Pipeline {
  readonly batch: Batch;
  readonly increments: number;
}

export class Storms implements Workload {
  readonly #world: World;
  readonly #counters: Counters;
  /** Of the whole run. */
  readonly #tally: Tally;
  readonly #pipelines: readonly Pipeline[];
  #serial = 0;

  constructor(world: World, counters: Counters, tally: Tally, random: Random) {
    this.#world = world;
    this.#counters = counters;
    this.#tally = tally;
    const count = KINDS.length * PIPELINES_OF_A_KIND;
    this.#pipelines = Array.from({ length: count }, (_, i) => {
      return this.#pipeline(random, KINDS[i % KINDS.length] as Kind, i);
    });
  }

  *keys(): Iterable<string> {
    for (let i = 0; i < HOT_KEYS; i++) yield `storm:${i}`;
    yield "storm:large";
    for (let number = 0; number < this.#pipelines.length; number++) {
      for (let i = 0; i < OWN_KEYS; i++) yield ownKey(number, i);
    }
  }

  /** Sends one storm so many times. */
  async burst(client: LoadClient, random: Random, times: number): Promise<void> {
    const { batch, increments } = random.pick(this.#pipelines);
    for (let left = times; left > 0; left--) {
      addTally(this.#tally, batch.tally);
      this.#counters.noteSent(increments);
      await client.exchange(batch);
    }
  }

  #pipeline(random: Random, kind: Kind, number: number): Pipeline {
    const batch = new Batch(emptyTally());
    // What goes out is sent at most a few dozen times over.
    const isWide = kind.some(([step]) => step === "largeGet");
    for (let left = isWide ? COMMANDS / 20 : COMMANDS; left > 0; left--) {
      this.#step(batch, random, random.weighted(kind), number);
    }
    const increments = batch.tally.incr;
    batch.line("version", () => this.#counters.noteDone(increments));
    return { batch, increments };
  }

  #step(batch: Batch, random: Random, step: Step, number: number): void {
    const hot = `storm:${random.below(HOT_KEYS)}`;
    const own = ownKey(number, random.below(OWN_KEYS));
    switch (step) {
      case "incr":
        batch.change("incr", this.#counters.hotKey, 1, null);
        break;
      case "hotSet":
        this.#set(batch, random, hot, smallLength(random), number);
        break;
      case "hotDelete":
        batch.remove(hot, null);
        break;
      case "hotTouch":
        batch.touch(hot, 0, null);
        break;
      case "hotGet":
        this.#get(batch, hot);
        break;
      case "ownSet":
        this.#set(batch, random, own, random.below(60), number);
        break;
      case "ownDelete":
        batch.remove(own, null);
        break;
      case "largeGet":
        this.#get(batch, "storm:large");
        break;
      default:
        this.#set(batch, random, "storm:large", pinnedLength(random), number);
    }
  }

  #set(batch: Batch, random: Random, key: string, length: number, writer: number): void {
    const { bytes, flags } = markedValue(key, writer, ++this.#serial, length, random.oneIn(2));
    batch.store("set", key, bytes, { flags }, null);
  }

  #get(batch: Batch, key: string): void {
    batch.fetch("gets", [key], (hit) => this.#world.verifyHit(hit), expectEnd);
  }

  async verify(client: LoadClient): Promise<number> {
    let found = 0;
    const hit = (one: Hit): void => {
      this.#world.verifyHit(one);
      found++;
    };
    await exchangeOnce(client, (batch) => {
      for (const run of runsOf([...this.keys()], 50)) batch.fetch("gets", run, hit, expectEnd);
    });
    return found;
  }
}

function ownKey(pipeline: number, number: number): string {
  return `own:${pipeline}.${number}`;
}
