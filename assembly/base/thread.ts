/**
 * A thread's own area: what only the thread that runs this instance writes.
 *
 *     0        result slots, scratch, argument slots
 *     256      locks held, by rank (debug build)
 *     512      spare chunk of each slab class, u32 × 64
 *     1 KiB    counters, u64
 *     15 KiB   log area: what is watched, and where the log ring has come to
 *     16 KiB   key batch: address and length of up to 64 keys, then bucket and hash of each
 *     32 KiB   inbox (16 KiB + slack)
 *     64 KiB   outbox (256 KiB)
 *     320 KiB  bump buffer (lru/bump-buffer.ts)
 *
 * The areas lie in a row. `ownAt` is the one global that an instance has: which of them is its own.
 * Without threads there is one area, and its address is a constant.
 */
import { COUNTERS_SIZE, THREADS_PTR } from "./region";
import {
  INBOX_SIZE,
  INBOX_SLACK,
  KEY_BATCH_MAX,
  OUTBOX_SIZE,
  SLAB_CLASS_COUNT_MAX,
} from "../shared/limits";
import { Argument, Result } from "../shared/status";
import { LogArea } from "../shared/log";

/** Whether several threads share the memory: otherwise locks compile to nothing. */
export const THREADED: bool = isDefined(CORE_THREADS);

/** Whether this build is for a server: the one for embedding has neither log nor page mover. */
export const FOR_SERVER: bool = isDefined(CORE_SERVER);

export const THREAD_AREA_SIZE: usize = 0x61000;

/** Entries of a bump buffer; a power of two (memcached's number). */
export const BUMP_COUNT: u32 = 8192;

const SCRATCH_AT: usize = 0x80;
const ARGUMENTS_AT: usize = 0xc0;
const HELD_AT: usize = 0x100;
const SPARES_AT: usize = 0x200;
const COUNTERS_AT: usize = 0x400;
const LOG_AT: usize = 0x3c00;
const KEYS_AT: usize = 0x4000;
const KEY_BUCKETS_AT: usize = 0x4200;
const KEY_HASHES_AT: usize = 0x4400;
const INBOX_AT: usize = 0x8000;
const OUTBOX_AT: usize = 0x10000;
export const BUMPS_AT: usize = 0x50000;

/**
 * Where this instance's area lies behind the first one. No address: asc would set that in a start
 * function, and the core has none.
 */
let ownAt: usize = 0;

export function threadAreaPtr(index: u32): usize {
  return THREADS_PTR + <usize>index * THREAD_AREA_SIZE;
}

/** To be called once in each instance, before anything else but `init`. */
export function threadAttach(index: u32): void {
  ownAt = <usize>index * THREAD_AREA_SIZE;
}

function own(): usize {
  return THREADED ? THREADS_PTR + ownAt : THREADS_PTR;
}

export function resultPtr(): usize {
  return own();
}

/** Room for one u64 that a call needs for a moment. */
export function scratchPtr(): usize {
  return own() + SCRATCH_AT;
}

export function argumentPtr(): usize {
  return own() + ARGUMENTS_AT;
}

/** u32 for each LockRank: how many locks of it this thread holds. */
export function heldPtr(): usize {
  return own() + HELD_AT;
}

export function countersPtr(): usize {
  return own() + COUNTERS_AT;
}

export function countersPtrOf(index: u32): usize {
  return threadAreaPtr(index) + COUNTERS_AT;
}

export function sparePtr(classId: u32): usize {
  return own() + SPARES_AT + ((<usize>classId) << 2);
}

export function sparePtrOf(index: u32, classId: u32): usize {
  return threadAreaPtr(index) + SPARES_AT + ((<usize>classId) << 2);
}

/** See `LogArea`. */
export function logPtr(): usize {
  return own() + LOG_AT;
}

export function logPtrOf(index: u32): usize {
  return threadAreaPtr(index) + LOG_AT;
}

export function keysPtr(): usize {
  return own() + KEYS_AT;
}

export function keyBucketsPtr(): usize {
  return own() + KEY_BUCKETS_AT;
}

export function keyHashesPtr(): usize {
  return own() + KEY_HASHES_AT;
}

export function inboxPtr(): usize {
  return own() + INBOX_AT;
}

export function outboxPtr(): usize {
  return own() + OUTBOX_AT;
}

export function bumpsPtr(): usize {
  return own() + BUMPS_AT;
}

export function bumpsPtrOf(index: u32): usize {
  return threadAreaPtr(index) + BUMPS_AT;
}

if (<usize>Result.COUNT * 4 > SCRATCH_AT) ERROR("result > scratch");
if (SCRATCH_AT + 8 > ARGUMENTS_AT) ERROR("scratch > arguments");
if (ARGUMENTS_AT + <usize>Argument.COUNT * 4 > HELD_AT) ERROR("arguments > locks held");
if (SPARES_AT + 4 * SLAB_CLASS_COUNT_MAX > COUNTERS_AT) ERROR("spares > counters");
if (COUNTERS_AT + COUNTERS_SIZE > LOG_AT) ERROR("counters > log area");
if (LOG_AT + <usize>LogArea.LENGTH > KEYS_AT) ERROR("log area > key batch");
if (KEYS_AT + 8 * KEY_BATCH_MAX > KEY_BUCKETS_AT) ERROR("key batch > its buckets");
if (KEY_BUCKETS_AT + 4 * KEY_BATCH_MAX + 4 > KEY_HASHES_AT) ERROR("key buckets > hashes");
if (KEY_HASHES_AT + 4 * KEY_BATCH_MAX > INBOX_AT) ERROR("key hashes > inbox");
if (INBOX_AT + INBOX_SIZE + INBOX_SLACK > OUTBOX_AT) ERROR("inbox > outbox");
if (OUTBOX_AT + OUTBOX_SIZE > BUMPS_AT) ERROR("outbox > bump buffer");
if (BUMPS_AT + 64 + 8 * BUMP_COUNT > THREAD_AREA_SIZE) ERROR("bump buffer > thread area");
