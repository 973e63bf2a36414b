/**
 * What a Worker of the host programs does with a cache that it is sent: counts, and stores values
 * of one repeated byte, so that a torn one shows.
 */
import type { CacheApi } from "../row.ts";
import type { Cache, CacheHandle } from "../../../src/cache/exports.ts";

export interface WorkerOrder {
  readonly handle: CacheHandle;
  readonly worker: number;
  readonly rounds: number;
  /**
   * `some`: so many rounds. `ever`: until somebody ends this thread. `delete`: nothing but that
   * one call, of the key `victim`.
   */
  readonly work: "some" | "ever" | "delete";
}

/** Now and then a value is larger than a slab page. */
const LARGE_EVERY = 60;
const LARGE = 70_000;

/** Several large values at the same time may be too much for a small cache: docs/cache.md. */
function store(api: CacheApi, cache: Cache, key: string, value: Uint8Array): void {
  try {
    cache.set(key, value);
  } catch (error) {
    const isTooMuch = error instanceof api.CacheError && error.code === "NO_MEMORY";
    if (!isTooMuch || value.length < LARGE) throw error;
  }
}

/** Says `started` if it is to go on for ever, and else what came of it: `done`, or why not. */
export function work(api: CacheApi, order: WorkerOrder, tell: (answer: string) => void): void {
  const { handle, worker, rounds } = order;
  const cache = api.Cache.join(handle);
  if (order.work !== "some") tell("started");
  if (order.work === "delete") cache.delete("victim");
  const end = order.work === "ever" ? Infinity : rounds;
  for (let i = 0; i < end; i++) {
    // One after the other: whoever sees both at one moment sees the first one ahead by 0 or 1.
    cache.set(`first of ${worker}`, String(i));
    cache.set(`second of ${worker}`, String(i));
    cache.incr("count");
    const key = `key${(i * (worker + 3)) % 700}`;
    const value = cache.get(key) as Uint8Array | undefined;
    if (value?.some((byte) => byte !== value[0]) === true) {
      tell(`torn value of ${key}`);
      return;
    }
    const length = i % LARGE_EVERY === 0 ? LARGE : (i * 37) % 4000;
    store(api, cache, key, new Uint8Array(length).fill(i + worker));
    if (i % 50 === 0) for (const [met] of cache) if (met === "") tell("a key without text");
  }
  cache.dispose();
  tell("done");
}
