/**
 * The codec that docs/cache.md shows for structured clones, on a host that has them as bytes.
 */
import { deserialize, serialize } from "node:v8";
import { expect, test } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";

test("structured clones", () => {
  const codec = { kind: "bytes", encode: serialize, decode: deserialize } as const;
  const cache = new Cache<unknown>({ maxBytes: 1024 * 1024, codec });
  const value = { when: new Date(7), map: new Map([["key", new Set([1n])]]), nothing: undefined };
  cache.set("key", value);
  expect(cache.get("key")).toEqual(value);
  expect(cache.get("key")).not.toBe(value);
});
