/**
 * Workload: cells that are counted up by gets and cas, in a loop, from all connections.
 *
 * Each cas that is STORED has added 1 to what its writer had read. So in an exact world no number
 * is ever STORED twice, and the last number is the number of STORED.
 */
import type { Batch } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import { NO_MEMORY, type Workload, type World, exchangeOnce, expectEnd } from "./workload.ts";

interface Cell {
  readonly key: string;
  stored: number;
  readonly storedNumbers: Set<number>;
}

/** What a connection has read and will try to swap. */
interface Reading {
  readonly cell: Cell;
  readonly number: number;
  readonly unique: string;
}

/** The number, and once more behind it, so that a torn one shows. */
function textOf(number: number): string {
  return `${number}/${number}`;
}

function numberIn({ key, value }: Hit): number {
  const text = value.toString("latin1");
  const [first = "", second] = text.split("/");
  if (!/^\d+$/.test(first) || first !== second) {
    throw new Violation("a torn number", { key, text });
  }
  return Number(first);
}

export class CasCells implements Workload {
  readonly #world: World;
  readonly #cells: readonly Cell[];
  readonly #readings = new Map<number, Reading>();

  constructor(world: World, count: number) {
    this.#world = world;
    this.#cells = Array.from({ length: count }, (_, i) => {
      return { key: `cell:${i}`, stored: 0, storedNumbers: new Set() };
    });
  }

  *keys(): Iterable<string> {
    for (const { key } of this.#cells) yield key;
  }

  prepare(batch: Batch): void {
    for (const { key } of this.#cells) {
      batch.store("set", key, Buffer.from(textOf(0)), {}, (line) => {
        if (line !== "STORED") throw unexpected(`set ${key}`, "STORED", line);
      });
    }
  }

  add(batch: Batch, random: Random, writer: number): void {
    const reading = this.#readings.get(writer);
    this.#readings.delete(writer);
    if (reading !== undefined) this.#swap(batch, reading);
    const cell = random.pick(this.#cells);
    if (!this.#world.isExact && random.oneIn(6)) this.#revive(batch, cell);
    const hit = (found: Hit): void => this.#take(cell, found, writer);
    batch.fetch(random.oneIn(8) ? "gats 0" : "gets", [cell.key], hit, expectEnd);
  }

  /** Where cells vanish they begin anew. */
  #revive(batch: Batch, { key }: Cell): void {
    batch.store("add", key, Buffer.from(textOf(0)), {}, (line) => {
      const isAllowed = line === "STORED" || line === "NOT_STORED" || NO_MEMORY.test(line);
      if (!isAllowed) throw unexpected(`add ${key}`, "STORED or NOT_STORED", line);
    });
  }

  #take(cell: Cell, hit: Hit, writer: number): void {
    const number = numberIn(hit);
    this.#world.verifyUnique(hit, number);
    this.#readings.set(writer, { cell, number, unique: hit.cas });
  }

  #swap(batch: Batch, { cell, number, unique }: Reading): void {
    const next = number + 1;
    batch.store("cas", cell.key, Buffer.from(textOf(next)), { unique }, (line) => {
      if (line === "STORED") this.#count(cell, next);
      else if (line !== "EXISTS" && !this.#mayBeGone(line)) {
        throw unexpected(`cas ${cell.key}`, "STORED or EXISTS", line);
      }
    });
  }

  #mayBeGone(line: string): boolean {
    return !this.#world.isExact && (line === "NOT_FOUND" || NO_MEMORY.test(line));
  }

  #count(cell: Cell, number: number): void {
    cell.stored++;
    if (this.#world.isExact && cell.storedNumbers.has(number)) {
      const details = { key: cell.key, number };
      throw new Violation("a lost update: two cas over the same value were STORED", details);
    }
    cell.storedNumbers.add(number);
  }

  async verify(client: LoadClient): Promise<number> {
    let found = 0;
    await exchangeOnce(client, (batch) => {
      for (const { key, stored } of this.#cells) {
        const take = (hit: Hit): void => {
          found++;
          const number = numberIn(hit);
          if (!this.#world.isExact || number === stored) return;
          throw new Violation("a lost update: cas", {
            key,
            "cas that were STORED": stored,
            number,
          });
        };
        batch.fetch("get", [key], take, expectEnd);
      }
    });
    if (this.#world.isExact && found !== this.#cells.length) {
      throw new Violation("cells are gone", { found, expected: this.#cells.length });
    }
    return found;
  }
}
