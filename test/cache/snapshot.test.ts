/**
 * Snapshots beyond what the test table and the host programs say of them: what a restored cache may
 * be, what it keeps, and what it takes.
 */
import { describe, expect, test } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";
import type { CacheHandle } from "../../src/cache/cache-store.ts";
import { createServer } from "../../src/index.ts";

const MEBIBYTE = 1024 * 1024;
const MAX_BYTES = 2 * MEBIBYTE;
const LENGTH = 1000;

const onEvictNothing = (): void => undefined;

function make(isShared: boolean): Cache {
  return isShared
    ? Cache.shared({ maxBytes: MAX_BYTES, threads: 2 })
    : new Cache({ maxBytes: MAX_BYTES });
}

const KINDS = [false, true].flatMap((was) => [false, true].map((is) => [was, is] as const));

describe.each(KINDS)("of a cache whose being shared was %p, and is %p", (was, shared) => {
  test("keeps values, ttls and the order in which they were used", async () => {
    const cache = make(was);
    const count = 600;
    for (let i = 0; i < count; i++) {
      // Each in a tick of its own, and the later ones at lower addresses where those are free.
      if (i % 20 === 0) await Bun.sleep(11);
      cache.set(`key${i}`, new Uint8Array(LENGTH).fill(i));
      if (i === 299) for (let j = 0; j < 200; j++) cache.delete(`key${j}`);
    }
    cache.set("ends", "value", { ttl: 3_600_000 });
    const gone: string[] = [];
    const onEvict = (key: string): void => void gone.push(key);
    const restored = Cache.from(cache.snapshot(), { shared, onEvict });
    expect(restored.size).toBe(cache.size);
    expect(restored.ttlOf("ends")).toBeGreaterThan(3_500_000);
    for (let i = 0; gone.length < 250; i++) restored.set(`new${i}`, new Uint8Array(LENGTH));
    const ages = gone.map((key) => Number(key.slice(3)));
    // Those of one tick in any order, the ticks in theirs.
    const ticks = ages.map((age) => Math.floor(age / 20));
    expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
    expect(ticks[0]).toBe(10);
  });

  test("is a cache like any other", () => {
    const cache = make(was);
    cache.set("key", "value");
    cache.incr("count", 1, { initial: 1 });
    const restored = Cache.from(cache.snapshot(), { shared });
    expect([restored.get("key"), restored.incr("count")]).toEqual(["value", 2]);
    expect(cache.get("count")).toBe("1");
    for (let i = 0; i < MAX_BYTES / 200; i++) restored.set(`key${i}`, "x".repeat(i % 5000));
    expect(restored.stats().evictions).toBeGreaterThan(0);
    // And once more.
    const again = Cache.from(restored.snapshot(), { shared: !shared });
    expect(again.size).toBe(restored.size);
    for (const [key, value] of restored) expect(again.get(key)).toBe(value);
  });
});

describe("as a shared cache", () => {
  const snapshot = make(false).snapshot();

  test("has places for eight, each of which takes 64 KiB more", () => {
    const eight = Cache.from(snapshot, { shared: true });
    expect(eight.handle?.threads).toBe(8);
    expect(eight.maxBytes).toBeGreaterThanOrEqual(MAX_BYTES + 7 * 65536);
    const two = Cache.from(snapshot, { shared: true, threads: 2 });
    expect(two.maxBytes).toBeLessThan(MAX_BYTES + 2 * 65536);
    const other = Cache.join(two.handle as CacheHandle);
    two.set("key", "value");
    expect(other.get("key")).toBe("value");
    expect(() => Cache.join(two.handle as CacheHandle)).toThrow("all 2 threads");
  });

  test.each([0, 9, 65])("cannot have %i threads", (threads) => {
    expect(() => Cache.from(snapshot, { shared: true, threads })).toThrow("threads");
  });

  test("waits as long as it is told", () => {
    const cache = Cache.from(snapshot, { shared: true, patienceMs: 123 });
    expect(cache.handle?.patienceMs).toBe(123);
  });
});

describe("events", () => {
  test("of a thread that joins want room", () => {
    const { handle } = Cache.shared({ maxBytes: MAX_BYTES, threads: 2 });
    const onEvict = onEvictNothing;
    expect(() => Cache.join(handle as CacheHandle, { onEvict })).toThrow("`events`");
    // And the place is free still.
    expect(Cache.join(handle as CacheHandle).size).toBe(0);
    const withRoom = Cache.shared({ maxBytes: MAX_BYTES, threads: 2, events: true });
    expect(Cache.join(withRoom.handle as CacheHandle, { onEvict }).size).toBe(0);
  });

  test("of a restored cache take their room beyond the limit", () => {
    const onEvict = onEvictNothing;
    const cache = Cache.from(make(false).snapshot(), { onEvict });
    expect(cache.maxBytes).toBe(MAX_BYTES + 32 * 1024);
    expect(Cache.from(cache.snapshot(), { onEvict }).maxBytes).toBe(MAX_BYTES + 32 * 1024);
  });
});

test("there is none of a server's cache", async () => {
  const server = await createServer({ port: 0, memoryLimit: 4 * MEBIBYTE });
  expect(() => server.cache().snapshot()).toThrow("server");
  server.stop();
});
