/**
 * What an embedded cache stands on: a thread's facade of the core, and its clock.
 *
 *     own        its memory, one thread
 *     shared     one memory for several threads (shared-store.ts)
 *     a server's, whose clients see the same items
 */
import { type CacheClock, TICK_MS, cacheClock, steadyMs, stopwatch } from "./cache-clock.ts";
import { type CoreBuild, instantiate, moduleOf, takeMemory } from "../core/load.ts";
import { HashAlgorithm, Option } from "../../assembly/shared/status.ts";
import { CacheError } from "./cache-error.ts";
import { type CachePlan, itemSizeMax, planCache } from "./plan.ts";
import { Core } from "../core/core.ts";

/** Smallest chunk: 64 bytes, as a server's. */
const CHUNK_SIZE_MIN = 16;
const GROWTH_FACTOR = 1.25;

const MEMORY_LIMIT_MIB = 4095;

export interface CacheStore {
  readonly core: Core;
  readonly clock: CacheClock;
  /** How its memory is divided; null = it is a server's. */
  readonly plan: CachePlan | null;
  /** Bytes that it may take in all; of a server's, `-m`. */
  readonly maxBytes: number;
  /** What the core takes for the size of the largest item. */
  readonly itemSizeMax: number;
  /** Room for this thread's notes of what is gone; 0 = it has none. */
  readonly notesBytes: number;
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
  readonly plan: CachePlan;
  readonly startMs: number;
  readonly patienceMs: number;
  /** One word for each thread: 1 = taken; then the tick, and whether anything has a ttl. */
  readonly places: SharedArrayBuffer;
}

/** Lays a store out in fresh memory, by a plan. */
export function layOut(build: CoreBuild, plan: CachePlan): WebAssembly.Memory {
  const { wasmPages, hashPower, hashPowerMax, pageSize, places } = plan;
  const memory = takeMemory(build, wasmPages, wasmPages);
  const abi = instantiate(moduleOf(build), memory);
  const options = Option.EVICT | Option.CAS | Option.HASH_EXPAND;
  const { MURMUR3 } = HashAlgorithm;
  const sizeMax = itemSizeMax(plan);
  abi.init(wasmPages, options, MURMUR3, hashPower, sizeMax, MEMORY_LIMIT_MIB, places);
  abi.compact(plan.pageCount, pageSize, hashPower, hashPowerMax);
  abi.classesByFactor(CHUNK_SIZE_MIN, GROWTH_FACTOR, pageSize);
  return memory;
}

/** A place that nobody has to give back. */
function stay(): void {}

/** What follows from a plan. */
export function planned(
  plan: CachePlan,
): Pick<CacheStore, "plan" | "maxBytes" | "itemSizeMax" | "notesBytes"> {
  const { maxBytes, notesBytes } = plan;
  return { plan, maxBytes, itemSizeMax: itemSizeMax(plan), notesBytes };
}

/** A store of its own over a memory that was laid out; `hasTtl`: something in it may have one. */
export function ownStore(
  memory: WebAssembly.Memory,
  plan: CachePlan,
  startMs: number,
  hasTtl: boolean,
): CacheStore {
  // Several threads may have counted, where it was a shared cache once.
  const core = Core.join({ module: moduleOf("core"), memory, threads: plan.places }, 0);
  const watch = stopwatch(startMs);
  let mayEnd = hasTtl;
  const clock = cacheClock({
    setNow: core.abi.setNow,
    tickMs: TICK_MS,
    elapsedMs: watch.elapsedMs,
    hasTtl: () => mayEnd,
    noteTtl: () => {
      mayEnd = true;
    },
  });
  clock.tick();
  return {
    core,
    clock,
    ...planned(plan),
    handle: null,
    leave: stay,
    get startMs() {
      return watch.startMs();
    },
  };
}

/** A fresh store for one thread. */
export function startStore(maxBytes: number, hasEvents: boolean): CacheStore {
  const plan = planCache({ maxBytes, threads: 1, isShared: false, hasEvents });
  return ownStore(layOut("core", plan), plan, steadyMs(), false);
}

/** Stands in for a store that was left: whatever is asked of it throws. */
export function closedStore({ maxBytes, itemSizeMax: sizeMax }: CacheStore): CacheStore {
  const nothing = { plan: null, notesBytes: 0, startMs: 0, handle: null, leave: stay };
  const parts = { core: closed<Core>(), clock: closed<CacheClock>() };
  return { ...parts, ...nothing, maxBytes, itemSizeMax: sizeMax };
}

function refuse(): never {
  throw new CacheError("CLOSED", "the cache was disposed");
}

/** An object that takes a type which it does not have, and throws before anybody can find out. */
export function closed<T extends object>(): T {
  return new Proxy(Object.create(null) as T, { get: refuse });
}
