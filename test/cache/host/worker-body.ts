/**
 * What a Worker of the host programs does with a cache that it is sent: counts, and stores values
 * of one repeated byte, so that a torn one shows.
 */
import type { CacheApi } from "../row.ts";
import type { CacheHandle } from "../../../src/cache/exports.ts";

export interface WorkerOrder {
  readonly handle: CacheHandle;
  readonly worker: number;
  readonly rounds: number;
  /** Go on until somebody ends this thread. */
  readonly forEver: boolean;
}

/** Says `started` if it is to go on for ever, and else what came of it: `done`, or why not. */
export function work(api: CacheApi, order: WorkerOrder, tell: (answer: string) => void): void {
  const { handle, worker, rounds, forEver } = order;
  const cache = api.Cache.join(handle);
  if (forEver) tell("started");
  const end = forEver ? Infinity : rounds;
  for (let i = 0; i < end; i++) {
    cache.incr("count");
    const key = `key${(i * (worker + 3)) % 700}`;
    const value = cache.get(key) as Uint8Array | undefined;
    if (value?.some((byte) => byte !== value[0]) === true) {
      tell(`torn value of ${key}`);
      return;
    }
    cache.set(key, new Uint8Array((i * 37) % 4000).fill(i + worker));
    if (i % 50 === 0) for (const [met] of cache) if (met === "") tell("a key without text");
  }
  cache.dispose();
  tell("done");
}
