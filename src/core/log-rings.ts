/**
 * The reading end of all threads' log rings (assembly/base/log-ring.ts).
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

export class LogRings {
  /** Each thread's log area. */
  readonly #areas: readonly Int32Array[];
  readonly #record: LogRecord;
  #nextGid = 1;

  constructor({ abi, bytes, share }: Core) {
    const { buffer } = bytes;
    this.#record = new LogRecord(buffer);
    this.#areas = Array.from({ length: share.threads }, (_, thread) => {
      return new Int32Array(buffer, abi.logPtr(thread), LogArea.LENGTH / 4);
    });
  }

  /** From now on these kinds are recorded: bits of `LogKind`. */
  want(kinds: number): void {
    for (const area of this.#areas) Atomics.store(area, LogArea.KINDS, kinds);
  }

  /** Takes up to `limit` records; returns how many. */
  drain(limit: number, take: (record: LogRecord) => void): number {
    let taken = 0;
    let before = -1;
    while (taken < limit && taken !== before) {
      before = taken;
      for (const area of this.#areas) taken += this.#drainOne(area, limit - taken, take);
    }
    return taken;
  }

  /** One ring's, as far as they are next. */
  #drainOne(area: Int32Array, limit: number, take: (record: LogRecord) => void): number {
    const record = this.#record;
    const tail = Atomics.load(area, TAIL);
    const ring = (area[RING] as number) >>> 0;
    const mask = (area[SIZE] as number) - 1;
    let head = area[HEAD] as number;
    let taken = 0;
    while (head !== tail && taken < limit) {
      record.at = ring + (head & mask);
      if (record.type !== LogType.PAD) {
        if (record.gid !== this.#nextGid) break;
        take(record);
        this.#nextGid++;
        taken++;
      }
      head = (head + record.length) | 0;
    }
    Atomics.store(area, HEAD, head);
    return taken;
  }
}
