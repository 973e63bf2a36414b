/**
 * The log rings of all memories as one. Each memory numbers its records by itself: they are merged
 * by their times, and numbered anew as they are told.
 *
 * Records of a thread, and those of a key, are told in their order. Of two threads' records in
 * different memories the earlier one is told first if both were there when it was looked.
 */
import type { Core } from "../core.ts";
import type { LogRecord } from "../log-line.ts";
import { LogRings, type RecordSource, type TakeRecord } from "../log-rings.ts";

export class MergedLogRings implements RecordSource {
  readonly #memories: readonly LogRings[];
  #taken = 0;

  constructor(cores: readonly Core[]) {
    this.#memories = cores.map((core) => new LogRings(core));
  }

  want(kinds: number): void {
    for (const rings of this.#memories) rings.want(kinds);
  }

  drain(limit: number, take: TakeRecord): number {
    for (let taken = 0; taken < limit; taken++) {
      let first: LogRings | null = null;
      let record: LogRecord | null = null;
      for (const rings of this.#memories) {
        const next = rings.peek();
        if (next === null || (record !== null && record.time <= next.time)) continue;
        first = rings;
        record = next;
      }
      if (first === null || record === null) return taken;
      this.#taken++;
      take(record, this.#taken);
      first.drop();
    }
    return limit;
  }
}
