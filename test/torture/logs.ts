/**
 * Workload: logs that all connections append and prepend to.
 *
 *     <3.5><1.2><3.4>|<2.1><3.6><2.7>
 *      ◀── prepended ─┴─ appended ──▶
 *
 * A record names its writer and that writer's count. Every record is there once, whole, and those
 * of one writer stand in the order in which he sent them; in an exact world every one that was
 * STORED is there. A log that has become long is left alone, and the next one begun.
 */
import type { Batch } from "./batch.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import { NO_MEMORY, type Workload, type World, exchangeOnce, expectEnd } from "./workload.ts";

const MIDDLE = "|";
const RECORD_LENGTH_ESTIMATE = 10;
const BURST_MAX = 12;

interface Log {
  readonly key: string;
  /** Length from which on nothing more is added. */
  readonly lengthMax: number;
  isCreated: boolean;
  records: number;
  /** Records known to be stored. */
  readonly stored: string[];
}

export class Logs implements Workload {
  readonly #world: World;
  readonly #lengthMax: number;
  readonly #current: Log[];
  readonly #all: Log[] = [];
  #serial = 0;

  constructor(world: World, count: number, lengthMax: number) {
    this.#world = world;
    this.#lengthMax = lengthMax;
    this.#current = Array.from({ length: count }, () => this.#begin());
  }

  #begin(): Log {
    const number = this.#all.length;
    const lengthMax = number % 2 === 0 ? this.#lengthMax : Math.ceil(this.#lengthMax / 40);
    const log = { key: `log:${number}`, lengthMax, isCreated: false, records: 0, stored: [] };
    this.#all.push(log);
    return log;
  }

  *keys(): Iterable<string> {
    for (const { key } of this.#all) yield key;
  }

  prepare(batch: Batch): void {
    for (const log of this.#current) this.#create(batch, log);
  }

  #create(batch: Batch, log: Log): void {
    batch.store("set", log.key, Buffer.from(MIDDLE), {}, (line) => {
      if (line === "STORED") log.isCreated = true;
      else if (this.#world.isExact) throw unexpected(`set ${log.key}`, "STORED", line);
    });
  }

  add(batch: Batch, random: Random, writer: number): void {
    const place = random.below(this.#current.length);
    const log = this.#current[place] as Log;
    if (log.records * RECORD_LENGTH_ESTIMATE > log.lengthMax) {
      this.#current[place] = this.#begin();
      this.#create(batch, this.#current[place] as Log);
    } else if (random.oneIn(10)) {
      this.#read(batch, log);
    } else if (!this.#world.isExact && random.oneIn(6)) {
      this.#create(batch, log);
    } else if (log.isCreated) {
      for (let left = 1 + random.below(BURST_MAX); left > 0; left--) {
        this.#write(batch, log, random.oneIn(3) ? "prepend" : "append", writer);
      }
    }
  }

  #write(batch: Batch, log: Log, verb: "append" | "prepend", writer: number): void {
    const record = `<${writer}.${++this.#serial}>`;
    log.records++;
    batch.store(verb, log.key, Buffer.from(record), {}, (line) => {
      if (line === "STORED") {
        log.stored.push(record);
        return;
      }
      const isAllowed = line === "NOT_STORED" || NO_MEMORY.test(line);
      if (this.#world.isExact || !isAllowed) throw unexpected(`${verb} ${log.key}`, "STORED", line);
    });
  }

  #read(batch: Batch, log: Log): void {
    const storedBefore = log.stored.length;
    const check = ({ value }: { value: Buffer }): void => {
      this.#check(log, value.toString("latin1"), storedBefore);
    };
    batch.fetch("get", [log.key], check, expectEnd);
  }

  /** Returns the records found. */
  #check(log: Log, text: string, storedBefore: number): void {
    const found = recordsIn(log, text);
    checkOrder(log, found.left.toReversed());
    checkOrder(log, found.right);
    const all = new Set([...found.left, ...found.right]);
    if (all.size !== found.left.length + found.right.length) {
      throw new Violation("a record stands twice", { key: log.key, text: text.slice(0, 2000) });
    }
    if (!this.#world.isExact) return;
    const missing = log.stored.slice(0, storedBefore).filter((record) => !all.has(record));
    if (missing.length === 0) return;
    throw new Violation("a lost update: records that were STORED are not there", {
      key: log.key,
      missing: missing.slice(0, 20).join(""),
      "missing in all": missing.length,
      "stored before": storedBefore,
      found: all.size,
    });
  }

  async verify(client: LoadClient): Promise<number> {
    let found = 0;
    await exchangeOnce(client, (batch) => {
      for (const log of this.#all) {
        const hit = ({ value }: { value: Buffer }): void => {
          found++;
          this.#check(log, value.toString("latin1"), log.stored.length);
          const count = value.toString("latin1").split("<").length - 1;
          if (!this.#world.isExact || count === log.stored.length) return;
          const details = { key: log.key, STORED: log.stored.length, found: count };
          throw new Violation("as many records as were STORED", details);
        };
        batch.fetch("get", [log.key], hit, expectEnd);
      }
    });
    if (this.#world.isExact && found !== this.#all.length) {
      throw new Violation("logs are gone", { found, expected: this.#all.length });
    }
    return found;
  }
}

/** The records on both sides of the middle; throws unless there is nothing else. */
function recordsIn({ key }: Log, text: string): { left: string[]; right: string[] } {
  const sides = text.split(MIDDLE);
  const [left = "", right = ""] = sides;
  if (sides.length === 2 && /^(<\d+\.\d+>)*$/.test(left) && /^(<\d+\.\d+>)*$/.test(right)) {
    return { left: left.match(/<[^>]+>/g) ?? [], right: right.match(/<[^>]+>/g) ?? [] };
  }
  throw new Violation("a torn log", { key, length: text.length, text: text.slice(0, 2000) });
}

/** The records of each writer were sent in this order. */
function checkOrder({ key }: Log, records: readonly string[]): void {
  const last = new Map<string, number>();
  for (const record of records) {
    const [writer = "", serial] = record.slice(1, -1).split(".");
    const before = last.get(writer) ?? 0;
    if (Number(serial) <= before) {
      throw new Violation("records out of order", { key, record, before: `<${writer}.${before}>` });
    }
    last.set(writer, Number(serial));
  }
}
