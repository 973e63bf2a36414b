/**
 * How `maxBytes` is divided: fixed areas, hash table at its largest, slab pages.
 *
 * Everything that can ever become resident counts. Address space that is reserved and never touched
 * does not: the memory map has gaps, and the memory is larger than `maxBytes` by them.
 */
import {
  COPY_LENGTH_MAX,
  OUTBOX_SIZE,
  SLAB_PAGE_SIZE,
  WASM_PAGE_COUNT_MAX,
  WASM_PAGE_SIZE,
} from "../../assembly/shared/limits.ts";
import { CacheError } from "./cache-error.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Least that a cache can be made of. */
export const MAX_BYTES_LEAST = MEBIBYTE;

/** What is touched of the fixed areas: scalars, classes, queues, baseline, locks, page owners. */
const FIXED_BYTES = 128 * KIBIBYTE;
/** Item locks where threads share the memory: u32 × 2^13, of more than ten 2^15. */
const LOCKS_BYTES = 32 * KIBIBYTE;
const LOCKS_BYTES_OF_MANY = 128 * KIBIBYTE;
const MANY_THREADS = 11;
/** What is touched of a thread's area: results, counters, inbox, 32 KiB of the outbox. */
const THREAD_BYTES = 64 * KIBIBYTE;

/** Reserved below the hash table: the fixed areas, and a thread's area with room to spare. */
const FIXED_SPACE = 4 * MEBIBYTE;
const THREAD_SPACE = 400 * KIBIBYTE;

/** Thread areas that every cache has address space for, so that it can be shared one day. */
export const PLACES_LEAST = 8;

/** Notes of what is gone stand behind what values need of a thread's outbox. */
export const NOTES_AT = COPY_LENGTH_MAX;
const NOTES_BYTES_MAX = OUTBOX_SIZE - COPY_LENGTH_MAX;

/** Slab pages that a cache has at least, unless those would be below 16 KiB. */
const PAGES_WANTED = 64;
const PAGE_SIZE_LEAST = 16 * KIBIBYTE;
/** Owners of slab pages have one byte each in an area of this length. */
const PAGE_COUNT_MAX = 4096;

/** Bytes of the cache for each bucket of the largest table: about 1.5 items of 96 bytes. */
const BYTES_PER_BUCKET = 144;
const BUCKET_BYTES = 4;
const HASH_POWER_LEAST = 10;
const HASH_POWER_START = 16;

/** A value may fill this part of the slab pages. */
const VALUE_SHARE = 8;

/**
 * memcached's larger header and ending, by which the core's limit goes: so an item of the largest
 * size fills its pages to the end.
 */
const CLASSIC_MORE = 21;

/** memcached's size of an item beside its value: header, CAS unique, longest key, client flags. */
const CLASSIC_EXTRA_MAX = 51 + 8 + 250 + 4;

/** What a cache is to be. */
export interface CacheWish {
  readonly maxBytes: number;
  readonly threads: number;
  /** More than one thread may use it: there are locks. */
  readonly isShared: boolean;
  /** Somebody may want to hear what is evicted. */
  readonly hasEvents: boolean;
}

/** How a memory is divided: plain numbers, kept in handles and snapshots. */
export interface CachePlan {
  readonly maxBytes: number;
  /** Threads that `maxBytes` covers. */
  readonly threads: number;
  /** Threads that there are areas for. */
  readonly places: number;
  /** Bytes of each thread's notes of what is gone; 0 = there are no events. */
  readonly notesBytes: number;
  readonly wasmPages: number;
  readonly pageCount: number;
  readonly pageSize: number;
  readonly hashPower: number;
  readonly hashPowerMax: number;
}

function powerBelow(value: number): number {
  return Math.floor(Math.log2(value));
}

function locksBytes(threads: number): number {
  return threads < MANY_THREADS ? LOCKS_BYTES : LOCKS_BYTES_OF_MANY;
}

/** What the core takes for the size of the largest item. */
export function itemSizeMax({ pageCount, pageSize }: CachePlan): number {
  return Math.max(Math.floor(pageCount / VALUE_SHARE), 1) * pageSize + CLASSIC_MORE;
}

/** The longest value that fits beside any key. */
export function valueBytesMax(sizeMax: number): number {
  return sizeMax - CLASSIC_EXTRA_MAX;
}

/**
 * A plan for more threads, or for events, over the same memory. They take what they need beyond
 * `maxBytes`, which is so much more then.
 *
 * @throws CacheError RANGE where it has no places for so many
 */
export function widened(plan: CachePlan, threads: number, hasEvents: boolean): CachePlan {
  if (threads > plan.places) {
    throw new CacheError("RANGE", `a cache of this snapshot has ${plan.places} threads at most`);
  }
  const notesBytes = hasEvents ? notesBytesFor(plan.pageSize) : plan.notesBytes;
  const all = Math.max(threads, plan.threads);
  const more = all > plan.threads ? (all - plan.threads) * THREAD_BYTES + LOCKS_BYTES : 0;
  const notes = all * notesBytes - plan.threads * plan.notesBytes;
  return { ...plan, threads: all, notesBytes, maxBytes: plan.maxBytes + more + notes };
}

/** A page that changes hands is what is evicted at once: its keys are less than all of it. */
function notesBytesFor(pageSize: number): number {
  return Math.min(pageSize, NOTES_BYTES_MAX);
}

/**
 * The plan for so many bytes and threads.
 *
 * @throws CacheError RANGE below 1 MiB, where threads leave no room, and above what 4 GiB hold
 */
export function planCache({ maxBytes, threads, isShared, hasEvents }: CacheWish): CachePlan {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MAX_BYTES_LEAST) {
    throw new CacheError("RANGE", `maxBytes must be an integer of at least ${MAX_BYTES_LEAST}`);
  }
  const pageSize = Math.min(
    SLAB_PAGE_SIZE,
    Math.max(PAGE_SIZE_LEAST, 2 ** powerBelow(maxBytes / PAGES_WANTED)),
  );
  const hashPowerMax = Math.max(
    HASH_POWER_LEAST,
    Math.ceil(Math.log2(maxBytes / BYTES_PER_BUCKET)),
  );
  const tableBytes = BUCKET_BYTES * 2 ** hashPowerMax;
  const notesBytes = hasEvents ? notesBytesFor(pageSize) : 0;
  const fixed =
    FIXED_BYTES + threads * (THREAD_BYTES + notesBytes) + (isShared ? locksBytes(threads) : 0);
  const places = Math.max(threads, PLACES_LEAST);
  const pageCount = Math.floor((maxBytes - fixed - tableBytes) / pageSize);
  const space =
    FIXED_SPACE + places * THREAD_SPACE + tableBytes + (Math.max(pageCount, 0) + 1) * pageSize;
  const wasmPages = Math.ceil(space / WASM_PAGE_SIZE);
  if (pageCount < 1) {
    throw new CacheError("RANGE", `maxBytes of ${maxBytes} is too little for ${threads} threads`);
  }
  if (wasmPages > WASM_PAGE_COUNT_MAX || pageCount > PAGE_COUNT_MAX) {
    throw new CacheError("RANGE", `maxBytes of ${maxBytes} is above what one memory holds (4 GiB)`);
  }
  const hashPower = Math.min(HASH_POWER_START, hashPowerMax);
  const memory = { wasmPages, pageCount, pageSize, hashPower, hashPowerMax };
  return { maxBytes, threads, places, notesBytes, ...memory };
}
