/**
 * The page mover's rhythm: a page that is to move is emptied slice by slice, and pages beyond the
 * limit go back to the system (specification §8.10).
 */
import type { CoreExports } from "./abi.ts";
import type { EventLog } from "./event-log.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { SLAB_PAGE_SIZE } from "../../assembly/shared/limits.ts";

/** Bytes of chunks that a slice looks at: well below a millisecond of work. */
const SLICE_BYTES = 64 * 1024;

/** What `moveChunks` answers. */
const WORKING = 1;
const WAITING = 2;
/** Given up: for want of room, or because of what clients hold. */
const FAILED = 3;
const STUCK = 4;

const WAIT_MIN_MS = 0.5;
const WAIT_MAX_MS = 5;
const REST_MS = 1000;

/** After a move for which there was no room: looks, a second each, without one to the pool. */
const SHRINK_PAUSE = 60;

const ANY_CLASS = -1;
const POOL = 0;

/** Gives the memory of so many bytes at this address of the core's memory back to the system. */
export type Discard = (ptr: number, length: number) => void;

/** What it works on: a `Core`. */
export interface Pages {
  readonly abi: Pick<CoreExports, "dirtyPage" | "moveChunks" | "pageDiscarded" | "startMove">;
  readonly events: Pick<EventLog, "system">;
  gauge(which: Gauge): number;
}

export class PageMover {
  readonly #core: Pages;
  readonly #discard: Discard;
  #wait = WAIT_MIN_MS;
  /** Looks to go until pages beyond the limit are tried again. */
  #shrinkPause = 0;
  /** The limit, in pages, when it was looked at last. */
  #limit: number;
  /** It was lowered, and does not hold yet. */
  #isLowered = false;

  constructor(core: Pages, discard: Discard) {
    this.#core = core;
    this.#discard = discard;
    this.#limit = core.gauge(Gauge.PAGES_LIMIT);
  }

  /** Does one slice. Milliseconds until there is something to do again. */
  run(): number {
    this.#discardPages();
    if (this.#core.gauge(Gauge.IS_MOVING) === 0 && !this.#shrink()) return REST_MS;
    // Later they may be those of the next move, which any thread may begin.
    const [from, to] = [this.#core.gauge(Gauge.MOVED_FROM), this.#core.gauge(Gauge.MOVED_TO)];
    const state = this.#core.abi.moveChunks(SLICE_BYTES);
    if (state === WAITING) {
      this.#wait = Math.min(WAIT_MAX_MS, this.#wait * 2);
      return this.#wait;
    }
    this.#wait = WAIT_MIN_MS;
    if (state === WORKING) return 0;
    const outcome = state === FAILED || state === STUCK ? "fail" : "ok";
    this.#core.events.system(`type=slab_move src=${from} dst=${to} state=${outcome}`);
    // Another page may do better than one that is stuck.
    if (state !== FAILED) return 0;
    this.#shrinkPause = SHRINK_PAUSE;
    return REST_MS;
  }

  #discardPages(): void {
    const { abi } = this.#core;
    for (let ptr = abi.dirtyPage() >>> 0; ptr !== 0; ptr = abi.dirtyPage() >>> 0) {
      this.#discard(ptr, SLAB_PAGE_SIZE);
      abi.pageDiscarded(ptr);
    }
  }

  /**
   * After `cache_memlimit` there may be more pages than are allowed; whether one is on its way. The
   * first page of a class may exceed the limit, and stays: only a lower limit is made to hold.
   */
  #shrink(): boolean {
    const core = this.#core;
    const limit = core.gauge(Gauge.PAGES_LIMIT);
    const isHeld = core.gauge(Gauge.PAGES_TAKEN) <= limit;
    this.#isLowered = !isHeld && (this.#isLowered || limit < this.#limit);
    this.#limit = limit;
    if (!this.#isLowered) return false;
    if (this.#shrinkPause > 0) {
      this.#shrinkPause--;
      return false;
    }
    return core.abi.startMove(ANY_CLASS, POOL) === 0 && core.gauge(Gauge.IS_MOVING) !== 0;
  }
}
