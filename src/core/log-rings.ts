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

/** One thread's. */
interface Ring {
  /** Its log area. */
  readonly area: Int32Array;
  readonly mask: number;
  /** The one that is being looked at. */
  readonly record: LogRecord;
}

export class LogRings {
  readonly #rings: readonly Ring[];
  #nextGid = 1;

  constructor({ abi, bytes, share }: Core) {
    const { buffer } = bytes;
    this.#rings = Array.from({ length: share.threads }, (_, thread) => {
      const area = new Int32Array(buffer, abi.logPtr(thread), LogArea.LENGTH / 4);
      const size = area[SIZE] as number;
      const record = new LogRecord(buffer, (area[RING] as number) >>> 0, size);
      return { area, mask: size - 1, record };
    });
  }

  /** From now on these kinds are recorded: bits of `LogKind`. */
  want(kinds: number): void {
    for (const { area } of this.#rings) Atomics.store(area, LogArea.KINDS, kinds);
  }

  /** Takes up to `limit` records; returns how many. */
  drain(limit: number, take: (record: LogRecord) => void): number {
    let taken = 0;
    let before = -1;
    while (taken < limit && taken !== before) {
      before = taken;
      for (const ring of this.#rings) taken += this.#drainOne(ring, limit - taken, take);
    }
    return taken;
  }

  /** One ring's, as far as they are next. */
  #drainOne(
    { area, mask, record }: Ring,
    limit: number,
    take: (record: LogRecord) => void,
  ): number {
    const tail = Atomics.load(area, TAIL);
    let head = area[HEAD] as number;
    let taken = 0;
    while (head !== tail && taken < limit) {
      record.at = head & mask;
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
