/**
 * What a program sees that switches from lru-cache to the adapter.
 *
 * Goal: no result differs but for the declared differences, and nothing is silently ignored.
 * Method: a table of calls over the real lru-cache and the adapter; results are equal, or the row
 * is declared with what each of them says. Every public method of the real one is in the table.
 */
import { LRUCache as Adapter } from "../../src/cache/lru-cache.ts";
import { LRUCache as Real } from "lru-cache";
import { expect, test } from "bun:test";

const HOUR_MS = 3_600_000;

/** As the real one wants it: anything but nothing. */
type Value = NonNullable<unknown>;
type Cache = Real<string, Value>;
type Options = Record<string, unknown>;
type Call = (cache: Cache) => unknown;

interface Row {
  readonly options?: Options;
  readonly call: Call;
  /** The difference that docs/cache.md declares: what the adapter says instead. */
  readonly declared?: unknown;
}

const REFUSED = "RANGE";
const fill = (cache: Cache): Cache =>
  cache
    .set("a", 1)
    .set("b", { n: [2] })
    .set("c", "three");
const inOrder = (values: Iterable<unknown>): unknown[] =>
  Array.from(values, (value) => JSON.stringify(value)).toSorted();
const inHours = (ms: number): number => Math.round(ms / HOUR_MS);
const entryOf = (entry: { value?: unknown; ttl?: number; start?: number } | undefined): unknown =>
  entry && [entry.value, inHours(entry.ttl ?? 0), inHours(entry.start ?? 0)];

async function visits(cache: Cache): Promise<unknown[]> {
  const seen: unknown[] = [];
  fill(cache).forEach((value, key) => seen.push([key, value]));
  return await Promise.resolve(inOrder(seen));
}

const ttl = { ttl: HOUR_MS };
const fetchMethod = async (key: string): Promise<string> => await Promise.resolve(`${key}!`);
const memoMethod = (key: string): string => `${key}!`;

const ROWS: Readonly<Record<string, Row>> = {
  "set, get": { call: (c) => [fill(c).get("a"), c.get("b"), c.get("c"), c.get("d")] },
  "set gives itself": { call: (c) => c.set("a", 1) === c },
  "set undefined": { call: (c) => [fill(c).set("a", undefined).has("a"), c.size] },
  "null is a value": { call: (c) => [c.set("a", null as never).get("a"), c.has("a")] },
  has: { call: (c) => [fill(c).has("a"), c.has("d")] },
  peek: { call: (c) => [fill(c).peek("b"), c.peek("d")] },
  delete: { call: (c) => [fill(c).delete("a"), c.delete("a"), c.size] },
  clear: { call: (c) => (fill(c).clear(), [c.size, c.get("a")]) },
  size: { call: (c) => fill(c).set("a", 2).size },
  max: { call: (c) => c.max },
  keys: { call: (c) => inOrder(fill(c).keys()) },
  values: { call: (c) => inOrder(fill(c).values()) },
  entries: { call: (c) => inOrder(fill(c).entries()) },
  iterator: { call: (c) => inOrder(fill(c)) },
  forEach: { call: visits },
  find: { call: (c) => [fill(c).find((v) => v === "three"), c.find((v) => v === 4)] },
  "ttl of the cache": {
    options: ttl,
    call: (c) => inHours(c.set("a", 1).getRemainingTTL("a")),
  },
  "ttl of an item": {
    options: ttl,
    call: (c) => inHours(c.set("a", 1, { ttl: 9 * HOUR_MS }).getRemainingTTL("a")),
  },
  "ttl 0 of an item": { options: ttl, call: (c) => c.set("a", 1, { ttl: 0 }).getRemainingTTL("a") },
  "no ttl": { call: (c) => [c.set("a", 1).getRemainingTTL("a"), c.getRemainingTTL("b")] },
  "noUpdateTTL of the cache": {
    options: { ttl: 9 * HOUR_MS, noUpdateTTL: true },
    call: (c) => inHours(c.set("a", 1, ttl).set("a", 2).getRemainingTTL("a")),
  },
  "noUpdateTTL of a set": {
    options: { ttl: 9 * HOUR_MS },
    call: (c) =>
      inHours(c.set("a", 1, ttl).set("a", 2, { noUpdateTTL: true }).getRemainingTTL("a")),
  },
  "noUpdateTTL taken back": {
    options: { ttl: 9 * HOUR_MS, noUpdateTTL: true },
    call: (c) =>
      inHours(c.set("a", 1, ttl).set("a", 2, { noUpdateTTL: false }).getRemainingTTL("a")),
  },
  info: { options: ttl, call: (c) => [entryOf(fill(c).info("b")), c.info("d")] },
  "info without a ttl": { call: (c) => fill(c).info("a") },
  "dump and load": {
    options: ttl,
    call: (c) => {
      const dumped = fill(c).set("ever", 4, { ttl: 0 }).dump();
      c.set("gone", 5);
      c.load(dumped);
      return [c.size, c.get("b"), inHours(c.getRemainingTTL("a")), c.getRemainingTTL("ever")];
    },
  },
  "load what is over": {
    call: (c) => {
      c.load([["a", { value: 1, ttl: 1000, start: Date.now() - HOUR_MS }]]);
      return c.get("a");
    },
  },
  fetch: {
    options: { fetchMethod },
    call: async (c) => [await c.fetch("a"), c.get("a"), await c.set("a", 1).fetch("a")],
  },
  "fetch with a ttl": {
    options: { fetchMethod },
    call: async (c) => [await c.fetch("a", ttl), inHours(c.getRemainingTTL("a"))],
  },
  "fetch anew": {
    options: { fetchMethod },
    call: async (c) => [await c.set("a", 1).fetch("a", { forceRefresh: true }), c.get("a")],
  },
  "fetch without a method": { call: async (c) => [await c.fetch("a"), await fill(c).fetch("a")] },
  forceFetch: { options: { fetchMethod }, call: async (c) => await c.forceFetch("a") },
  "forceFetch of nothing": {
    options: { fetchMethod: async () => await Promise.resolve(undefined) },
    call: async (c) => await c.forceFetch("a").catch((error: Error) => error.message),
  },
  memo: { options: { memoMethod }, call: (c) => [c.memo("a"), c.get("a"), fill(c).memo("a")] },
  "memo anew": {
    options: { memoMethod },
    call: (c) => [c.set("a", 1).memo("a", { forceRefresh: true, ttl: HOUR_MS }), c.get("a")],
  },
  "purgeStale of nothing": { call: (c) => fill(c).purgeStale() },
  calculatedSize: { call: (c) => c.calculatedSize },
  "values are copies": {
    call: (c) => {
      const value = { n: 1 };
      return c.set("a", value).get("a") === value;
    },
    declared: false,
  },
  "number keys": { call: (c) => inOrder(c.set(7 as never, 1).keys()), declared: ['"7"'] },
  "max is no count": {
    options: { max: 1 },
    call: (c) => fill(c).size,
    declared: 3,
  },
  "an age is not renewed beside ttls of their own": {
    options: ttl,
    call: (c) => c.set("a", 1, { ttl: 9 * HOUR_MS }).get("a", { updateAgeOnGet: true }),
    declared: REFUSED,
  },
  pop: { call: (c) => fill(c).pop(), declared: REFUSED },
  rkeys: { call: (c) => inOrder(fill(c).rkeys()), declared: REFUSED },
  rvalues: { call: (c) => inOrder(fill(c).rvalues()), declared: REFUSED },
  rentries: { call: (c) => inOrder(fill(c).rentries()), declared: REFUSED },
  rforEach: { call: (c) => c.rforEach(() => undefined), declared: REFUSED },
  "allowStale of a get": { call: (c) => fill(c).get("a", { allowStale: true }), declared: REFUSED },
  "status of a set": { call: (c) => c.set("a", 1, { status: {} }).size, declared: REFUSED },
  "start of a set": { call: (c) => c.set("a", 1, { start: 1 }).size, declared: REFUSED },
  "signal of a fetch": {
    options: { fetchMethod },
    call: async (c) => await c.fetch("a", { signal: new AbortController().signal }),
    declared: REFUSED,
  },
  ...Object.fromEntries(
    ["dispose", "disposeAfter", "onInsert"].map((name): [string, Row] => [
      name,
      { options: { [name]: () => undefined }, call: (c) => c.size, declared: REFUSED },
    ]),
  ),
  ...Object.fromEntries(
    "allowStale allowStaleOnFetchAbort allowStaleOnFetchRejection ignoreFetchAbort"
      .split(" ")
      .concat(["noDeleteOnFetchRejection", "ttlAutopurge"])
      .map((name): [string, Row] => [
        name,
        { options: { ttl: HOUR_MS, [name]: true }, call: (c) => c.size, declared: REFUSED },
      ]),
  ),
  perf: { options: { perf: performance }, call: (c) => c.size, declared: REFUSED },
};

