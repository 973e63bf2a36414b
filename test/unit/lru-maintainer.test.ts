/**
 * When the LRU maintainer comes back to a class (specification §8.6), by moves and counts that the
 * test makes up.
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";
import { LruMaintainer, type Segments } from "../../src/core/lru-maintainer.ts";

/** A core whose classes move as much as the test says; writes down who was visited. */
function fake(moves: (classId: number) => number, bumps = 0, counts: Partial<Counts> = {}) {
  const visited: number[] = [];
  const juggle = (classId: number): number => {
    visited.push(classId);
    return moves(classId);
  };
  const { fetched = () => 0, evicted = () => 0, failed = () => 0, reclaimed = () => 0 } = counts;
  const core: Segments = {
    abi: { juggle, bumpItems: () => bumps },
    counter: (which) => (which === Counter.CMD_GET ? fetched() : 0),
    classCounter: (id, which) => {
      if (which === ClassCounter.EVICTED) return evicted(id);
      if (which === ClassCounter.OUT_OF_MEMORY) return failed(id);
      return which === ClassCounter.RECLAIMED ? reclaimed(id) : 0;
    },
  };
  return { visited, maintainer: new LruMaintainer(core) };
}

/** What clients have done until now. */
interface Counts {
  readonly fetched: () => number;
  readonly evicted: (classId: number) => number;
  readonly failed: (classId: number) => number;
  readonly reclaimed: (classId: number) => number;
}

const never = (): boolean => false;
const always = (): boolean => true;

/** How many visits each of two classes has in this time, if something always moves. */
function visits(from: number, to: number, counts: (now: number) => Partial<Counts>): number[] {
  let now = 0;
  const { visited, maintainer } = fake(() => 1, 1, {
    fetched: () => counts(now).fetched?.() ?? 0,
    evicted: (id) => counts(now).evicted?.(id) ?? 0,
    failed: (id) => counts(now).failed?.(id) ?? 0,
    reclaimed: (id) => counts(now).reclaimed?.(id) ?? 0,
  });
  for (; now < from; now++) maintainer.run(now, 2, never);
  const before = visited.length;
  for (; now < to; now++) maintainer.run(now, 2, never);
  const since = visited.slice(before);
  return [1, 2].map((id) => since.filter((each) => each === id).length);
}

describe("the LRU maintainer", () => {
  test("visits classes at rest less and less, down to about once a second", () => {
    const { visited, maintainer } = fake(() => 0);
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 200; i++) {
      const wait = maintainer.run(now, 1, never);
      waits.push(wait);
      now += wait;
    }
    expect(waits[0]).toBe(2);
    expect(waits.every((wait, i) => i === 0 || wait > waits[i - 1] - 0.01)).toBe(true);
    expect(waits.at(-1)).toBe(999);
    expect(visited.length).toBe(200);
  });

  test("comes back every millisecond while items move, and hurries when they begin to", () => {
    let moves = 0;
    const { maintainer } = fake(() => moves);
    let now = 0;
    for (let i = 0; i < 100; i++) now += maintainer.run(now, 1, never);
    moves = 1;
    const waits = Array.from({ length: 15 }, () => {
      const wait = maintainer.run(now, 1, never);
      now += wait;
      return wait;
    });
    expect(waits[0]).toBe(999 / 2);
    expect(waits.at(-1)).toBe(1);
  });

  test("leaves classes at rest alone while another one is busy", () => {
    const { visited, maintainer } = fake((classId) => (classId === 2 ? 1 : 0));
    for (let now = 0; now < 2000; now++) maintainer.run(now, 3, never);
    const times = [1, 2, 3].map((id) => visited.filter((each) => each === id).length);
    expect(times[1]).toBeGreaterThan(1900);
    expect(times[0]).toBeLessThan(100);
    expect(times[2]).toBe(times[0]);
  });

  test("that is stopped goes on with the class that is next", () => {
    const { visited, maintainer } = fake(() => 1);
    for (let now = 0; now < 6; now++) expect(maintainer.run(now * 10, 4, always)).toBe(0);
    expect(visited).toEqual([1, 2, 3, 4, 1, 2]);
  });

  test("comes back soon while fetches have wishes", () => {
    const { maintainer } = fake(() => 0, 5);
    let wait = 0;
    for (let now = 0, i = 0; i < 50; i++, now += wait) wait = maintainer.run(now, 1, never);
    expect(wait).toBe(1);
  });

  describe("under load", () => {
    test("visits a class that evicts nothing some twenty times a second", () => {
      // Up to a quarter of the wait sooner, when another one is due.
      const [first, second] = visits(2000, 3000, (now) => ({ fetched: () => now * 2 }));
      expect(first).toBeWithin(19, 28);
      expect(second).toBe(first as number);
    });

    test("visits one that evicts every millisecond, and no other", () => {
      const [calm, pressed] = visits(2000, 3000, (now) => ({
        fetched: () => now * 2,
        evicted: (id) => (id === 2 ? Math.floor(now / 500) : 0),
      })) as [number, number];
      expect(pressed).toBe(1000);
      expect(calm).toBeLessThan(100);
    });

    test("visits one that finds no memory, and one that has many dead items", () => {
      const [failing, dead] = visits(2000, 3000, (now) => ({
        fetched: () => now * 2,
        failed: (id) => (id === 1 ? Math.floor(now / 500) : 0),
        reclaimed: (id) => (id === 2 ? now * 10 : 0),
      })) as [number, number];
      expect(failing).toBe(1000);
      expect(dead).toBeGreaterThan(500);
    });

    test("takes little that is reclaimed for what there always is", () => {
      const [first] = visits(2000, 3000, (now) => ({
        fetched: () => now * 2,
        reclaimed: () => now,
      }));
      expect(first).toBeLessThan(28);
    });

    test("takes a few requests for no load, also if they come together", () => {
      const counts = visits(2000, 3000, (now) => ({ fetched: () => Math.floor(now / 500) * 50 }));
      expect(counts).toEqual([1000, 1000]);
      expect(visits(2000, 3000, (now) => ({ fetched: () => now / 2 }))).toEqual([1000, 1000]);
    });

    test("makes up for it when there has been none for a second", () => {
      const [under] = visits(2000, 3000, (now) => ({ fetched: () => Math.min(now, 2000) * 2 }));
      expect(under).toBeLessThan(30);
      const after = visits(3100, 4100, (now) => ({ fetched: () => Math.min(now, 2000) * 2 }));
      expect(after).toEqual([1000, 1000]);
    });

    test("lets wishes of fetches wait too, but not where items are evicted", () => {
      let now = 0;
      let evictions = 0;
      const counts = { fetched: () => now * 2, evicted: () => evictions };
      const { maintainer } = fake(() => 0, 5, counts);
      let wait = 0;
      for (; now < 5000; now += wait) wait = maintainer.run(now, 1, never);
      expect(wait).toBe(50);
      for (const end = now + 5000; now < end; now += wait) {
        evictions++;
        wait = maintainer.run(now, 1, never);
      }
      expect(wait).toBe(1);
    });
  });
});
