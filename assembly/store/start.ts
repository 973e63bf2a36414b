/**
 * Starting a store in zeroed memory: the memory map is laid out here, once.
 */
import { CLASSES_PTR, SLAB_CLASS_SIZE, TABLE_PTR } from "../base/region";
import { Option } from "../shared/status";
import { SLAB_PAGE_SIZE, SLAB_CLASS_COUNT_MAX, WASM_PAGE_SIZE } from "../shared/limits";
import { itemOverhead } from "../item/item";
import { slabsPreallocate } from "../slab/slabs";
import { state } from "../base/store-state";
import { tableInit } from "../hash/table";

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

/**
 * Lays out `wasmPages` of memory: hash table, then slab pages. `hashPower` is a wish: it is lowered
 * to what this memory can need at most.
 */
export function startStore(
  wasmPages: u32,
  options: u32,
  hashAlgorithm: u32,
  hashPower: u32,
  itemSizeMax: u32,
  memoryLimit: u64,
): void {
  const memorySize = <u64>wasmPages * WASM_PAGE_SIZE;
  const powerMax = tablePowerFor(memorySize - TABLE_PTR);
  const power = hashPower < powerMax ? hashPower : powerMax;
  const tableEnd = <u64>TABLE_PTR + ((<u64>4) << powerMax);
  const pagesPtr = (tableEnd + SLAB_PAGE_SIZE - 1) & ~(<u64>SLAB_PAGE_SIZE - 1);
  state.casNext = CAS_FIRST;
  state.options = options;
  state.hashAlgorithm = hashAlgorithm;
  state.itemSizeMax = itemSizeMax;
  state.memoryLimit = memoryLimit;
  state.itemOverhead = itemOverhead(options);
  state.slabPagesPtr = <u32>pagesPtr;
  state.slabPageCount = memorySize > pagesPtr ? <u32>((memorySize - pagesPtr) / SLAB_PAGE_SIZE) : 0;
  tableInit(power, powerMax);
}

/** To be called after the class table was made, where `-L` asks for it. */
export function startPreallocated(): void {
  state.options |= Option.PREALLOCATED;
  slabsPreallocate();
}

if (CLASSES_PTR + SLAB_CLASS_SIZE * SLAB_CLASS_COUNT_MAX > TABLE_PTR) ERROR("map out of order");