/** The result, or the code of what was thrown. */
async function resultOf(make: () => unknown, call: Call): Promise<unknown> {
  try {
    return await call(make() as Cache);
  } catch (error) {
    const { code = String(error) } = error as { code?: unknown };
    return code;
  }
}

test.each(Object.entries(ROWS))("%s", async (_, row) => {
  const options = { max: 5000, ...row.options };
  const real = await resultOf(() => new Real<string, Value>(options as never), row.call);
  const ours = await resultOf(() => new Adapter<string, unknown>(options as never), row.call);
  if ("declared" in row) {
    expect(ours).toEqual(row.declared);
    expect(real).not.toEqual(row.declared);
  } else {
    expect(ours).toEqual(real);
  }
});

/** Of its options' type and its own insides: no part of a cache's use. */
const ELSEWHERE = new Set("constructor fetchMethod memoMethod dispose disposeAfter".split(" "));

test("every public method of lru-cache is there", () => {
  const names = Object.getOwnPropertyNames(Real.prototype).filter((name) => !/^[_#]/.test(name));
  const ours = Object.getOwnPropertyNames(Adapter.prototype);
  const missing = names.filter((name) => !ours.includes(name) && !ELSEWHERE.has(name));
  expect(missing).toEqual(["perf", "onInsert"]);
});

test("an age is renewed by get and has, by the cache's word or the call's", async () => {
  for (const isByCache of [true, false]) {
    const [onGet, onHas] = [{ updateAgeOnGet: true }, { updateAgeOnHas: true }];
    const byCache = isByCache ? { ...onGet, ...onHas } : {};
    const cache = new Adapter<string, number>({ max: 100, ttl: HOUR_MS, ...byCache });
    cache.set("got", 1).set("had", 1).set("ever", 1, { ttl: 0 }).set("left", 1);
    await Bun.sleep(30);
    const before = cache.getRemainingTTL("left");
    cache.get("got", isByCache ? {} : onGet);
    cache.has("had", isByCache ? {} : onHas);
    cache.get("ever", onGet);
    expect(cache.getRemainingTTL("got")).toBeGreaterThan(before + 5);
    expect(cache.getRemainingTTL("had")).toBeGreaterThan(before + 5);
    expect(cache.getRemainingTTL("ever")).toBe(Infinity);
  }
});
