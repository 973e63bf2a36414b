/**
 * Rows about structured clones, for the hosts that have them as bytes: Bun, Node and Deno. Beside
 * the table, in every kind of cache there.
 */
import { deepStrictEqual } from "node:assert";
import { equal, throwsCode } from "./asserting.ts";
import { viewOf } from "./codec-rows.ts";
import type { Row } from "./row.ts";
import type * as Api from "../../src/cache/exports.ts";

type CloneCodec = Api.BytesCodec<unknown>;

/** What a host tells the rows of its structured clones. */
export interface CloneSupport {
  readonly codec: CloneCodec;
  /** Whose form its clones have: those of Bun and of V8 are not each other's. */
  readonly format: "Bun" | "V8";
  readonly rows: Readonly<Record<string, Row>>;
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

const loop: { name: string; self?: unknown; list: unknown[] } = { name: "loop", list: [] };
loop.self = loop;
loop.list.push(loop, loop.list);

/** By name; each is cloned alone, and all of them together. */
const VALUES: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  numbers: [0, -0, 1.5, 2 ** 53, Number.NaN, -Infinity],
  "numbers of any size": [0n, -1n, 2n ** 64n, -(2n ** 200n)],
  texts: ["", "grüße 👋", "\ufeff", "half \ud83d", "x".repeat(1000)],
  booleans: [true, false],
  dates: [new Date(0), new Date(-1.5e12)],
  expression: /ä+/giu,
  map: new Map<unknown, unknown>([
    ["key", new Set([1n, "two", new Date(3)])],
    [{ as: "key" }, new Map([[1, undefined]])],
  ]),
  set: new Set([1, "1", 1n, null]),
  holes: Object.assign(new Array<number>(3), { 0: 1, 2: 3 }),
  bytes: Uint8Array.of(0, 255, 7),
  view: new Uint8Array([9, 8, 7, 6, 5, 4]).subarray(1, 4),
  "typed arrays": [
    Int8Array.of(-1),
    Uint16Array.of(65_535),
    Int32Array.of(-(2 ** 31)),
    Float32Array.of(1.5, Number.NaN),
    Float64Array.of(Math.PI, -0),
    BigInt64Array.of(-(2n ** 63n)),
    new Uint8ClampedArray([300]),
  ],
  buffers: [Uint8Array.of(1, 2).buffer, new DataView(Uint8Array.of(1, 2, 3).buffer, 1)],
  nested: { a: { b: { c: [{ d: new Map([["e", { f: [] }]]) }] } } },
  "of many parts": Array.from({ length: 5000 }, (_, i) => ({ i, text: `part ${i}` })),
  cycle: loop,
};

const FUNCTION = (): number => 1;

const UNCLONEABLE: readonly unknown[] = [
  FUNCTION,
  Symbol("symbol"),
  { deep: [{ in: FUNCTION }] },
  new Map([["key", Symbol("symbol")]]),
  new WeakMap(),
  Promise.resolve(1),
  {
    get thrown(): never {
      throw new RangeError("of a getter");
    },
  },
];

/** What clones are. */
function cloneRows(codec: CloneCodec): Record<string, Row> {
  return {
    "clones of values of every kind": (_, { make }) => {
      const cache = make<unknown>({ codec });
      for (const [name, value] of Object.entries(VALUES)) cache.set(name, value);
      for (const [name, value] of Object.entries(VALUES)) deepStrictEqual(cache.get(name), value);
      deepStrictEqual(cache.getMany(Object.keys(VALUES)), Object.values(VALUES));
      deepStrictEqual(Object.fromEntries(cache.entries()), VALUES);
      deepStrictEqual(cache.set("all", VALUES).get("all"), VALUES);
    },
    "a clone is a copy, and of a class its fields": (_, { make }) => {
      const cache = make<unknown>({ codec });
      const map = new Map([["key", [1]]]);
      cache.set("map", map);
      map.set("key", [2]);
      (cache.get("map") as typeof map).clear();
      deepStrictEqual(cache.get("map"), new Map([["key", [1]]]));
      deepStrictEqual(cache.set("point", new Point(1, 2)).get("point"), { x: 1, y: 2 });
      const bytes = cache.set("bytes", Uint8Array.of(1, 2)).get("bytes") as Uint8Array;
      bytes.fill(9);
      deepStrictEqual(cache.get("bytes"), Uint8Array.of(1, 2));
    },
    "clones are stored under conditions, and counted numbers are none": (_, { make }) => {
      const cache = make<unknown>({ codec });
      deepStrictEqual([cache.add("key", new Set([1])), cache.add("key", 2)], [true, false]);
      const got = cache.getWithCas("key");
      deepStrictEqual(got?.value, new Set([1]));
      deepStrictEqual(cache.cas("key", undefined, got?.cas ?? 0n), "stored");
      deepStrictEqual([cache.get("key"), cache.has("key")], [undefined, true]);
      throwsCode(() => cache.incr("key"), "NOT_NUMERIC");
      cache.incr("number", 1, { initial: 42 });
      throwsCode(() => cache.get("number"), "VALUE");
    },
  };
}

/** What has none, and what is none. */
function refusals(codec: CloneCodec): Record<string, Row> {
  return {
    "what cannot be cloned is refused, and what was there stays": (_, { make, api }) => {
      const cache = make<unknown>({ codec });
      cache.set("key", "old");
      for (const value of UNCLONEABLE) {
        throwsCode(() => cache.set("key", value), "VALUE");
        try {
          cache.add("new", value);
        } catch (error) {
          const { message } = error as Error;
          equal(/^the value has no structured clone: ./.test(message), true, message);
          equal((error as Error).cause instanceof Error, true, "the reason is there");
          equal(error instanceof api.CacheError, true, "is the package's own error");
        }
      }
      equal([cache.get("key"), cache.has("new")], ["old", false]);
    },
    "bytes that are no clone are an error of who reads them": (cache, subject) => {
      const clone = codec.encode({ key: "value", list: [1, 2, 3] });
      for (let length = 0; length < clone.length; length++) {
        cache.set(`cut to ${length}`, clone.slice(0, length));
      }
      cache.set("text", "hello").set("number", "42").set("long", "x".repeat(50_000));
      const clones = viewOf(cache, subject, codec);
      for (const key of Array.from(cache.keys())) {
        throwsCode(() => clones.get(key), "VALUE");
        throwsCode(() => clones.getWithCas(key), "VALUE");
        // Nothing is held: the item can be stored anew.
        deepStrictEqual(clones.set(key, new Set([key])).get(key), new Set([key]));
      }
    },
    "a clone at any place within other bytes": () => {
      const clone = codec.encode([Float64Array.of(1.5), "text"]);
      for (let start = 0; start < 9; start++) {
        const room = new Uint8Array(clone.length + 20).fill(255);
        room.set(clone, start);
        const view = room.subarray(start, start + clone.length);
        deepStrictEqual(codec.decode(view), [Float64Array.of(1.5), "text"]);
      }
    },
  };
}

export function cloneSupport(
  structuredCloneCodec: () => CloneCodec,
  format: "Bun" | "V8",
): CloneSupport {
  const codec = structuredCloneCodec();
  return { codec, format, rows: { ...cloneRows(codec), ...refusals(codec) } };
}

/** Rows that a host with structured clones has for each kind of cache. */
export const CLONE_ROWS = Object.keys(cloneSupport(() => ({}) as never, "V8").rows).length;
