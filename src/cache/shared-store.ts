/**
 * One store for several threads: `Cache.shared` starts it, and each Worker joins with the handle.
 *
 * Every thread has an area in the memory, so there are places for a fixed number of them. A place
 * is given back by `dispose`. A Worker that ends without it keeps its place, and whatever it held:
 * an item that it was just storing or reading stays in memory, unseen. If it ended within a call
 * and held a lock, whoever needs that lock gets a StalledError after `patienceMs`; nothing half
 * done is ever seen, for what a lock guards is not looked at without it.
 *
 * A restored snapshot becomes one too: its memory has areas for several threads in any case.
 */
import { type CacheHandle, type CacheStore, layOut, planned } from "./cache-store.ts";
import { type CachePlan, planCache } from "./plan.ts";
import { TICK_MS, cacheClock, steadyMs } from "./cache-clock.ts";
import { CacheError } from "./cache-error.ts";
import { Core } from "../core/core.ts";
import { moduleOf } from "../core/load.ts";

/** Threads that a shared cache has places for when nothing is said. */
export const THREADS_DEFAULT = 8;
/** Most of them. */
export const THREADS_MAX = 64;

/** How long a thread waits for a lock, in milliseconds; locks are held for microseconds. */
export const PATIENCE_MS = 10_000;

/** Words behind those of the places: the tick, and whether something has a ttl. */
const EXTRA_WORDS = 2;

const FREE = 0;
const TAKEN = 1;

export interface SharedOptions {
  /** How many may have joined at any time, this one included: 8 unless said, at most 64. */
  readonly threads?: number;
  /** How long a call may wait for a lock, in milliseconds: see `StalledError`. */
  readonly patienceMs?: number;
}

export interface SharedStoreOptions extends SharedOptions {
  readonly maxBytes: number;
  /** Threads that join may ask for `onEvict`: room for it is set aside. */
  readonly events?: boolean;
}

/** @throws CacheError RANGE */
export function checkThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= THREADS_MAX) return;
  throw new CacheError("RANGE", `threads must be an integer of 1 to ${THREADS_MAX}`);
}

/** A fresh shared store, and this thread's place in it. */
export function startSharedStore(options: SharedStoreOptions): CacheStore {
  const { maxBytes, threads = THREADS_DEFAULT, patienceMs, events = false } = options;
  checkThreads(threads);
  const plan = planCache({ maxBytes, threads, isShared: true, hasEvents: events });
  return shareStore(layOut("core.threads", plan), plan, steadyMs(), false, patienceMs);
}

/** This thread's place in a memory that was laid out; `hasTtl`: something in it may have one. */
export function shareStore(
  memory: WebAssembly.Memory,
  plan: CachePlan,
  startMs: number,
  hasTtl: boolean,
  patienceMs = PATIENCE_MS,
): CacheStore {
  const { maxBytes, threads } = plan;
  const places = new SharedArrayBuffer(4 * (threads + EXTRA_WORDS));
  new Int32Array(places)[threads + 1] = hasTtl ? 1 : 0;
  const module = moduleOf("core.threads");
  return joinStore({ module, memory, threads, maxBytes, plan, startMs, patienceMs, places });
}

/** The first free place, which is taken then. */
function takePlace(places: Int32Array, threads: number): number {
  for (let place = 0; place < threads; place++) {
    if (Atomics.compareExchange(places, place, FREE, TAKEN) === FREE) return place;
  }
  const remedy = "start it with more `threads`, or dispose caches in Workers that end";
  throw new CacheError("THREADS", `all ${threads} threads of the cache are taken: ${remedy}`);
}

/** A place for this thread in a store that another one started. */
export function joinStore(handle: CacheHandle): CacheStore {
  const { memory, module, patienceMs, plan, startMs, threads } = handle;
  const words = new Int32Array(handle.places);
  const place = takePlace(words, threads);
  const [tickAt, ttlAt] = [threads, threads + 1];
  const core = Core.join({ memory, module, threads: plan.places }, place, patienceMs);
  // The time of all threads is one word, and a thread that was held up must not turn it back.
  const setNow = (tick: number): void => {
    if (tick <= (words[tickAt] as number) >>> 0) return;
    words[tickAt] = tick;
    core.abi.setNow(tick);
  };
  const clock = cacheClock({
    setNow,
    tickMs: TICK_MS,
    elapsedMs: () => steadyMs() - startMs,
    hasTtl: () => words[ttlAt] !== 0,
    noteTtl: () => Atomics.store(words, ttlAt, 1),
  });
  clock.tick();
  const leave = (): void => {
    Atomics.store(words, place, FREE);
  };
  return { core, clock, ...planned(plan), startMs, handle, leave };
}
