/**
 * The reading end of all threads' log rings in one memory (assembly/base/log-ring.ts).
 *
 * Records are numbered through: each is taken only when the one with the number before it was. One
 * that is still being written, by a thread that was interrupted, is waited for, and those behind it
 * wait in their rings. So what is told is in order.
 */
import { LogArea, LogType } from "../../assembly/shared/log.ts";
import type { Core } from "./core.ts";
import { LogRecord } from "./log-line.ts";

const TAIL = LogArea.TAIL / 4;
const HEAD = LogArea.HEAD / 4;
const RING = LogArea.RING / 4;
const SIZE = LogArea.SIZE / 4;

/** What is done with a record; `gid` is its number among all of the store. */
export type TakeRecord = (record: LogRecord, gid: number) => void;

/** Where the logger gets records from. */
export interface RecordSource {
  /** From now on these kinds are recorded: bits of `LogKind`. */
  want(kinds: number): void;
  /** Takes up to `limit` records; returns how many. */
  drain(limit: number, take: TakeRecord): number;
}

/** One thread's. */
interface Ring {
  /** Its log area. */
  readonly area: Int32Array;
  readonly mask: number;
  /** The one that is being looked at. */
  readonly record: LogRecord;
}

export class LogRings implements RecordSource {
  readonly #rings: readonly Ring[];
  #nextGid = 1;
  /** Where `next` has found a record. */
  #found: Ring | null = null;

  constructor({ abi, bytes, share }: Core) {
    const { buffer } = bytes;
    this.#rings = Array.from({ length: share.threads }, (_, thread) => {
      const area = new Int32Array(buffer, abi.logPtr(thread), LogArea.LENGTH / 4);
      const size = area[SIZE] as number;
      const record = new LogRecord(buffer, (area[RING] as number) >>> 0, size);
      return { area, mask: size - 1, record };
    });
  }

  want(kinds: number): void {
    for (const { area } of this.#rings) Atomics.store(area, LogArea.KINDS, kinds);
  }

  drain(limit: number, take: TakeRecord): number {
    let taken = 0;
    let before = -1;
    while (taken < limit && taken !== before) {
      before = taken;
      for (const ring of this.#rings) taken += this.#drainOne(ring, limit - taken, take);
    }
    return taken;
  }

  /** One ring's, as far as they are next. */
  #drainOne(ring: Ring, limit: number, take: TakeRecord): number {
    let taken = 0;
    while (taken < limit && this.#isNext(ring)) {
      take(ring.record, this.#nextGid);
      this.#pass(ring);
      taken++;
    }
    return taken;
  }

  /** Looks at the ring's first record: whether it is there, and the next one of all rings. */
  #isNext({ area, mask, record }: Ring): boolean {
    const tail = Atomics.load(area, TAIL);
    let head = area[HEAD] as number;
    while (head !== tail) {
      record.at = head & mask;
      if (record.type !== LogType.PAD) return record.gid === this.#nextGid;
      head = (head + record.length) | 0;
      Atomics.store(area, HEAD, head);
    }
    return false;
  }

  /** Goes on behind the record that was looked at. */
  #pass({ area, record }: Ring): void {
    Atomics.store(area, HEAD, ((area[HEAD] as number) + record.length) | 0);
    this.#nextGid++;
  }

  /** The next record, which stays where it is until `drop`; null = it is not there yet. */
  peek(): LogRecord | null {
    this.#found ??= this.#rings.find((ring) => this.#isNext(ring)) ?? null;
    return this.#found?.record ?? null;
  }

  /** Goes on behind the record that `peek` gave. */
  drop(): void {
    if (this.#found !== null) this.#pass(this.#found);
    this.#found = null;
  }
}
