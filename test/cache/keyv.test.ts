/**
 * Keyv's own published test suite over our store.
 *
 * It is written for vitest, of which it uses `it`, hooks and `expect`; Bun's do the same here, and
 * package.json keeps vitest and sqlite3, which the suite names as dependencies and never loads,
 * from being installed.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";
import { Keyv } from "keyv";
import { KeyvStore } from "../../src/cache/keyv-store.ts";
import { textCodec } from "../../src/cache/codec.ts";
import keyvTestSuite, { keyvIteratorTests } from "@keyv/test-suite";

type Body = (context: { expect: typeof expect }) => unknown;

let ran = 0;

const runner = {
  it: (name: string, body: Body) => {
    test(name, async () => {
      ran++;
      await body({ expect });
    });
  },
  beforeEach,
  afterEach,
};

const MAX_BYTES = 2 * 1024 * 1024;
/** A store knows one namespace, so each of Keyv's has its own, over one cache. */
const cache = new Cache({ maxBytes: MAX_BYTES, codec: textCodec });
const store = (): KeyvStore => new KeyvStore({ maxBytes: MAX_BYTES }, cache);

describe("Keyv's suite", () => {
  keyvTestSuite(runner as never, Keyv as never, store);
});

describe("Keyv's suite for iterators", () => {
  keyvIteratorTests(runner as never, Keyv as never, store);
});

test("the suites ran", () => {
  expect(ran).toBeGreaterThan(40);
});

test("values end in the store, not only in Keyv's eyes", async () => {
  const own = new KeyvStore({ maxBytes: MAX_BYTES });
  const keyv = new Keyv({ store: own });
  await keyv.set("key", "value", 30);
  expect(await own.has("keyv:key")).toBe(true);
  await Bun.sleep(60);
  expect(await own.has("keyv:key")).toBe(false);
  expect(await own.hasMany(["keyv:key"])).toEqual([false]);
});

test("many at once, and the end", async () => {
  const own = new KeyvStore({ maxBytes: MAX_BYTES });
  await own.setMany([
    { key: "a", value: "1" },
    { key: "b", value: "2", ttl: 60_000 },
  ]);
  expect(await own.getMany(["a", "b", "c"])).toEqual(["1", "2", undefined]);
  await own.disconnect();
  expect(own.get("a")).rejects.toThrow("disposed");
});
