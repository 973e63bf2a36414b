/**
 * The core's whole ABI: every function that a host may call. No logic beyond checks of arguments.
 *
 * Conventions: addresses and lengths are u32; keys and values are bytes in linear memory, named by
 * address; 64-bit numbers travel as two u32 (low, high) or as text. The core has no clock: the host
 * tells it the time by `setNow`, in internal seconds. docs/embedding.md describes each call.
 *
 * Order at start: init, then classesByFactor or classesBySizes, then setNow; only then commands.
 */
import {
  CLASS_COUNTERS_PTR,
  CLASS_COUNTERS_SIZE,
  COUNTERS_PTR,
  DUMP_PTR,
  INBOX_PTR,
  KEYS_PTR,
  OUTBOX_PTR,
  RESULT_PTR,
  SIZES_PTR,
} from "./base/region";
import {
  KEY_BATCH_MAX,
  KEY_LENGTH_MAX,
  SLAB_CLASS_COUNT_MAX,
  SLAB_PAGE_SIZE,
} from "./shared/limits";
import { Option } from "./shared/status";
import { beginSet, endSet } from "./store/set";
import { changeNumber, deleteItem, flushAll } from "./store/change";
import { classesFromFactor, classesFromSizes } from "./slab/classes";
import { countersReset } from "./base/counters";
import { dumpClass } from "./store/dump";
import { fetchKeys, fetchText, touchItem } from "./store/fetch";
import { findLive } from "./store/find";
import { REF_COUNT_MAX, itemAt } from "./item/item";
import { keyHash } from "./hash/key-hash";
import { releaseItem } from "./store/link";
import { startPreallocated, startStore } from "./store/start";
import { state, storeHas } from "./base/store-state";
import { storeCheck } from "./store/check";
import { storeClassGauge, storeGauge } from "./store/gauges";
import { tableExpand, tableHashKeys, tableWarm } from "./hash/table";

export { beginSet, endSet, changeNumber, fetchKeys, fetchText, storeCheck as check };

// ── Start ────────────────────────────────────────────────────────────────────────────────────────

/** Lays out zeroed memory of `wasmPages`. `options`: bits of Option. Limits in bytes. */
export function init(
  wasmPages: u32,
  options: u32,
  hashAlgorithm: u32,
  hashPower: u32,
  itemSizeMax: u32,
  memoryLimitMiB: u32,
): void {
  const limit = (<u64>memoryLimitMiB) << 20;
  startStore(wasmPages, options, hashAlgorithm, hashPower, itemSizeMax, limit);
}

export function classesByFactor(sizeMin: u32, factor: f64, chunkSizeLargest: u32): void {
  assert(factor > 1.0 && chunkSizeLargest <= <u32>SLAB_PAGE_SIZE);
  classesFromFactor(sizeMin, factor, chunkSizeLargest);
}

/** Sizes are u32 in the inbox. */
export function classesBySizes(sizeCount: u32, chunkSizeLargest: u32): void {
  classesFromSizes(INBOX_PTR, sizeCount, chunkSizeLargest);
}

export function preallocate(): void {
  startPreallocated();
}

// ── Areas ────────────────────────────────────────────────────────────────────────────────────────

export function inboxPtr(): usize {
  return INBOX_PTR;
}

/** Where `warm` expects address and length of each key, as u32. */
export function keysPtr(): usize {
  return KEYS_PTR;
}

export function outboxPtr(): usize {
  return OUTBOX_PTR;
}

export function resultPtr(): usize {
  return RESULT_PTR;
}

export function countersPtr(): usize {
  return COUNTERS_PTR;
}

export function classCountersPtr(classId: u32): usize {
  return CLASS_COUNTERS_PTR + <usize>classId * CLASS_COUNTERS_SIZE;
}

export function sizesPtr(): usize {
  return SIZES_PTR;
}

export function dumpPtr(): usize {
  return DUMP_PTR;
}

// ── Time and settings ────────────────────────────────────────────────────────────────────────────

export function setNow(seconds: u32): void {
  state.now = seconds;
}

export function setTailRepair(seconds: u32): void {
  state.tailRepairSeconds = seconds;
}

/** False when this memory cannot hold that much, or was preallocated. */
export function setMemoryLimit(mebibytes: u32): bool {
  if (mebibytes > state.slabPageCount || storeHas(Option.PREALLOCATED)) return false;
  state.memoryLimit = (<u64>mebibytes) << 20;
  return true;
}

// ── Items ────────────────────────────────────────────────────────────────────────────────────────

export function copy(target: usize, source: usize, length: u32): void {
  memory.copy(target, source, length);
}

/** Prepares the lookups of `count` keys, whose addresses and lengths stand at `keysPtr`. */
export function warm(count: u32): void {
  assert(count <= <u32>KEY_BATCH_MAX);
  tableHashKeys(count);
  tableWarm(count);
}

/** Drops the hold that beginSet, fetchText or hold gave. */
export function release(itemPtr: usize): void {
  releaseItem(itemAt(itemPtr));
}

/** Holds the live item with this key; its address, or 0. */
export function hold(keyPtr: usize, keyLength: u32): usize {
  assert(keyLength <= <u32>KEY_LENGTH_MAX);
  const ptr = findLive(keyPtr, keyLength, keyHash(keyPtr, keyLength));
  if (ptr === 0 || <u32>itemAt(ptr).refCount >= REF_COUNT_MAX) return 0;
  itemAt(ptr).refCount++;
  return ptr;
}

export function remove(keyPtr: usize, keyLength: u32): bool {
  return deleteItem(keyPtr, keyLength);
}

export function touch(keyPtr: usize, keyLength: u32, expiresAt: u32): bool {
  return touchItem(keyPtr, keyLength, expiresAt);
}

export function flush(cut: u32, removeNewer: bool): void {
  flushAll(cut, removeNewer);
}

// ── Looking in ───────────────────────────────────────────────────────────────────────────────────

export function hashKey(keyPtr: usize, keyLength: u32): u32 {
  return keyHash(keyPtr, keyLength);
}

export function gauge(which: u32): u32 {
  return storeGauge(which);
}

export function classGauge(classId: u32, which: u32): u32 {
  return classId < <u32>SLAB_CLASS_COUNT_MAX ? storeClassGauge(classId, which) : 0;
}

export function resetCounters(): void {
  countersReset();
}

export function dump(classId: u32, limit: u32): u32 {
  return classId < <u32>SLAB_CLASS_COUNT_MAX ? dumpClass(classId, limit) : 0;
}

/** Carries a running expansion of the hash table on by up to `buckets`. */
export function expand(buckets: u32): void {
  tableExpand(buckets);
}
