/**
 * Host counters: a row for each thread, sums for all, and a reset that takes no count away from
 * anybody.
 */
import { HostCounter, HostCounters } from "../../src/base/host-counters.ts";
import { beforeEach, describe, expect, test } from "bun:test";

const THREADS = 3;
const ALL = Array.from({ length: HostCounter.COUNT }, (_, which) => which as HostCounter);

let threads: HostCounters[];

beforeEach(() => {
  const first = HostCounters.start(THREADS);
  const others = [1, 2].map((thread) => HostCounters.join(first.shared, thread));
  threads = [first, ...others];
});

/** What each thread says. */
function sums(which: HostCounter): number[] {
  return threads.map((counters) => counters.sum(which));
}

describe("sums", () => {
  test("begin at zero", () => {
    for (const which of ALL) expect(sums(which)).toEqual([0, 0, 0]);
  });

  test("are over all threads, and the same for each", () => {
    threads.forEach((counters, index) => counters.add(HostCounter.BYTES_READ, 10 ** index));
    expect(sums(HostCounter.BYTES_READ)).toEqual([111, 111, 111]);
    threads[1].add(HostCounter.BYTES_READ, 5);
    expect(sums(HostCounter.BYTES_READ)).toEqual([116, 116, 116]);
  });

  test("of different counters have nothing to do with each other", () => {
    for (const which of ALL) for (const counters of threads) counters.add(which, which + 1);
    for (const which of ALL) expect(threads[0].sum(which)).toBe(THREADS * (which + 1));
  });

  test("go down as well, where connections end in another thread", () => {
    threads[0].add(HostCounter.CURRENT_CONNECTIONS, 1);
    threads[2].add(HostCounter.CURRENT_CONNECTIONS, 1);
    threads[1].add(HostCounter.CURRENT_CONNECTIONS, -1);
    expect(sums(HostCounter.CURRENT_CONNECTIONS)).toEqual([1, 1, 1]);
  });

  test("are exact beyond 32 bits", () => {
    threads[1].add(HostCounter.BYTES_WRITTEN, 2 ** 52);
    threads[2].add(HostCounter.BYTES_WRITTEN, 1);
    expect(sums(HostCounter.BYTES_WRITTEN)).toEqual(threads.map(() => 2 ** 52 + 1));
  });
});

describe("a reset", () => {
  beforeEach(() => {
    for (const which of ALL) for (const counters of threads) counters.add(which, 7);
    threads[1].reset();
  });

  test("by any thread is one for all, but for what is open or shut now", () => {
    const lasting = new Set([HostCounter.CURRENT_CONNECTIONS, HostCounter.DOORS_SHUT]);
    for (const which of ALL) {
      const left = lasting.has(which) ? 7 * THREADS : 0;
      expect(sums(which)).toEqual([left, left, left]);
    }
  });

  test("lets all threads count on from there", () => {
    threads[0].add(HostCounter.YIELDS, 1);
    threads[2].add(HostCounter.YIELDS, 2);
    expect(sums(HostCounter.YIELDS)).toEqual([3, 3, 3]);
    threads[2].reset();
    threads[1].add(HostCounter.YIELDS, 4);
    expect(sums(HostCounter.YIELDS)).toEqual([4, 4, 4]);
  });

  test("can be repeated", () => {
    threads[0].reset();
    threads[2].reset();
    expect(sums(HostCounter.TOTAL_CONNECTIONS)).toEqual([0, 0, 0]);
  });
});

test("rows of threads are whole cache lines", () => {
  const empty = new Float64Array(threads[0].shared).slice();
  threads[1].add(HostCounter.COUNT - 1, 1);
  const changed = new Float64Array(threads[0].shared).findIndex((value, at) => value !== empty[at]);
  expect(changed).toBeGreaterThanOrEqual(8);
  expect(changed - (HostCounter.COUNT - 1)).toBeGreaterThan(0);
  expect(((changed - (HostCounter.COUNT - 1)) * 8) % 64).toBe(0);
});
