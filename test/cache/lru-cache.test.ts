/**
 * The adapter with lru-cache's shape: what a program that switches relies on, and the differences
 * that the adapter declares.
 */
import { describe, expect, test } from "bun:test";
import { LRUCache } from "../../src/cache/lru-cache.ts";

const MEBIBYTE = 1024 * 1024;

describe("as lru-cache", () => {
  test("get, set, has, delete, clear, size", () => {
    const cache = new LRUCache<string, { n: number }>({ maxSize: MEBIBYTE });
    expect(cache.set("a", { n: 1 }).set("b", { n: 2 })).toBe(cache);
    expect([cache.get("a"), cache.peek("b"), cache.get("c")]).toEqual([
      { n: 1 },
      { n: 2 },
      undefined,
    ]);
    expect([cache.has("a"), cache.size]).toEqual([true, 2]);
    expect(cache.calculatedSize).toBeGreaterThan(0);
    expect([cache.delete("a"), cache.delete("a"), cache.has("a")]).toEqual([true, false, false]);
    cache.set("b", undefined);
    expect(cache.size).toBe(0);
    cache.set("c", { n: 3 });
    cache.clear();
    expect(cache.size).toBe(0);
  });

  test("a ttl of the cache, of an item, and renewed", async () => {
    const cache = new LRUCache<string, number>({ max: 100, ttl: 600, updateAgeOnGet: true });
    cache.set("a", 1).set("b", 2, { ttl: 0 }).set("c", 3);
    expect(cache.getRemainingTTL("b")).toBe(Infinity);
    expect(cache.getRemainingTTL("a")).toBeGreaterThan(20);
    expect(cache.getRemainingTTL("nobody")).toBe(0);
    await Bun.sleep(400);
    cache.get("a");
    await Bun.sleep(400);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, 2, undefined]);
  });

  test("noUpdateTTL keeps the ttl of what is there", () => {
    const cache = new LRUCache<string, number>({ max: 100, ttl: 1000, noUpdateTTL: true });
    cache.set("a", 1, { ttl: 50 });
    cache.set("a", 2);
    expect(cache.getRemainingTTL("a")).toBeLessThan(100);
    expect(cache.get("a")).toBe(2);
  });

  test("iteration", () => {
    const cache = new LRUCache<string, number>({ max: 100 });
    const all: [string, number][] = [
      ["a", 1],
      ["b", 2],
    ];
    for (const [key, value] of all) cache.set(key, value);
    expect([...cache].toSorted()).toEqual(all);
    expect([...cache.entries()].toSorted()).toEqual(all);
    expect([...cache.keys()].toSorted()).toEqual(["a", "b"]);
    expect([...cache.values()].toSorted()).toEqual([1, 2]);
    const visited: string[] = [];
    cache.forEach((value, key) => visited.push(`${key}${value}`));
    expect(visited.toSorted()).toEqual(["a1", "b2"]);
    expect(cache.find((value) => value === 2)).toBe(2);
    expect(cache.find((value) => value === 3)).toBeUndefined();
  });

  test("fetch asks once for all who wait, and again after a failure", async () => {
    let asked = 0;
    const cache = new LRUCache<string, string>({
      max: 100,
      fetchMethod: async (key, _, { context }) => {
        asked++;
        await Bun.sleep(5);
        if (context === "fail") throw new Error("no");
        return `${key}!`;
      },
    });
    expect(cache.fetch("a", { context: "fail" })).rejects.toThrow("no");
    await Bun.sleep(20);
    expect(await Promise.all([cache.fetch("a"), cache.fetch("a")])).toEqual(["a!", "a!"]);
    expect(await cache.fetch("a")).toBe("a!");
    expect(asked).toBe(2);
  });

  test("memo", () => {
    const cache = new LRUCache<string, number>({ max: 100, memoMethod: (key) => key.length });
    expect([cache.memo("four"), cache.get("four")]).toEqual([4, 4]);
  });
});

describe("not as lru-cache", () => {
  test("values are copies", () => {
    const cache = new LRUCache<string, number[]>({ max: 100 });
    const value = [1];
    cache.set("a", value);
    value.push(2);
    expect(cache.get("a")).toEqual([1]);
  });

  test("number keys are strings, long ones are refused", () => {
    const cache = new LRUCache<number | string, string>({ max: 100 });
    cache.set(7, "seven");
    expect([cache.get("7"), [...cache.keys()]]).toEqual(["seven", ["7"]]);
    expect(() => cache.set("k".repeat(251), "value")).toThrow("250 bytes");
  });

  test("a limit is needed; it is bytes, and `max` is KiB", () => {
    expect(() => new LRUCache({})).toThrow("is needed");
    expect(new LRUCache({ max: 4096 }).maxSize).toBe(4 * MEBIBYTE);
    const cache = new LRUCache<number, string>({ max: 1 });
    for (let i = 0; i < 5000; i++) cache.set(i, "x".repeat(500));
    expect(cache.calculatedSize).toBeLessThan(MEBIBYTE);
    expect(cache.get(4999)).toBe("x".repeat(500));
  });

  test("what is too large is not stored", () => {
    const cache = new LRUCache<string, string>({ max: 1 });
    cache.set("a", "old").set("a", "x".repeat(MEBIBYTE));
    expect(cache.get("a")).toBeUndefined();
  });

  test.each(["allowStale", "dispose", "disposeAfter"])("%s is refused", (name) => {
    const options = { max: 100, [name]: name === "allowStale" ? true : () => undefined };
    expect(() => new LRUCache(options)).toThrow(name);
  });
});
