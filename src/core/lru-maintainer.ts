/**
 * The LRU maintainer's rhythm: how often each slab class is visited.
 *
 * A class in which items moved is visited sooner, down to every millisecond; one at rest later, up
 * to once a second (specification §8.6).
 *
 * Segments are there to have good victims ready. Where nothing was evicted for a while nobody needs
 * them, and under load there is always something to move: what is popular goes round and round. So
 * while clients are served, only a class in want, which evicts, finds no memory or has many dead
 * items, is visited more often than some times a second. Otherwise the maintainer takes up to a
 * tenth of a server's time (bench/results/2026-11-30-48457c0-threads.md).
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import type { CoreExports } from "./abi.ts";
import { SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";

const WAIT_MIN_MS = 1;
const WAIT_MAX_MS = 999;

/** A wait grows by this part of itself when nothing moved. */
const GROWTH = 1 / 8;

/** Classes that are due within this part of their wait are visited along with others. */
const COMPANY = 1 / 4;

/** The least wait under load, for a class that is not in want. */
const WAIT_SERVING_MS = 50;

/** So many fetches and stores in a millisecond are load: administrators make less. */
const LOAD_PER_MS = 1;

/** Time that load is taken over: requests may come together. */
const LOOK_MS = 100;

/** A class in which so many dead items are reclaimed between two visits has more of them. */
const RECLAIMED_MANY = 250;

/** Load and want are expected to go on, or to come again, for so long. */
const EXPECTED_MS = 1000;

/** What it keeps in order: a `Core`. */
export interface Segments {
  readonly abi: Pick<CoreExports, "juggle" | "bumpItems">;
  counter(which: Counter): number;
  classCounter(classId: number, which: ClassCounter): number;
}

export class LruMaintainer {
  readonly #core: Segments;
  readonly #waitMin: number;
  readonly #waits = new Float64Array(SLAB_CLASS_COUNT_MAX).fill(WAIT_MIN_MS);
  readonly #dueAt = new Float64Array(SLAB_CLASS_COUNT_MAX);
  /** Evictions and failed stores of each class until its last visit, and what it had reclaimed. */
  readonly #failures = new Float64Array(SLAB_CLASS_COUNT_MAX);
  readonly #reclaimed = new Float64Array(SLAB_CLASS_COUNT_MAX);
  /** When each class was seen to be in want, and when any was. */
  readonly #wantAt = new Float64Array(SLAB_CLASS_COUNT_MAX).fill(-Infinity);
  #anyWantAt = -Infinity;
  #bumpsWait = WAIT_MIN_MS;
  #served = 0;
  #lookedAt = 0;
  #loadedAt = -Infinity;
  /** The class that is looked at first: one slice may not come to all. */
  #first = 1;

  /** @param waitMin milliseconds between two visits at least: more where clients wait meanwhile */
  constructor(core: Segments, waitMin = WAIT_MIN_MS) {
    this.#core = core;
    this.#waitMin = waitMin;
  }

  /**
   * Visits classes 1 … last that are due, until `isOver` says that it was enough. Milliseconds
   * until there is something to do again.
   *
   * @param now in milliseconds
   */
  run(now: number, last: number, isOver: () => boolean): number {
    this.#lookAtLoad(now);
    let wait = this.#moveBumps(now);
    for (let i = 0; i < last; i++) {
      const id = ((this.#first - 1 + i) % last) + 1;
      this.#visit(id, now);
      wait = Math.min(wait, (this.#dueAt[id] as number) - now);
      if (isOver()) {
        this.#first = (id % last) + 1;
        return 0;
      }
    }
    return wait;
  }

  #lookAtLoad(now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return;
    const served = this.#core.counter(Counter.CMD_GET) + this.#core.counter(Counter.TOTAL_ITEMS);
    if (served - this.#served > (now - this.#lookedAt) * LOAD_PER_MS) this.#loadedAt = now;
    this.#served = served;
    this.#lookedAt = now;
  }

  #moveBumps(now: number): number {
    const moved = this.#core.abi.bumpItems();
    this.#bumpsWait = this.#next(this.#bumpsWait, moved !== 0, now, this.#anyWantAt);
    return this.#bumpsWait;
  }

  #visit(id: number, now: number): void {
    const wait = this.#waits[id] as number;
    if ((this.#dueAt[id] as number) > now + wait * COMPANY) return;
    if (this.#isInWant(id)) this.#wantAt[id] = this.#anyWantAt = now;
    const isBusy = this.#core.abi.juggle(id) !== 0;
    const next = this.#next(wait, isBusy, now, this.#wantAt[id] as number);
    this.#waits[id] = next;
    this.#dueAt[id] = now + next;
  }

  #isInWant(id: number): boolean {
    const core = this.#core;
    const evicted = core.classCounter(id, ClassCounter.EVICTED);
    const failures = evicted + core.classCounter(id, ClassCounter.OUT_OF_MEMORY);
    const reclaimed = core.classCounter(id, ClassCounter.RECLAIMED);
    const hasFailed = failures !== this.#failures[id];
    const hasDead = reclaimed - (this.#reclaimed[id] as number) >= RECLAIMED_MANY;
    this.#failures[id] = failures;
    this.#reclaimed[id] = reclaimed;
    return hasFailed || hasDead;
  }

  #next(wait: number, isBusy: boolean, now: number, wantAt: number): number {
    if (!isBusy) return Math.min(WAIT_MAX_MS, wait + Math.max(WAIT_MIN_MS, wait * GROWTH));
    const isUrgent = now - wantAt < EXPECTED_MS || now - this.#loadedAt > EXPECTED_MS;
    return Math.max(isUrgent ? this.#waitMin : WAIT_SERVING_MS, wait / 2);
  }
}
