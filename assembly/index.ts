/**
 * The core's ABI: every function that a host may call. No logic beyond checks of arguments. This
 * much is in every build; index-server.ts adds what only a server wants.
 *
 * Conventions: addresses and lengths are u32; keys and values are bytes in linear memory, named by
 * address; 64-bit numbers travel as two u32 (low, high) or as text. The core has no clock: the host
 * tells it the time by `setNow`, in internal seconds. docs/embedding.md describes each call.
 *
 * The classic text commands have calls of their own (fetchKeys, endSet, changeNumber, remove). Meta
 * and binary commands ask for more: their calls (fetchItem, endStore, changeItem, removeItem) take
 * options, bits of `Fetch` or `With`, and what those name from the argument area.
 *
 * Order at start: init, then classesByFactor or classesBySizes, then setNow; only then commands.
 */
import { BASELINE_PTR, DUMP_PTR } from "./base/region";
import {
  KEY_BATCH_MAX,
  KEY_LENGTH_MAX,
  SLAB_CLASS_COUNT_MAX,
  SLAB_PAGE_SIZE,
  THREADS_MAX,
} from "./shared/limits";
import { Option } from "./shared/status";
import { beginSet, endSet } from "./store/set";
import {
  argumentPtr,
  countersPtrOf,
  inboxPtr,
  keysPtr,
  logPtrOf,
  outboxPtr,
  resultPtr,
  threadAttach,
} from "./base/thread";
import { changeItem, changeNumber } from "./store/arithmetic";
import { classesFromFactor, classesFromSizes } from "./slab/classes";
import { countersReset } from "./base/counters";
import { dropHold, holdKey } from "./store/hold";
import { deleteItem, flushAll, removeItem } from "./store/remove";
import { dumpClass, dumpEnd } from "./store/dump";
import { endStore } from "./store/store-as";
import { bumpAll, juggleClass } from "./maintenance/maintainer";
import { fetchItem } from "./store/fetch-item";
import { addRun, nextRun } from "./store/large";
import { fetchKeys, fetchText, touchItem } from "./store/fetch";
import { LOG_RING_SIZE_MAX, LOG_RING_SIZE_MIN } from "./shared/log";
import { keyHash } from "./hash/key-hash";
import { scanFrom } from "./store/scan";
import { slabsForgetEvictions, slabsYieldSpares } from "./slab/slabs";
import { startCompact } from "./store/compact";
import { startPreallocated, startStore } from "./store/start";
import { state, storeHas } from "./base/store-state";
import { storeCheck } from "./store/check";
import { storeClassGauge, storeGauge } from "./store/gauges";
import { tableExpand } from "./hash/table";
import { warmHash, warmItems } from "./hash/warm";

export { beginSet, endSet, changeNumber, fetchKeys, fetchText, dumpEnd, storeCheck as check };
export { endStore, changeItem, fetchItem, removeItem };
export { addRun, nextRun };
export { argumentPtr, inboxPtr, keysPtr, outboxPtr, resultPtr };

// ── Start ────────────────────────────────────────────────────────────────────────────────────────

/**
 * Before `init`, if the log is wanted: bytes of the ring that each thread has for it, a power of
 * two from LOG_RING_SIZE_MIN to LOG_RING_SIZE_MAX.
 */
export function setLogRing(size: u32): void {
  assert(size >= <u32>LOG_RING_SIZE_MIN && size <= <u32>LOG_RING_SIZE_MAX);
  assert((size & (size - 1)) === 0);
  state.logRingSize = size;
}

/**
 * Lays out zeroed memory of `wasmPages`, for `threads` threads (1 … 1024; more than one in the
 * threaded build only). `options`: bits of Option. Limits in bytes.
 */
export function init(
  wasmPages: u32,
  options: u32,
  hashAlgorithm: u32,
  hashPower: u32,
  itemSizeMax: u32,
  memoryLimitMiB: u32,
  threads: u32,
): void {
  assert(threads > 0 && threads <= <u32>THREADS_MAX);
  const limit = (<u64>memoryLimitMiB) << 20;
  startStore(wasmPages, options, hashAlgorithm, hashPower, itemSizeMax, limit, threads);
}

/**
 * Makes this instance that of thread `index`, 0 … threads - 1: the areas below are then its own. An
 * instance that does not call it is thread 0.
 */
export function attach(index: u32): void {
  assert(index === 0 || index < state.threadCount);
  threadAttach(index);
}

/** A number that every instance over this memory sees: for a test that they do. */
export function setToken(token: u32): void {
  state.token = token;
}

