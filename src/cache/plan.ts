/**
 * How `maxBytes` is divided: fixed areas, hash table at its largest, slab pages.
 *
 * Everything that can ever become resident counts. Address space that is reserved and never touched
 * does not: the memory map has gaps, and the memory is larger than `maxBytes` by them.
 */
import {
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
/** Item locks where more than two threads share the memory, at most. */
const LOCKS_BYTES = 128 * KIBIBYTE;
/** What is touched of a thread's area: results, counters, inbox, 32 KiB of the outbox. */
const THREAD_BYTES = 64 * KIBIBYTE;

/** Reserved below the hash table: the fixed areas, and a thread's area with room to spare. */
const FIXED_SPACE = 6 * MEBIBYTE;
const THREAD_SPACE = 768 * KIBIBYTE;

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

export interface CachePlan {
  readonly wasmPages: number;
  readonly pageCount: number;
  readonly pageSize: number;
  readonly hashPower: number;
  readonly hashPowerMax: number;
}

function powerBelow(value: number): number {
  return Math.floor(Math.log2(value));
}

/**
 * The plan for so many bytes and threads.
 *
 * @throws CacheError RANGE below 1 MiB, where threads leave no room, and above what 4 GiB hold
 */
export function planCache(maxBytes: number, threads: number): CachePlan {
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
  const fixed = FIXED_BYTES + threads * THREAD_BYTES + (threads > 2 ? LOCKS_BYTES : 0);
  const pageCount = Math.floor((maxBytes - fixed - tableBytes) / pageSize);
  const space =
    FIXED_SPACE + threads * THREAD_SPACE + tableBytes + (Math.max(pageCount, 0) + 1) * pageSize;
  const wasmPages = Math.ceil(space / WASM_PAGE_SIZE);
  if (pageCount < 1) {
    throw new CacheError("RANGE", `maxBytes of ${maxBytes} is too little for ${threads} threads`);
  }
  if (wasmPages > WASM_PAGE_COUNT_MAX || pageCount > PAGE_COUNT_MAX) {
    throw new CacheError("RANGE", `maxBytes of ${maxBytes} is above what one memory holds (4 GiB)`);
  }
  const hashPower = Math.min(HASH_POWER_START, hashPowerMax);
  return { wasmPages, pageCount, pageSize, hashPower, hashPowerMax };
}
