/**
 * The store's scalars: one struct at a fixed address, shared by every layer above.
 *
 * Each field has one owner that writes it, named beside it; everyone may read. What is written
 * often stands elsewhere, on cache lines of its own, so that it does not slow down who reads these.
 */
import { CAS_NEXT_PTR, STORE_PTR, STORE_SIZE } from "./region";
import { Option } from "../shared/status";
import { SIZE_BUCKET } from "../shared/limits";
import { THREADED } from "./thread";

@unmanaged
export class StoreState {
  /** `-m` in bytes (slab). */
  memoryLimit: u64;
  /** `hot_max_factor` and `warm_max_factor` (maintenance). */
  hotMaxFactor: f64;
  warmMaxFactor: f64;

  /** Internal seconds, set from outside: the core has no clock. */
  now: u32;
  /** flush_all's cut in internal seconds; items not newer are invisible once it is reached. */
  flushCut: u32;
  /** Bits of `Option`. */
  options: u32;
  /** `-I`. */
  itemSizeMax: u32;
  /** A `HashAlgorithm`. */
  hashAlgorithm: u32;
  /** `-o tail_repair_time` in seconds; 0 = off. */
  tailRepairSeconds: u32;
  /** Threads that have an area. */
  threadCount: u32;
  /** Item locks there are, less 1. */
  itemLockMask: u32;

  /** Hash table (hash/table.ts). */
  tablePtr: u32;
  bucketCount: u32;
  tablePower: u32;
  tablePowerMax: u32;

  /** Slabs (slab/), set at start. */
  slabPagesPtr: u32;
  /** SLAB_PAGE_SIZE, or less in an embedded cache (store/compact.ts). */
  slabPageSize: u32;
  slabPageCount: u32;
  classLargest: u32;
  chunkSizeLargest: u32;
  /** Bytes of an item that are neither key, client flags nor value (item/item.ts). */
  itemOverhead: u32;
  /** The size histogram, 0 = none (`sizeBuckets`). */
  sizesPtr: u32;
  /** Bytes of each thread's log ring: a power of two, or 0 = there are none (log-ring.ts). */
  logRingSize: u32;
  /** What the start-up test of the shared memory writes and reads. */
  token: u32;

  /** Flushes for now that have begun, and that are through (store/remove.ts). */
  flushesBegun: u32;
  flushesEnded: u32;

  /** LRU (lru/, maintenance): 1 = new items begin in HOT, 0 = the LRU is flat. */
  isSegmented: u32;
  /** 1 = items that live at most `temporaryTtl` seconds begin in TEMP. */
  hasTemporary: u32;
  temporaryTtl: u32;
  /** Shares of a class's bytes that HOT and WARM may have. */
  hotPercent: u32;
  warmPercent: u32;
  /** 1 = each eviction asks for a page for its class. */
  movesOnEvict: u32;
}

export const state = changetype<StoreState>(STORE_PTR);

export function storeHas(option: u32): bool {
  return (state.options & option) !== 0;
}

/** Buckets of the size histogram: one for each 32 bytes of the largest item, and one for 0. */
export function sizeBuckets(): u32 {
  return state.itemSizeMax / SIZE_BUCKET + 1;
}

/** A fresh CAS unique, or 0 where items carry none. The first one is 2, as memcached's. */
export function storeNextCas(): u64 {
  if (!storeHas(Option.CAS)) return 0;
  if (THREADED) return atomic.add<u64>(CAS_NEXT_PTR, 1);
  const cas = load<u64>(CAS_NEXT_PTR);
  store<u64>(CAS_NEXT_PTR, cas + 1);
  return cas;
}

if (offsetof<StoreState>() > STORE_SIZE) ERROR("Store outgrew its place in the memory map");
