/**
 * The commands of the model test of caches: what each does to the cache, and to the Map.
 *
 * The cache's part comes first. What it evicts meanwhile it tells, and the world takes that out of
 * the Map at once; then the Map is asked, and has to say the same.
 */
import { expect } from "bun:test";
import * as fc from "fast-check";
import type { Cache } from "../../src/cache/cache.ts";
import { storedNumber } from "../support/stored-number.ts";
import type { Value, World } from "./model-world.ts";

export type Step = fc.AsyncCommand<World, World>;

function step(
  name: string,
  onCache: (cache: Cache, world: World) => unknown,
  onModel: (world: World) => unknown,
  view = 0,
): Step {
  return {
    check: () => true,
    run: async (world) => {
      const cache = world.views[view % world.views.length] as Cache;
      expect(onCache(cache, world)).toEqual(onModel(world));
      world.audit();
    },
    toString: () => `${name} (${view})`,
  };
}

function bytesOf(stored: Value): Uint8Array {
  return typeof stored === "string" ? new TextEncoder().encode(stored) : stored;
}

/** Two values in a row; what was there decides whether they are text. */
function joined(old: Value, first: Uint8Array, second: Uint8Array): Value {
  const both = Buffer.concat([first, second]);
  return typeof old === "string" ? new TextDecoder().decode(both) : new Uint8Array(both);
}

function put(world: World, key: string, value: Value, ticks: number): void {
  world.entries.set(key, { value, endsAt: world.endOf(ticks) });
}

function extend(world: World, key: string, more: Value, isAppend: boolean): unknown {
  const old = world.get(key);
  if (old === undefined) return false;
  const [now, then] = [bytesOf(old.value), bytesOf(more)];
  const value = isAppend ? joined(old.value, now, then) : joined(old.value, then, now);
  world.entries.set(key, { ...old, value });
  return true;
}

/** incr and decr of a number; anything else stays, and the call throws. */
function count(world: World, key: string, by: bigint, initial: bigint | null): unknown {
  const old = world.get(key);
  if (old === undefined) {
    if (initial === null) return undefined;
    put(world, key, String(initial), 5);
    return initial;
  }
  const bytes = bytesOf(old.value);
  const number = storedNumber(bytes);
  if (number === null) return "NOT_NUMERIC";
  const isBelow = by < 0n && -by > number;
  const sum = isBelow ? 0n : BigInt.asUintN(64, number + by);
  const text = String(sum).padEnd(bytes.length, " ");
  world.entries.set(key, { ...old, value: typeof old.value === "string" ? text : bytesOf(text) });
  return sum;
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}

/** Ticks: forever, some, or none. */
const ticks = fc.constantFrom(Infinity, Infinity, 3, 7, 0, -1);
const view = fc.nat(1);

function msOf(world: World, count: number): number {
  return count * world.tickMs;
}

function storing(key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>): fc.Arbitrary<Step>[] {
  const entry = fc.tuple(key, value, ticks, view);
  const steps: fc.Arbitrary<Step>[] = [
    entry.map(([k, v, n, at]) =>
      step(
        `set ${k} for ${n}`,
        (cache, world) => cache.set(k, v, { ttl: msOf(world, n) }) === cache,
        (world) => (put(world, k, v, n), true),
        at,
      ),
    ),
    entry.map(([k, v, n, at]) =>
      step(
        `add ${k} for ${n}`,
        (cache, world) => cache.add(k, v, { ttl: msOf(world, n) }),
        (world) => world.get(k) === undefined && (put(world, k, v, n), true),
        at,
      ),
    ),
    entry.map(([k, v, n, at]) =>
      step(
        `replace ${k} for ${n}`,
        (cache, world) => cache.replace(k, v, { ttl: msOf(world, n) }),
        (world) => world.get(k) !== undefined && (put(world, k, v, n), true),
        at,
      ),
    ),
    entry.map(([k, v, n, at]) =>
      step(
        `cas ${k} for ${n}`,
        (cache, world) => {
          // What it was is no matter: to store it may evict it.
          const before = cache.getWithCas(k)?.cas ?? 1n;
          return cache.cas(k, v, before, { ttl: msOf(world, n) });
        },
        (world) => {
          const old = world.get(k);
          if (old !== undefined) put(world, k, v, n);
          return old === undefined ? "missing" : "stored";
        },
        at,
      ),
    ),
  ];
  return [...steps, ...storingMore(key, value)];
}

function storingMore(key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>): fc.Arbitrary<Step>[] {
  return [
    fc.tuple(key, view).map(([k, at]) =>
      step(
        `cas ${k} of before`,
        (cache) => cache.cas(k, "never", 2n ** 63n),
        (world) => (world.get(k) === undefined ? "missing" : "exists"),
        at,
      ),
    ),
    fc.tuple(fc.array(fc.tuple(key, value), { maxLength: 12 }), ticks, view).map(([all, n, at]) =>
      step(
        `setMany ${all.map(([k]) => k).join()} for ${n}`,
        (cache, world) => {
          // Each is put into the Map once it is stored, and what it has evicted was told.
          const entries = function* (): Generator<[string, Value], undefined> {
            for (const [k, v] of all) {
              yield [k, v];
              put(world, k, v, n);
            }
          };
          return cache.setMany(entries(), { ttl: msOf(world, n) }) === cache;
        },
        () => true,
        at,
      ),
    ),
  ];
}

