/**
 * Bump buffers: what a thread wants to have moved from COLD to WARM.
 *
 * A fetch must not wait for two queues, so it writes down the item's address and hash, and the
 * maintainer does the rest. Each thread has a ring that only it fills and only the maintainer
 * empties, without a lock; one that is full drops the bump, and the item may be bumped by its next
 * fetch.
 *
 *     0           4          8
 *     ┌───────────┬──────────┬─── … ───┬────────┬────────┐
 *     │ filled up │ emptied  │         │ item   │ hash   │ … × 8192
 *     └───────────┴──────────┴─── … ───┴────────┴────────┘
 *     counts of entries, that only rise   64
 *
 * Nothing holds the item meanwhile: it may be gone when its turn comes, and something else may be
 * where it was. So the maintainer believes an entry only if the hash's chain has that address.
 */
import { Counter } from "../shared/counters";
import { Item } from "../item/item";
import { BUMPS_AT, BUMP_COUNT, THREADED, bumpsPtr, bumpsPtrOf } from "../base/thread";
import { count } from "../base/counters";

const FILLED: usize = 0;
const EMPTIED: usize = 4;
const ENTRIES: usize = 64;

function read(ptr: usize): u32 {
  return THREADED ? atomic.load<u32>(ptr) : load<u32>(ptr);
}

function write(ptr: usize, value: u32): void {
  if (THREADED) atomic.store<u32>(ptr, value);
  else store<u32>(ptr, value);
}

function entryPtr(ring: usize, index: u32): usize {
  return ring + ENTRIES + ((<usize>(index & (BUMP_COUNT - 1))) << 3);
}

/** Asks for the item to be moved; false when there is no room for the wish. */
export function bumpLater(item: Item, hash: u32): bool {
  const ring = bumpsPtr();
  const filled = load<u32>(ring + FILLED);
  if (filled - read(ring + EMPTIED) >= BUMP_COUNT) {
    count(Counter.LRU_BUMPS_DROPPED);
    return false;
  }
  const entry = entryPtr(ring, filled);
  store<u32>(entry, <u32>changetype<usize>(item));
  store<u32>(entry + 4, hash);
  write(ring + FILLED, filled + 1);
  return true;
}

/** Entries of this thread's ring that wait for the maintainer. */
export function bumpsWaiting(thread: u32): u32 {
  const ring = bumpsPtrOf(thread);
  return read(ring + FILLED) - load<u32>(ring + EMPTIED);
}

/** Address of the oldest entry that waits: item, then hash, u32 each. */
export function bumpOldest(thread: u32): usize {
  const ring = bumpsPtrOf(thread);
  return entryPtr(ring, load<u32>(ring + EMPTIED));
}

/** The oldest entry was worked off. */
export function bumpDone(thread: u32): void {
  const ring = bumpsPtrOf(thread);
  write(ring + EMPTIED, load<u32>(ring + EMPTIED) + 1);
}

if (BUMPS_AT % 64 !== 0) ERROR("bump buffers begin on a cache line");
