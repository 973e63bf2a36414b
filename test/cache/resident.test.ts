/**
 * `maxBytes` is the limit of what the process pays, not of what the cache counts.
 *
 * Method: caches are filled several times over with values of all sizes. The memory that they have
 * touched is read off the memory itself, and the growth of a fresh process from the system.
 */
import { describe, expect, test } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";
import type { CacheHandle } from "../../src/cache/cache-store.ts";
import { usedBlocks } from "../../src/cache/blocks.ts";
import { join } from "node:path";

const MEBIBYTE = 1024 * 1024;
const BLOCK = 4096;

/** Fills a cache several times over with values of all sizes it takes, most of them small. */
function filled(cache: Cache): Cache {
  const value = new Uint8Array(cache.maxValueBytes).fill(7);
  let stored = 0;
  for (let i = 0; stored < cache.maxBytes * 3; i++) {
    const length = Math.floor(value.length ** (((i * 7919) % 1000) / 1000));
    cache.set(`key${i}`, value.subarray(0, length));
    stored += length + 60;
  }
  return cache;
}

/** Bytes of items that a cache of values from 1 byte to a whole page holds at least, of all. */
const SHARE_LEAST = 0.4;

describe.each([1, 2, 8, 64])("of %i MiB", (mebibytes) => {
  const maxBytes = mebibytes * MEBIBYTE;

  test("no more is ever touched, and most of it is items", () => {
    const cache = filled(new Cache({ maxBytes }));
    // A snapshot holds the blocks that were touched, and four bytes for each.
    const touched = cache.snapshot().length / (1 + 4 / BLOCK);
    expect(touched).toBeLessThanOrEqual(maxBytes);
    expect(cache.bytes).toBeGreaterThan(maxBytes * SHARE_LEAST);
    expect(cache.stats().evictions).toBeGreaterThan(0);
  });
});

test.each([1, 2, 8])(
  "%i MiB of the smallest items stay within it too",
  (mebibytes) => {
    const maxBytes = mebibytes * MEBIBYTE;
    const cache = new Cache({ maxBytes });
    for (let i = 0; i < maxBytes / 40; i++) cache.set(`k${i}`, "");
    const touched = cache.snapshot().length / (1 + 4 / BLOCK);
    expect(touched).toBeLessThanOrEqual(maxBytes);
    expect(cache.size * 64).toBeGreaterThan(maxBytes * 0.7);
  },
  30_000,
);

test("the process grows by no more than 5 % above it", async () => {
  const maxBytes = 64 * MEBIBYTE;
  const program = join(import.meta.dirname, "resident-program.ts");
  const child = Bun.spawn([process.execPath, program, String(maxBytes)]);
  const report = JSON.parse(await new Response(child.stdout).text()) as Record<string, number>;
  expect(report["evictions"]).toBeGreaterThan(10_000);
  expect(report["bytes"]).toBeGreaterThan(maxBytes * 0.6);
  expect(report["grown"]).toBeLessThanOrEqual(maxBytes * 1.05);
}, 60_000);

test.each([0, 1000, MEBIBYTE - 1, 1.5 * MEBIBYTE + 0.5, 4096 * MEBIBYTE, Number.NaN, -1])(
  "%p bytes cannot be",
  (maxBytes) => {
    expect(() => new Cache({ maxBytes })).toThrow("maxBytes");
  },
);

test.each([0, 65, 1.5])("%p threads cannot be", (threads) => {
  expect(() => Cache.shared({ maxBytes: MEBIBYTE, threads })).toThrow("threads");
});

test("threads want memory too", () => {
  expect(() => Cache.shared({ maxBytes: MEBIBYTE, threads: 64 })).toThrow("too little");
});

const onEvict = (): void => undefined;

describe("with events", () => {
  test.each([1, 8])("of %i MiB, no more is touched either", (mebibytes) => {
    const maxBytes = mebibytes * MEBIBYTE;
    let told = 0;
    const cache = filled(new Cache({ maxBytes, onEvict: () => told++ }));
    for (let i = 0; i < maxBytes / 40; i++) cache.set(`k${i}`, "");
    const touched = cache.snapshot().length / (1 + 4 / BLOCK);
    expect(touched).toBeLessThanOrEqual(maxBytes);
    expect(told).toBeGreaterThan(100);
  });

  test.each([4, 8, 64])("of %i MiB and three threads, neither", (mebibytes) => {
    const maxBytes = mebibytes * MEBIBYTE;
    const first = Cache.shared({ maxBytes, threads: 3, onEvict });
    const handle = first.handle as CacheHandle;
    for (const cache of [first, Cache.join(handle, { onEvict }), Cache.join(handle, { onEvict })]) {
      for (let i = 0; i < 10_000; i++) cache.set(`k${i}`, "");
      filled(cache);
    }
    const touched = usedBlocks(new Uint8Array(handle.memory.buffer)).length * BLOCK;
    expect(touched).toBeLessThanOrEqual(maxBytes);
    expect(first.bytes).toBeGreaterThan(maxBytes * SHARE_LEAST);
  });
});

test("a place is free again when its thread leaves", () => {
  const cache = Cache.shared({ maxBytes: 4 * MEBIBYTE, threads: 2 });
  const { handle } = cache;
  if (handle === null) throw new Error("a shared cache has a handle");
  {
    using other = Cache.join(handle);
    other.set("key", "value");
    expect(() => Cache.join(handle)).toThrow("all 2 threads");
  }
  expect(Cache.join(handle).get("key")).toBe("value");
});
