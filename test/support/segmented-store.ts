/**
 * A store with the segmented LRU, as tests look at it: what stands in which segment, in which
 * order, and the maintainer's calls one by one.
 *
 * Everything is checked after each step: a step is a call of what moves items.
 */
import { CoreDriver, type CoreShape } from "./core-driver.ts";
import {
  SEGMENT_COLD,
  SEGMENT_HOT,
  SEGMENT_TEMP,
  SEGMENT_WARM,
} from "../../assembly/shared/limits.ts";
import type { ClassCounter } from "../../assembly/shared/counters.ts";
import { Result } from "../../assembly/shared/status.ts";
import { expect } from "bun:test";
import { fromLatin1 } from "./bytes.ts";

export type SegmentName = "hot" | "warm" | "cold" | "temp";

const SEGMENTS: Readonly<Record<SegmentName, number>> = {
  hot: SEGMENT_HOT,
  warm: SEGMENT_WARM,
  cold: SEGMENT_COLD,
  temp: SEGMENT_TEMP,
};

/** The class that all items of such a store are in, unless a test wants another. */
export const CLASS_ID = 1;

/** Factors that make no item too old for its segment. */
const NEVER_TOO_OLD = 1e9;

/** Lines of a short dump: `mg <key>`. */
function keysOf(lines: string): string[] {
  return lines
    .split("\r\n")
    .slice(0, -1)
    .map((line) => line.slice("mg ".length));
}

export class SegmentedStore {
  readonly driver: CoreDriver;
  #now = 1000;

  constructor(shape: CoreShape = {}) {
    this.driver = new CoreDriver({ slabSizes: [1000], lruSegmented: true, ...shape });
    this.wait(0);
  }

  get now(): number {
    return this.#now;
  }

  wait(seconds: number): void {
    this.#now += seconds;
    this.driver.now = this.#now;
  }

  // ── Steps ──────────────────────────────────────────────────────────────────────────────────────

  juggle(classId = CLASS_ID): number {
    const moves = this.driver.core.abi.juggle(classId);
    expect(this.driver.check()).toBe(0);
    return moves;
  }

  bump(): number {
    const wishes = this.driver.core.abi.bumpItems();
    expect(this.driver.check()).toBe(0);
    return wishes;
  }

  /** Shares in percent; nothing is ever too old unless factors say so. */
  tune(hot: number, warm: number, hotFactor = NEVER_TOO_OLD, warmFactor = NEVER_TOO_OLD): void {
    this.driver.core.abi.setLruShares(hot, warm, hotFactor, warmFactor);
  }

  /** @param temporaryTtl -1 = no segment for short-lived items */
  mode(isSegmented: boolean, temporaryTtl = -1): void {
    this.driver.core.abi.setLruMode(isSegmented ? 1 : 0, temporaryTtl);
  }

  /** Fetches the key so often. */
  fetch(key: string, times: number): void {
    for (let i = 0; i < times; i++) expect(this.driver.read(key)).not.toBeNull();
    expect(this.driver.check()).toBe(0);
  }

  set(...keys: string[]): void {
    for (const key of keys) this.driver.set(key, "value");
    expect(this.driver.check()).toBe(0);
  }

  /** Stores the keys, and has them go to COLD. Shares are so wide then that nothing else has to. */
  setCold(...keys: string[]): void {
    this.set(...keys);
    this.tune(0, 0);
    this.juggle();
    this.tune(40, 40);
    expect(this.order("cold").slice(-keys.length)).toEqual(keys);
  }

  /** Has COLD hold so much that a few items are below the shares of HOT and WARM. */
  static roomy(shape: CoreShape = {}): SegmentedStore {
    const store = new SegmentedStore(shape);
    store.setCold(...Array.from({ length: 20 }, (_, index) => `filler${index}`));
    return store;
  }

  // ── Looking in ─────────────────────────────────────────────────────────────────────────────────

  /** Keys of the live items of a segment, oldest first. */
  order(segment: SegmentName, classId = CLASS_ID): string[] {
    const { abi, outbox, outboxPtr, result } = this.driver.core;
    const slabId = classId | SEGMENTS[segment];
    const keys: string[] = [];
    for (abi.beginCrawl(slabId, 0); ;) {
      const looked = abi.crawlDump(slabId, outboxPtr, outboxPtr + outbox.length, 1, 0);
      if (looked === 0) return keys;
      keys.push(...keysOf(fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]))));
    }
  }

  /** The same without the items that `roomy` put there. */
  own(segment: SegmentName): string[] {
    return this.order(segment).filter((key) => !key.startsWith("filler"));
  }

  counter(which: ClassCounter): number {
    return this.driver.core.classCounter(CLASS_ID, which);
  }

  /** Seconds since the last access of an item, by the lines of a long dump. */
  idle(key: string): number {
    const { abi, outbox, outboxPtr, result } = this.driver.core;
    for (let cursor = 0, first = true; first || cursor !== 0; first = false) {
      cursor = abi.crawlTable(cursor, outboxPtr, outboxPtr + outbox.length, 0, 0, -1, -1);
      const lines = fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]));
      const found = new RegExp(`^key=${key} .* la=(\\d+) `, "m").exec(lines);
      if (found !== null) return this.#now - Number(found[1]);
    }
    throw new Error(`no item ${key}`);
  }
}
