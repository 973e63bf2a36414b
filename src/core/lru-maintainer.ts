/**
 * The LRU maintainer's rhythm: how often each slab class is visited.
 *
 * A class in which items moved is visited sooner, down to every millisecond; one at rest later, up
 * to once a second (specification §8.6).
 */
import type { CoreExports } from "./abi.ts";
import { SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";

const WAIT_MIN_MS = 1;
const WAIT_MAX_MS = 999;

/** A wait grows by this part of itself when nothing moved. */
const GROWTH = 1 / 8;

/** Classes that are due within this part of their wait are visited along with others. */
const COMPANY = 1 / 4;

export class LruMaintainer {
  readonly #abi: CoreExports;
  readonly #waitMin: number;
  readonly #waits = new Float64Array(SLAB_CLASS_COUNT_MAX).fill(WAIT_MIN_MS);
  readonly #dueAt = new Float64Array(SLAB_CLASS_COUNT_MAX);
  #bumpsWait = WAIT_MIN_MS;
  /** The class that is looked at first: one slice may not come to all. */
  #first = 1;

  /** @param waitMin milliseconds between two visits at least: more where clients wait meanwhile */
  constructor(abi: CoreExports, waitMin = WAIT_MIN_MS) {
    this.#abi = abi;
    this.#waitMin = waitMin;
  }

  /**
   * Visits classes 1 … last that are due, until `isOver` says that it was enough. Milliseconds
   * until there is something to do again.
   *
   * @param now in milliseconds
   */
  run(now: number, last: number, isOver: () => boolean): number {
    let wait = this.#moveBumps();
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

  #moveBumps(): number {
    const moved = this.#abi.bumpItems();
    this.#bumpsWait = this.#next(this.#bumpsWait, moved !== 0);
    return this.#bumpsWait;
  }

  #visit(id: number, now: number): void {
    const wait = this.#waits[id] as number;
    if ((this.#dueAt[id] as number) > now + wait * COMPANY) return;
    const next = this.#next(wait, this.#abi.juggle(id) !== 0);
    this.#waits[id] = next;
    this.#dueAt[id] = now + next;
  }

  #next(wait: number, isBusy: boolean): number {
    if (isBusy) return Math.max(this.#waitMin, wait / 2);
    return Math.min(WAIT_MAX_MS, wait + Math.max(WAIT_MIN_MS, wait * GROWTH));
  }
}
