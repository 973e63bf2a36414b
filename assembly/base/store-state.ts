/**
 * The store's scalars: one struct at a fixed address, shared by every layer above.
 *
 * Each field has one owner that writes it, named beside it; everyone may read. 64-bit fields first,
 * so that each lies at a multiple of its size.
 */
import { STORE_PTR, STORE_SIZE } from "./region";
import { Option } from "../shared/status";

@unmanaged
export class StoreState {
  /** Next CAS unique to hand out (store). */
  casNext: u64;
  /** Sum of the sizes of linked items (store). */
  bytes: u64;
  /** `-m` in bytes (slab). */
  memoryLimit: u64;

  /** Internal seconds, set from outside: the core has no clock. */
  now: u32;
  /** flush_all's cut in internal seconds; items not newer are invisible once it is reached. */
  flushCut: u32;
  /** Linked items (store). */
  itemCount: u32;
  /** Bits of `Option`. */
  options: u32;
  /** `-I`. */
  itemSizeMax: u32;
  /** A `HashAlgorithm`. */
  hashAlgorithm: u32;
  /** `-o tail_repair_time` in seconds; 0 = off. */
  tailRepairSeconds: u32;

  /** Hash table (hash/table.ts). */
  tableMask: u32;
  tableOldMask: u32;
  tableSplitNext: u32;
  tablePower: u32;
  tablePowerMax: u32;

  /** Slabs (slab/). */
  slabPagesPtr: u32;
  slabPageCount: u32;
  slabPageNext: u32;
  slabPoolCount: u32;
  classLargest: u32;
  classWholePage: u32;
  chunkSizeLargest: u32;
  /** Bytes of an item that are neither key, client flags nor value (item/item.ts). */
  itemOverhead: u32;
}

export const state = changetype<StoreState>(STORE_PTR);

export function storeHas(option: u32): bool {
  return (state.options & option) !== 0;
}

/** A fresh CAS unique, or 0 where items carry none. The first one is 2, as memcached's. */
export function storeNextCas(): u64 {
  if (!storeHas(Option.CAS)) return 0;
  const cas = state.casNext;
  state.casNext = cas + 1;
  return cas;
}

if (offsetof<StoreState>() > STORE_SIZE) ERROR("Store outgrew its place in the memory map");
