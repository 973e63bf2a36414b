/**
 * What an embedded cache stands on: a thread's facade of the core, and its clock.
 *
 *     own        its memory, one thread
 *     shared     one memory for several threads (shared-store.ts)
 *     a server's, whose clients see the same items
 */
import { type CacheClock, TICK_MS, cacheClock, steadyMs } from "./cache-clock.ts";
import { type CoreBuild, instantiate, moduleOf, takeMemory } from "../core/load.ts";
import { CacheError } from "./cache-error.ts";
import { type CachePlan, planCache } from "./plan.ts";
import { Core } from "../core/core.ts";
import { HashAlgorithm, Option } from "../../assembly/shared/status.ts";

/** Smallest chunk: 64 bytes, as a server's. */
const CHUNK_SIZE_MIN = 16;
const GROWTH_FACTOR = 1.25;

/**
 * memcached's larger header and ending, by which `init`'s limit goes: so an item may fill a page,
 * and none is in chunks.
 */
const CLASSIC_MORE = 21;
const MEMORY_LIMIT_MIB = 4095;

export interface CacheStore {
  readonly core: Core;
  readonly clock: CacheClock;
  /** Bytes that it may take in all; of a server's, `-m`. */
  readonly maxBytes: number;
  /** Whether other threads may be at it too. */
  readonly isShared: boolean;
  /** Steady milliseconds of its clock's first tick. */
  readonly startMs: number;
  /** What another thread needs to join, if it can. */
  readonly handle: CacheHandle | null;
  /** This thread leaves. */
  leave(): void;
}

/**
 * What another thread needs to use a shared cache: plain data, which can be posted to any Worker
 * and kept there. `Cache.join` makes a cache of it.
 */
export interface CacheHandle {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  readonly maxBytes: number;
  readonly startMs: number;
  readonly patienceMs: number;
  /** One word for each thread: 1 = taken; then the tick, and whether anything has a ttl. */
  readonly places: SharedArrayBuffer;
}

/** Lays a store out in fresh memory, by a plan. */
export function layOut(build: CoreBuild, plan: CachePlan, threads: number): WebAssembly.Memory {
  const pages = plan.wasmPages;
  const memory = takeMemory(build, pages, pages);
  const abi = instantiate(moduleOf(build), memory);
  const options = Option.EVICT | Option.CAS | Option.HASH_EXPAND;
  const { MURMUR3 } = HashAlgorithm;
  const itemSizeMax = plan.pageSize + CLASSIC_MORE;
  abi.init(pages, options, MURMUR3, plan.hashPower, itemSizeMax, MEMORY_LIMIT_MIB, threads);
  abi.compact(plan.pageCount, plan.pageSize, plan.hashPower, plan.hashPowerMax);
  abi.classesByFactor(CHUNK_SIZE_MIN, GROWTH_FACTOR, plan.pageSize);
  return memory;
}

/** A place that nobody has to give back. */
function stay(): void {}

/** A store of its own over a memory that was laid out; `hasTtl`: something in it may have one. */
export function ownStore(
  memory: WebAssembly.Memory,
  maxBytes: number,
  startMs: number,
  hasTtl: boolean,
): CacheStore {
  const core = Core.join({ module: moduleOf("core"), memory, threads: 1 }, 0);
  let mayEnd = hasTtl;
  const clock = cacheClock({
    setNow: core.abi.setNow,
    tickMs: TICK_MS,
    elapsedMs: () => steadyMs() - startMs,
    hasTtl: () => mayEnd,
    noteTtl: () => {
      mayEnd = true;
    },
  });
  clock.tick();
  return { core, clock, maxBytes, isShared: false, startMs, handle: null, leave: stay };
}

/** A fresh store for one thread. */
export function startStore(maxBytes: number): CacheStore {
  return ownStore(layOut("core", planCache(maxBytes, 1), 1), maxBytes, steadyMs(), false);
}

/** Stands in for a store that was left: whatever is asked of it throws. */
export function closedStore(maxBytes: number): CacheStore {
  const core = closed<Core>();
  const clock = closed<CacheClock>();
  return { core, clock, maxBytes, isShared: false, startMs: 0, handle: null, leave: stay };
}

function refuse(): never {
  throw new CacheError("CLOSED", "the cache was disposed");
}

/** An object that takes a type which it does not have, and throws before anybody can find out. */
export function closed<T extends object>(): T {
  return new Proxy(Object.create(null) as T, { get: refuse });
}