function changing(key: fc.Arbitrary<string>): fc.Arbitrary<Step>[] {
  // ASCII, so that a text stays one: what else bytes make of it no model has to know.
  const more = fc.oneof(fc.string({ maxLength: 20 }), fc.uint8Array({ maxLength: 20, max: 127 }));
  const number = fc.oneof(fc.bigInt({ min: 0n, max: 200n }), fc.constant(2n ** 64n - 1n));
  return [
    fc.tuple(key, more, fc.boolean(), view).map(([k, v, isAppend, at]) =>
      step(
        `${isAppend ? "append" : "prepend"} ${k}`,
        (cache) => (isAppend ? cache.append(k, v) : cache.prepend(k, v)),
        (world) => extend(world, k, v, isAppend),
        at,
      ),
    ),
    fc
      .tuple(key, number, fc.option(number), fc.boolean(), view)
      .map(([k, by, initial, isIncr, at]) =>
        step(
          `${isIncr ? "incr" : "decr"} ${k} ${by}, or ${initial}`,
          (cache, world) => {
            const options = initial === null ? {} : { initial, ttl: msOf(world, 5) };
            const call = (): unknown =>
              isIncr ? cache.incr(k, by, options) : cache.decr(k, by, options);
            return attempt(call);
          },
          (world) => count(world, k, isIncr ? by : -by, initial),
          at,
        ),
      ),
    fc.tuple(key, ticks, view).map(([k, n, at]) =>
      step(
        `touch ${k} for ${n}`,
        (cache, world) => cache.touch(k, msOf(world, n)),
        (world) => {
          const old = world.get(k);
          if (old !== undefined) put(world, k, old.value, n);
          return old !== undefined;
        },
        at,
      ),
    ),
    fc.tuple(key, view).map(([k, at]) =>
      step(
        `delete ${k}`,
        (cache) => cache.delete(k),
        (world) => world.get(k) !== undefined && world.entries.delete(k),
        at,
      ),
    ),
  ];
}

function reading(key: fc.Arbitrary<string>): fc.Arbitrary<Step>[] {
  return [
    fc.tuple(key, view).map(([k, at]) =>
      step(
        `get, has, ttlOf ${k}`,
        (cache) => [cache.has(k), cache.ttlOf(k), cache.get(k)],
        (world) => {
          const entry = world.get(k);
          if (entry === undefined) return [false, undefined, undefined];
          return [true, entry.endsAt - world.nowMs, entry.value];
        },
        at,
      ),
    ),
    fc.tuple(fc.array(key, { maxLength: 12 }), view).map(([keys, at]) =>
      step(
        `getMany ${keys.join()}`,
        (cache) => cache.getMany(keys),
        (world) => keys.map((k) => world.get(k)?.value),
        at,
      ),
    ),
    fc.tuple(key, fc.constantFrom(0, 10, 60, 50_000), view).map(([k, room, at]) =>
      step(
        `getInto ${k}, ${room}`,
        (cache) => {
          const target = new Uint8Array(room);
          return [cache.getInto(k, target), target];
        },
        (world) => {
          const target = new Uint8Array(room);
          const entry = world.get(k);
          if (entry === undefined) return [undefined, target];
          const bytes = bytesOf(entry.value);
          if (bytes.length <= room) target.set(bytes);
          return [bytes.length, target];
        },
        at,
      ),
    ),
    view.map((at) =>
      step(
        "keys and entries",
        (cache) => [new Set(cache.keys()), new Map(cache.entries())],
        (world) => [new Set(world.live.map(([k]) => k)), new Map(world.live)],
        at,
      ),
    ),
  ];
}

const wholes: fc.Arbitrary<Step>[] = [
  view.map((at) =>
    step(
      "clear",
      (cache) => cache.clear(),
      (world) => world.entries.clear(),
      at,
    ),
  ),
  fc.constantFrom(1, 3, 5).map((n) => ({
    check: () => true,
    run: async (world: World) => {
      await world.advance(n);
      world.audit();
    },
    toString: () => `${n} ticks`,
  })),
  fc.constant({
    check: () => true,
    run: async (world: World) => {
      world.restore();
      world.audit();
    },
    toString: () => "snapshot and from",
  }),
];

/** Any call, with these keys and values. */
export function stepsOf(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<Step>[] {
  return [...storing(key, value), ...changing(key), ...reading(key), ...wholes];
}

/** Mostly what fills a cache. */
export function fillingOf(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<Step>[] {
  const stores = storing(key, value);
  return [...stores, ...stores, ...changing(key), ...reading(key), ...wholes.slice(1)];
}
