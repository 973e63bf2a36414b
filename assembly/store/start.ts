/**
 * Starting a store in zeroed memory: the memory map is laid out here, once.
 */
import { CAS_NEXT_PTR, ITEM_LOCK_POWER_MAX } from "../base/region";
import { Option } from "../shared/status";
import { SLAB_PAGE_SIZE, WASM_PAGE_SIZE } from "../shared/limits";
import { itemOverhead } from "../item/item";
import { slabsPreallocate } from "../slab/slabs";
import { sizeBuckets, state } from "../base/store-state";
import { WARM_REACH } from "../hash/warm";
import { tableInit } from "../hash/table";
import { logPtrOf, threadAreaPtr } from "../base/thread";
import { LogArea } from "../shared/log";

/** The first CAS unique handed out, as memcached's. */
const CAS_FIRST: u64 = 2;

/** Smallest chunk there can be: the first class of `-n 1`. Bounds the number of items. */
const CHUNK_SIZE_MIN: u64 = 56;

/** Smallest power whose table holds `bytes` of items at 1.5 items per bucket. */
function tablePowerFor(bytes: u64): u32 {
  let power: u32 = 12;
  while (power < 28 && (<u64>3) << (power - 1) < bytes / CHUNK_SIZE_MIN) power++;
  return power;
}

/** Item locks, as a power of two: by memcached's table (specification §1.10). */
function itemLockPower(threads: u32): u32 {
  if (threads < 3) return 10;
  if (threads <= 4) return 8 + threads;
  if (threads <= 10) return 13;
  return threads <= 20 ? 14 : ITEM_LOCK_POWER_MAX;
}

/** The threads' log rings, in a row from `ptr` on. Returns the address behind them. */
function logRingsInit(ptr: usize, threads: u32): usize {
  const size = state.logRingSize;
  if (size === 0) return ptr;
  for (let i: u32 = 0; i < threads; i++) {
    store<u32>(logPtrOf(i), <u32>ptr, LogArea.RING);
    store<u32>(logPtrOf(i), size, LogArea.SIZE);
    ptr += size;
  }
  return ptr;
}

/** The size histogram from `ptr` on. Returns the address behind it, on a cache line of its own. */
function sizesInit(ptr: usize): usize {
  state.sizesPtr = <u32>ptr;
  return (ptr + 4 * <usize>sizeBuckets() + 63) & ~63;
}

/**
 * Lays out `wasmPages` of memory: thread areas, log rings, size histogram, hash table, slab pages.
 * `hashPower` is a wish: it is lowered to what this memory can need at most.
 */
export function startStore(
  wasmPages: u32,
  options: u32,
  hashAlgorithm: u32,
  hashPower: u32,
  itemSizeMax: u32,
  memoryLimit: u64,
  threads: u32,
): void {
  const memorySize = <u64>wasmPages * WASM_PAGE_SIZE - WARM_REACH;
  state.itemSizeMax = itemSizeMax;
  let end = logRingsInit(threadAreaPtr(threads), threads);
  if ((options & Option.TRACK_SIZES) !== 0) end = sizesInit(end);
  const tablePtr = <u32>end;
  const powerMax = tablePowerFor(memorySize - tablePtr);
  const power = hashPower < powerMax ? hashPower : powerMax;
  const lockPower = itemLockPower(threads);
  store<u64>(CAS_NEXT_PTR, CAS_FIRST);
  state.threadCount = threads;
  state.itemLockMask = ((<u32>1) << (lockPower < power ? lockPower : power)) - 1;
  state.options = options;
  state.hashAlgorithm = hashAlgorithm;
  state.memoryLimit = memoryLimit;
  state.isSegmented = (options & Option.SEGMENTED) !== 0 ? 1 : 0;
  state.hotPercent = 20;
  state.warmPercent = 40;
  state.hotMaxFactor = 0.2;
  state.warmMaxFactor = 2.0;
  state.itemOverhead = itemOverhead(options);
  placeSlabPages(memorySize, <u64>tablePtr + ((<u64>4) << powerMax), SLAB_PAGE_SIZE);
  tableInit(tablePtr, power, powerMax);
}

/** Slab pages lie behind the table, aligned to their size, as many as the memory has room for. */
export function placeSlabPages(memorySize: u64, tableEnd: u64, pageSize: u32): void {
  const pagesPtr = (tableEnd + pageSize - 1) & ~(<u64>pageSize - 1);
  state.slabPageSize = pageSize;
  state.slabPagesPtr = <u32>pagesPtr;
  state.slabPageCount = memorySize > pagesPtr ? <u32>((memorySize - pagesPtr) / pageSize) : 0;
}

/** To be called after the class table was made, where `-L` asks for it. */
export function startPreallocated(): void {
  state.options |= Option.PREALLOCATED;
  slabsPreallocate();
}