export function token(): u32 {
  return state.token;
}

/**
 * Lays the memory out for an embedded cache, right after `init`: at most `pageCount` slab pages, of
 * `pageSize` bytes (a power of two, no more than SLAB_PAGE_SIZE); a hash table of 2^power buckets
 * that grows to 2^powerMax.
 */
export function compact(pageCount: u32, pageSize: u32, power: u32, powerMax: u32): void {
  assert(pageSize <= <u32>SLAB_PAGE_SIZE && popcnt<u32>(pageSize) === 1 && power <= powerMax);
  startCompact(pageCount, pageSize, power, powerMax);
}

export function classesByFactor(sizeMin: u32, factor: f64, chunkSizeLargest: u32): void {
  assert(factor > 1.0 && chunkSizeLargest <= <u32>SLAB_PAGE_SIZE);
  classesFromFactor(sizeMin, factor, chunkSizeLargest);
}

/** Sizes are u32 in the inbox. */
export function classesBySizes(sizeCount: u32, chunkSizeLargest: u32): void {
  classesFromSizes(inboxPtr(), sizeCount, chunkSizeLargest);
}

export function preallocate(): void {
  startPreallocated();
}

// ── Areas ────────────────────────────────────────────────────────────────────────────────────────

/** Counters of a thread: u64, by `Counter`, then by class and `ClassCounter`. */
export function countersPtr(thread: u32): usize {
  return countersPtrOf(thread);
}

/** Where they all together stood at the last `resetCounters`, laid out like those of a thread. */
export function baselinePtr(): usize {
  return BASELINE_PTR;
}

/** The log area of a thread: see `LogArea`. */
export function logPtr(thread: u32): usize {
  return logPtrOf(thread);
}

/** The size histogram, u32 for each 32 bytes up to `itemSizeMax`; 0 without TRACK_SIZES. */
export function sizesPtr(): usize {
  return state.sizesPtr;
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

/**
 * Whether new items begin in HOT; and which of them in TEMP instead: those that live at most so
 * many seconds, -1 = none.
 */
export function setLruMode(isSegmented: bool, temporaryTtl: i32): void {
  state.isSegmented = isSegmented ? 1 : 0;
  state.temporaryTtl = temporaryTtl < 0 ? 0 : temporaryTtl;
  state.hasTemporary = temporaryTtl < 0 ? 0 : 1;
}

/** HOT's and WARM's shares of a class's bytes, and their idle time as a multiple of COLD's. */
export function setLruShares(
  hotPercent: u32,
  warmPercent: u32,
  hotMaxFactor: f64,
  warmMaxFactor: f64,
): void {
  state.hotPercent = hotPercent;
  state.warmPercent = warmPercent;
  state.hotMaxFactor = hotMaxFactor;
  state.warmMaxFactor = warmMaxFactor;
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
  warmHash(count);
  warmItems(count);
}

/** Drops the hold that beginSet, a fetch or hold gave. */
export function release(itemPtr: usize): void {
  dropHold(itemPtr);
}

/** Holds the live item with this key; its address, or 0. */
export function hold(keyPtr: usize, keyLength: u32): usize {
  assert(keyLength <= <u32>KEY_LENGTH_MAX);
  return holdKey(keyPtr, keyLength);
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
  slabsForgetEvictions();
}

/** The dump area is the caller's until `dumpEnd`. */
export function dump(classId: u32, limit: u32): u32 {
  return dumpClass(classId, limit);
}

// ── Maintenance ──────────────────────────────────────────────────────────────────────────────────

/** Frees what this thread keeps of pages that are to move; to be called now and then. */
export function yieldSpares(): void {
  slabsYieldSpares();
}

/** Moves items of a class between segments; 0 = there was nothing to do. */
export function juggle(classId: u32): u32 {
  return classId < <u32>SLAB_CLASS_COUNT_MAX ? juggleClass(classId) : 0;
}

/** Moves items that fetches asked for from COLD to WARM; 0 = there were none. */
export function bumpItems(): u32 {
  return bumpAll();
}

/**
 * Holds the first live item at or behind this address, and copies its key to `keyOutPtr`; its
 * address, or 0. From 0, and then from what it gave plus 1, it meets every item.
 */
export function scan(from: u32, keyOutPtr: usize): usize {
  return scanFrom(from, keyOutPtr);
}

/** Carries a running expansion of the hash table on by up to `buckets`. */
export function expand(buckets: u32): void {
  tableExpand(buckets);
}
