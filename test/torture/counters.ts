/**
 * Workload: counters under incr and decr from all connections, one of them hot.
 *
 * Each counter only ever moves one way, by known steps. So at any moment its way from the start is
 * at least what was acknowledged before the question was sent, and at most what was sent when the
 * answer came; and at the end it is the sum of all steps, exactly. No two increments of the hot
 * counter are answered with the same number.
 *
 * In a lossy world a counter may vanish and begin anew: then only the upper bound holds.
 */
import type { Batch } from "./batch.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import { NO_MEMORY, type Workload, type World, exchangeOnce, expectEnd } from "./workload.ts";

/** High enough that no counter meets 0; its first step down makes the number one digit shorter. */
const DECR_START = 10 ** 12;

const BURST_MAX = 40;

interface Counter {
  readonly key: string;
  readonly verb: "incr" | "decr";
  readonly start: number;
  /** Steps that were sent, and those known to be done. */
  sent: number;
  acknowledged: number;
  /** Numbers that were answered, where every step is 1. */
  readonly seen: Set<number> | null;
}

function newCounter(key: string, verb: "incr" | "decr", isHot: boolean): Counter {
  const start = verb === "incr" ? 0 : DECR_START;
  return { key, verb, start, sent: 0, acknowledged: 0, seen: isHot ? new Set() : null };
}

function stepOf({ seen }: Counter, random: Random | null): number {
  if (seen !== null || random === null) return 1;
  return random.oneIn(10) ? random.below(10 ** 6) : random.below(12);
}

export class Counters implements Workload {
  readonly #world: World;
  readonly #hot = newCounter("hot", "incr", true);
  readonly #all: readonly Counter[];

  constructor(world: World, count: number) {
    this.#world = world;
    const others = Array.from({ length: count }, (_, i) =>
      newCounter(`counter:${i}`, i % 3 === 2 ? "decr" : "incr", false),
    );
    this.#all = [this.#hot, ...others];
  }

  *keys(): Iterable<string> {
    for (const { key } of this.#all) yield key;
  }

  prepare(batch: Batch): void {
    for (const counter of this.#all) this.#create(batch, counter);
  }

  #create(batch: Batch, { key, start }: Counter): void {
    batch.store("add", key, Buffer.from(String(start)), {}, (line) => {
      const isAllowed = line === "STORED" || (!this.#world.isExact && line === "NOT_STORED");
      if (isAllowed || (!this.#world.isExact && NO_MEMORY.test(line))) return;
      throw unexpected(`add ${key}`, "STORED", line);
    });
  }

  add(batch: Batch, random: Random, writer: number): void {
    const counter = random.oneIn(2) ? this.#hot : random.pick(this.#all);
    if (!this.#world.isExact && random.oneIn(4)) this.#create(batch, counter);
    if (random.oneIn(4)) {
      this.#read(batch, counter);
      return;
    }
    const times = 1 + random.below(BURST_MAX);
    if (random.oneIn(3)) this.#silently(batch, counter, times, random);
    else
      for (let i = 0; i < times; i++) this.#move(batch, counter, stepOf(counter, random), writer);
  }

  /** Without replies; the answer to what follows says that they are done as well. */
  #silently(batch: Batch, counter: Counter, times: number, random: Random | null): void {
    let sum = 0;
    for (let left = times; left > 0; left--) {
      const step = stepOf(counter, random);
      sum += step;
      batch.change(counter.verb, counter.key, step, null);
    }
    counter.sent += sum;
    batch.line("version", () => (counter.acknowledged += sum));
  }

  get hotKey(): string {
    return this.#hot.key;
  }

  /** Somebody else sends increments of the hot counter by 1. */
  noteSent(times: number): void {
    this.#hot.sent += times;
  }

  /** They are done. */
  noteDone(times: number): void {
    this.#hot.acknowledged += times;
  }

  /** One for all: every connection has the hot counter counted up by 1, so many times. */
  storm(batch: Batch, times: number, writer: number): void {
    for (let i = 0; i < times; i++) this.#move(batch, this.#hot, 1, writer);
  }

  /** The same without replies. */
  silentStorm(batch: Batch, times: number): void {
    this.#silently(batch, this.#hot, times, null);
  }

  #move(batch: Batch, counter: Counter, step: number, writer: number): void {
    const { key, verb } = counter;
    counter.sent += step;
    const floor = counter.acknowledged;
    batch.change(verb, key, step, (line) => {
      counter.acknowledged += step;
      if (!/^\d+$/.test(line)) {
        this.#refused(line, `${verb} ${key} ${step}`);
        return;
      }
      this.#check(counter, Number(line), floor + step, writer);
      this.#checkUnique(counter, Number(line));
    });
  }

  #refused(line: string, command: string): void {
    const isAllowed = line === "NOT_FOUND" || NO_MEMORY.test(line);
    if (this.#world.isExact || !isAllowed) throw unexpected(command, "a number", line);
  }

  #checkUnique({ key, seen }: Counter, number: number): void {
    if (seen === null || !this.#world.isExact) return;
    if (seen.has(number))
      throw new Violation("two incr by 1 gave the same number", { key, number });
    seen.add(number);
  }

  #check(counter: Counter, number: number, floor: number, writer: number | string): void {
    const way = Math.abs(number - counter.start);
    const isRightWay = counter.verb === "incr" || number <= counter.start;
    const isLow = this.#world.isExact && way < floor;
    if (isRightWay && !isLow && way <= counter.sent) return;
    throw new Violation("a counter that is where it cannot be", {
      counter: `${counter.verb} ${counter.key} from ${counter.start}`,
      "steps at least": floor,
      "steps at most": counter.sent,
      got: number,
      "seen by": writer,
    });
  }

  #read(batch: Batch, counter: Counter): void {
    const floor = counter.acknowledged;
    let hits = 0;
    const hit = ({ value }: { value: Buffer }): void => {
      hits++;
      const text = value.toString("latin1");
      if (!/^\d+ *$/.test(text)) {
        throw new Violation("a counter that is no number", { key: counter.key, text });
      }
      this.#check(counter, Number(text), floor, "a get");
    };
    batch.fetch("get", [counter.key], hit, (line) => {
      expectEnd(line);
      if (this.#world.isExact && hits !== 1) {
        throw new Violation("a counter is gone", { key: counter.key, hits });
      }
    });
  }

  async verify(client: LoadClient): Promise<number> {
    let found = 0;
    await exchangeOnce(client, (batch) => {
      for (const counter of this.#all) {
        const hit = ({ value }: { value: Buffer }): void => {
          found++;
          const way = Math.abs(Number(value.toString("latin1")) - counter.start);
          if (!this.#world.isExact || way === counter.sent) return;
          const details = { key: counter.key, "sum of all steps": counter.sent, got: way };
          throw new Violation("a lost update: the sum is wrong", details);
        };
        batch.fetch("get", [counter.key], hit, expectEnd);
      }
    });
    if (this.#world.isExact && found !== this.#all.length) {
      throw new Violation("counters are gone", { found, expected: this.#all.length });
    }
    return found;
  }
}
