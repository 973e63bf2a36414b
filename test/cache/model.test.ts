/**
 * The embedded cache against a plain Map, through its public API, with random calls.
 *
 * Goal: what a Map and the rules of memcached's commands say is what the cache says, in any order
 * of calls, with snapshots in between. Method: fast-check's commands; memory is ample, so that
 * nothing is evicted. The seed is printed by fast-check when it fails.
 */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Cache } from "../../src/cache/cache.ts";

const MAX_BYTES = 8 * 1024 * 1024;
const KEYS = ["a", "b", "ä", "k".repeat(250)];

type Model = Map<string, string | Uint8Array>;
interface Real {
  cache: Cache;
}
type Step = fc.Command<Model, Real>;

const key = fc.constantFrom(...KEYS);
const value = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.integer({ min: 30_000, max: 40_000 }).map((length) => "v".repeat(length)),
  fc.constantFrom(200_000, 300_000).map((length) => new Uint8Array(length).fill(length)),
  fc.nat().map(String),
);

/** A command from what it does to the model and to the cache; both have to say the same. */
function step(
  name: string,
  onModel: (model: Model) => unknown,
  onCache: (cache: Cache) => unknown,
  check: (model: Readonly<Model>) => boolean = () => true,
): Step {
  return {
    check,
    run: (model, real) => {
      expect(onCache(real.cache)).toEqual(onModel(model));
      expect(real.cache.size).toBe(model.size);
    },
    toString: () => name,
  };
}

function bytesOf(stored: string | Uint8Array): Uint8Array {
  return typeof stored === "string" ? new TextEncoder().encode(stored) : stored;
}

/** Whether both together are no larger than the cache takes: an eighth of it. */
function fits(model: Readonly<Model>, name: string, more: string | Uint8Array): boolean {
  const length = bytesOf(model.get(name) ?? "").length + bytesOf(more).length;
  return length < MAX_BYTES / 10;
}

/** Two values in a row; what was there decides whether they are text. */
function joined(old: string | Uint8Array, first: Uint8Array, second: Uint8Array) {
  const both = Buffer.concat([first, second]);
  return typeof old === "string" ? new TextDecoder().decode(both) : new Uint8Array(both);
}

function extend(model: Model, name: string, more: string | Uint8Array, isAppend: boolean): boolean {
  const old = model.get(name);
  if (old === undefined) return false;
  const [now, then] = [bytesOf(old), bytesOf(more)];
  model.set(name, isAppend ? joined(old, now, then) : joined(old, then, now));
  return true;
}

/** incr of decimal text; anything else stays, and the call throws. */
function increase(model: Model, name: string, by: number): unknown {
  const old = model.get(name);
  if (old === undefined) return undefined;
  const digits = Buffer.from(bytesOf(old)).toString("latin1");
  if (!/^\d{1,20} *$/.test(digits) || BigInt(digits.trim()) >= 2n ** 64n) return "NOT_NUMERIC";
  const sum = BigInt.asUintN(64, BigInt(digits.trim()) + BigInt(by));
  const text = String(sum).padEnd(digits.length, " ");
  model.set(name, typeof old === "string" ? text : bytesOf(text));
  return sum;
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const entry = fc.tuple(key, value);

const steps: fc.Arbitrary<Step>[] = [
  entry.map(([k, v]) =>
    step(
      `set ${k}`,
      (model) => void model.set(k, v),
      (cache) => void cache.set(k, v),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `add ${k}`,
      (model) => !model.has(k) && model.set(k, v) === model,
      (cache) => cache.add(k, v),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `replace ${k}`,
      (model) => model.has(k) && model.set(k, v) === model,
      (cache) => cache.replace(k, v),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `append ${k}`,
      (model) => extend(model, k, v, true),
      (cache) => cache.append(k, v),
      (model) => fits(model, k, v),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `prepend ${k}`,
      (model) => extend(model, k, v, false),
      (cache) => cache.prepend(k, v),
      (model) => fits(model, k, v),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `cas ${k}`,
      (model) => (model.has(k) ? (model.set(k, v), "stored exists") : "missing"),
      (cache) => {
        const before = cache.getWithCas(k)?.cas ?? 0n;
        const first = cache.cas(k, v, before);
        return first === "stored" ? `stored ${cache.cas(k, "other", before)}` : first;
      },
    ),
  ),
  fc.tuple(key, fc.nat()).map(([k, by]) =>
    step(
      `incr ${k} ${by}`,
      (model) => increase(model, k, by),
      (cache) => attempt(() => cache.incr(k, BigInt(by))),
    ),
  ),
  key.map((k) =>
    step(
      `get ${k}`,
      (model) => model.get(k),
      (cache) => cache.get(k),
    ),
  ),
  key.map((k) =>
    step(
      `delete ${k}`,
      (model) => model.delete(k),
      (cache) => cache.delete(k),
    ),
  ),
  entry.map(([k, v]) =>
    step(
      `set ${k}, ended`,
      (model) => model.delete(k),
      (cache) => {
        const had = cache.has(k);
        cache.set(k, v, { ttl: -1 });
        cache.has(k);
        return had;
      },
    ),
  ),
  fc.constant(
    step(
      "entries",
      (model) => new Map(model),
      (cache) => new Map(cache.entries()),
    ),
  ),
  fc.constant(
    step(
      "clear",
      (model) => model.clear(),
      (cache) => cache.clear(),
    ),
  ),
  fc.boolean().map((shared): Step => ({
    check: () => true,
    run: (_, real) => {
      real.cache = Cache.from(real.cache.snapshot(), { shared });
    },
    toString: () => `snapshot and from, shared: ${shared}`,
  })),
];

test.each(["unshared", "shared"])(
  "%s: any calls say what a Map says",
  (kind) => {
    fc.assert(
      fc.property(fc.commands(steps, { maxCommands: 60 }), (commands) => {
        fc.modelRun(() => {
          const cache =
            kind === "shared"
              ? Cache.shared({ maxBytes: MAX_BYTES, threads: 1 })
              : new Cache({ maxBytes: MAX_BYTES });
          return { model: new Map<string, string | Uint8Array>(), real: { cache } };
        }, commands);
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);
