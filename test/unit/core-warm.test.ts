/**
 * `warm`, which prepares the lookups of many keys: it may change nothing, and read nothing that is
 * not there.
 */
import { Counter, Gauge } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { HashAlgorithm, Option, StoreMode } from "../../assembly/shared/status.ts";
import { KEY_BATCH_MAX, WASM_PAGE_SIZE } from "../../assembly/shared/limits.ts";
import type { CoreExports } from "../../src/core/abi.ts";
import { latin1 } from "../support/bytes.ts";
import { instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";

const MEBIBYTE = 1024 * 1024;

/** Puts the keys into the inbox and their places into the key batch, and warms them. */
function warm(abi: CoreExports, buffer: ArrayBufferLike, keys: readonly string[]): void {
  const bytes = new Uint8Array(buffer);
  const places = new Uint32Array(buffer, abi.keysPtr(), 2 * KEY_BATCH_MAX);
  let at = abi.inboxPtr();
  keys.forEach((key, index) => {
    bytes.set(latin1(key), at);
    places.set([at, key.length], 2 * index);
    at += key.length;
  });
  abi.warm(keys.length);
}

describe("any keys", () => {
  const driver = new CoreDriver();
  driver.now = 100;
  const keys = Array.from({ length: KEY_BATCH_MAX }, (_, index) => `key:${index}`);
  for (const key of keys.slice(0, 40)) driver.set(key, `value of ${key}`, 150);

  test.each([0, 1, 2, 63, KEY_BATCH_MAX])("%i of them: nothing outside the batch changes", (n) => {
    const { abi, bytes } = driver.core;
    warm(abi, bytes.buffer, keys.slice(0, n));
    const before = bytes.slice(0, 12 * MEBIBYTE);
    abi.warm(n);
    const after = bytes.subarray(0, 12 * MEBIBYTE);
    const changed = before.findIndex((byte, at) => byte !== after[at]);
    expect(changed).toBe(-1);
    expect(driver.check()).toBe(0);
  });

  test("dead ones are neither found nor counted by it", () => {
    driver.now = 150;
    const { abi, bytes } = driver.core;
    warm(abi, bytes.buffer, keys);
    expect(driver.items).toBe(40);
    expect(driver.counter(Counter.GET_EXPIRED)).toBe(0);
    expect(driver.fetch(keys[0])).toBeNull();
    expect(driver.items).toBe(39);
  });
});

describe("the last chunk of memory", () => {
  // Memory that ends as soon after a slab page as it can, cut into chunks that fill a slab page to
  // its last byte.
  const wasmPages = (24 * MEBIBYTE) / WASM_PAGE_SIZE + 1;
  const memory = takeMemory("core", wasmPages, wasmPages);
  const abi = instantiate(moduleOf("core"), memory);
  const options = Option.CAS | Option.HASH_EXPAND;
  abi.init(wasmPages, options, HashAlgorithm.MURMUR3, 16, MEBIBYTE, 4096, 1);
  abi.classesByFactor(16, 1.25, MEBIBYTE);
  abi.setNow(100);
  const bytes = new Uint8Array(memory.buffer);
  const found: { key: string; itemPtr: number }[] = [];
  for (let index = 0; ; index++) {
    const key = `key:${index}`;
    bytes.set(latin1(key), abi.inboxPtr());
    const itemPtr = abi.beginSet(abi.inboxPtr(), key.length, 0, 0, 5, StoreMode.SET) >>> 0;
    if (itemPtr === 0) break;
    abi.endSet(itemPtr, StoreMode.SET, 0, 0);
    found.push({ key, itemPtr });
  }

  test("ends where the last slab page ends", () => {
    const last = Math.max(...found.map(({ itemPtr }) => itemPtr));
    expect(abi.gauge(Gauge.ITEMS)).toBe(found.length);
    expect(last + 64).toBe(bytes.length - WASM_PAGE_SIZE);
  });

  test("can be warmed", () => {
    const near = found.toSorted((a, b) => b.itemPtr - a.itemPtr).slice(0, KEY_BATCH_MAX);
    const keys = near.map(({ key }) => key);
    expect(() => warm(abi, memory.buffer, keys)).not.toThrow();
  });
});
