/**
 * What the workloads of the torture test have in common.
 *
 * A workload owns some keys and knows a property of them that every interleaving of commands must
 * keep. It adds commands to the pipelines of all connections, checks each reply as it comes, and
 * the whole once everything is quiet.
 *
 * In an exact world there is memory for everything and nothing is flushed or expires: whatever was
 * acknowledged is there, exactly. In a lossy one items may vanish at any time, and only then; what
 * is there has to be right all the same.
 */
import { Batch, emptyTally } from "./batch.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import type { Hit } from "./reply-reader.ts";
import { verifyMarked } from "./marked-value.ts";

/** More are forgotten: it is recent ones that may come again. */
const UNIQUES_MAX = 300_000;

/** An expiry that does not come: just below the 30 days from which on it would be a date. */
export const FAR_SECONDS = 2_500_000;

export class World {
  readonly isExact: boolean;
  readonly writers: number;
  /** What was seen under each CAS unique. */
  readonly #uniques = new Map<string, string>();

  constructor(isExact: boolean, writers: number) {
    this.isExact = isExact;
    this.writers = writers;
  }

  /**
   * Throws a Violation unless the value is a whole one of its key, and its CAS unique is that of no
   * other value in the whole cache. Returns its fingerprint.
   */
  verifyHit(hit: Hit): number {
    const fingerprint = verifyMarked(hit);
    this.verifyUnique(hit, fingerprint);
    return fingerprint;
  }

  verifyUnique({ key, cas }: Hit, fingerprint: number): void {
    if (cas === "") return;
    const item = `${key} ${fingerprint}`;
    const known = this.#uniques.get(cas);
    if (known === undefined) {
      if (this.#uniques.size > UNIQUES_MAX) this.#uniques.clear();
      this.#uniques.set(cas, item);
    } else if (known !== item) {
      throw new Violation("one CAS unique, two values", {
        unique: cas,
        first: known,
        second: item,
      });
    }
  }
}

export interface Workload {
  /** Stores what must be there before the load begins. */
  prepare?(batch: Batch): void;
  /** Adds some commands for the connection number `writer`. */
  add?(batch: Batch, random: Random, writer: number): void;
  /** Nothing is under way: checks what is stored. Resolves with how many items that is. */
  verify(client: LoadClient): Promise<number>;
  /** Every key that may be stored. */
  keys(): Iterable<string>;
}

/** Failures of a store that a lossy world has: no memory just then. */
export const NO_MEMORY = /^SERVER_ERROR [oO]ut of memory/;

/** A taker that allows some replies only. */
export function expectOneOf(command: string, ...allowed: string[]): (line: string) => void {
  return (line) => {
    if (!allowed.includes(line)) throw unexpected(command, allowed.join(" or "), line);
  };
}

/** The end of a get. */
export function expectEnd(line: string): void {
  if (line !== "END") throw unexpected("get", "END", line);
}

/** Sends what `fill` puts into a batch. */
export async function exchangeOnce(
  client: LoadClient,
  fill: (batch: Batch) => void,
): Promise<void> {
  const batch = new Batch(emptyTally());
  fill(batch);
  await client.exchange(batch);
}

/** Cuts a list into runs of up to `length`. */
export function runsOf<T>(list: readonly T[], length: number): T[][] {
  const count = Math.ceil(list.length / length);
  return Array.from({ length: count }, (_, i) => list.slice(i * length, (i + 1) * length));
}
