/**
 * The automover: once a second it looks which class could spare a page, and which is in want of one
 * (specification §8.11).
 *
 * Of each class it keeps a window of samples: the age of COLD's tail, how many items were evicted
 * since the last one, and whether the class was dirty, that is evicted, ran out of memory, or took
 * pages.
 */
import { ClassCounter, ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import type { CoreExports } from "./abi.ts";
import type { Settings } from "../base/settings.ts";

export const POOL = 0;

/** A class with more free chunks than so many pages' worth can spare one. */
const FREE_PAGES = 2.5;

/** Only classes with more pages give one to others. */
const PAGES_KEPT = 2;

/** A class with more than this part of all evictions is in want. */
const EVICTIONS_MUCH = 0.25;

/** What it looks at: a `Core`. */
export interface Classes {
  readonly abi: Pick<CoreExports, "classGauge">;
  readonly classIdMax: number;
  gauge(which: Gauge): number;
  classCounter(classId: number, which: ClassCounter): number;
}

/** What tells it how to. */
export type AutomoverSettings = Pick<
  Settings,
  "slabAutomoveRatio" | "slabAutomoveWindow" | "slabAutomoveFreeRatio"
>;

interface Sample {
  readonly age: number;
  readonly evicted: number;
  /** The part of all evictions of this second. */
  readonly share: number;
  readonly isDirty: boolean;
}

/** What a class had at the last look. */
interface Seen {
  readonly evicted: number;
  readonly outOfMemory: number;
  readonly pages: number;
}

/** A page that should move; `to` 0 is the pool. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

class ClassWindow {
  readonly samples: Sample[] = [];
  seen: Seen | null = null;

  add(sample: Sample, length: number): void {
    this.samples.push(sample);
    if (this.samples.length > length) this.samples.shift();
  }

  mean(of: (sample: Sample) => number): number {
    return this.samples.reduce((sum, sample) => sum + of(sample), 0) / this.samples.length;
  }

  get isDirty(): boolean {
    return this.samples.some(({ isDirty }) => isDirty);
  }

  get evictsOften(): boolean {
    const often = this.samples.filter(({ evicted }) => evicted > 0).length;
    return often > this.samples.length / 2 || this.mean(({ share }) => share) > EVICTIONS_MUCH;
  }
}

export class Automover {
  readonly #core: Classes;
  readonly #settings: AutomoverSettings;
  #windows = new Map<number, ClassWindow>();
  /** The settings that the windows were begun with. */
  #begunWith = "";

  constructor(core: Classes, settings: AutomoverSettings) {
    this.#core = core;
    this.#settings = settings;
  }

  /** One look, a second after the last one: the page that should move, or null. */
  decide(): Move | null {
    const { slabAutomoveRatio: ratio, slabAutomoveWindow: length } = this.#settings;
    const begunWith = `${ratio} ${length} ${this.#settings.slabAutomoveFreeRatio}`;
    if (this.#begunWith !== begunWith) this.#windows = new Map();
    this.#begunWith = begunWith;
    this.#sample(length);
    return this.idleMove() ?? this.#agedMove(ratio, length);
  }

  #gauge(id: number, which: ClassGauge): number {
    return this.#core.abi.classGauge(id, which) >>> 0;
  }

  #sample(length: number): void {
    const core = this.#core;
    const looks = [...this.#classIds()].map((id) => {
      const seen: Seen = {
        evicted: core.classCounter(id, ClassCounter.EVICTED),
        outOfMemory: core.classCounter(id, ClassCounter.OUT_OF_MEMORY),
        pages: this.#gauge(id, ClassGauge.PAGES),
      };
      const window = this.#windows.get(id) ?? new ClassWindow();
      this.#windows.set(id, window);
      const before = window.seen ?? seen;
      window.seen = seen;
      // After `stats reset` counts begin anew.
      const evicted = Math.max(0, seen.evicted - before.evicted);
      const isShort = seen.outOfMemory > before.outOfMemory || seen.pages > before.pages;
      return { id, window, evicted, isDirty: evicted > 0 || isShort };
    });
    const all = looks.reduce((sum, { evicted }) => sum + evicted, 0);
    for (const { id, window, evicted, isDirty } of looks) {
      const share = all === 0 ? 0 : evicted / all;
      window.add({ age: this.#gauge(id, ClassGauge.AGE), evicted, share, isDirty }, length);
    }
  }

  *#classIds(): Iterable<number> {
    for (let id = 1; id <= this.#core.classIdMax; id++) {
      if (this.#gauge(id, ClassGauge.PAGES) > 0) yield id;
    }
  }

  /**
   * All memory is taken, and a class had no use for its free chunks for as long as the window goes
   * back, full or not.
   */
  idleMove(): Move | null {
    const core = this.#core;
    if (core.gauge(Gauge.PAGES_TAKEN) < core.gauge(Gauge.PAGES_LIMIT)) return null;
    for (const [from, window] of this.#windows) {
      const free = this.#gauge(from, ClassGauge.FREE_CHUNKS);
      const isMuch = free > FREE_PAGES * this.#gauge(from, ClassGauge.CHUNKS_PER_PAGE);
      if (isMuch && !window.isDirty) return { from, to: POOL };
    }
    return null;
  }

  /** From the class whose items lie idle longest to the one that evicts the youngest. */
  #agedMove(ratio: number, length: number): Move | null {
    let oldest = { id: 0, age: 0 };
    let youngest = { id: 0, age: Infinity };
    for (const [id, window] of this.#windows) {
      if (window.samples.length < length) continue;
      const age = window.mean((sample) => sample.age);
      if (this.#gauge(id, ClassGauge.PAGES) > PAGES_KEPT && age > oldest.age) oldest = { id, age };
      if (window.evictsOften && age < youngest.age) youngest = { id, age };
    }
    if (oldest.id === 0 || youngest.id === 0 || oldest.id === youngest.id) return null;
    const isEvicting = (this.#windows.get(youngest.id)?.samples.at(-1)?.evicted ?? 0) > 0;
    if (!isEvicting || youngest.age >= oldest.age * ratio) return null;
    return { from: oldest.id, to: youngest.id };
  }
}
