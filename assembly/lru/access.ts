/**
 * What an access does to an item's place in the LRU (specification §8.6).
 *
 * Flat: every item of a class is in one queue, COLD; an access moves it to the head, but at most
 * once a minute, so that hot items do not pay for a list update each time.
 *
 * Segmented: an access only marks the item. The first one says FETCHED, the second ACTIVE, further
 * ones nothing, so that a hot item's cache lines stay clean. What is ACTIVE is moved when the
 * maintainer or an allocation meets it at a tail. Only COLD's is to be saved sooner: its address
 * goes into this thread's bump buffer, and the maintainer moves it to WARM.
 *
 *     HOT ──tail──▶ COLD ──tail──▶ evicted          TEMP: short-lived items, never moved, only
 *      │             │ ▲                            reclaimed
 *      │ active      │ │ tail
 *      │      active ▼ │
 *      └──────────▶ WARM ◀─┐ active: back to the head
 *                     └────┘
 */
import { Item, ItemFlag, itemHas, itemIsCold, itemIsFlushed, itemSet } from "../item/item";
import { SEGMENT_COLD, SEGMENT_HOT, SEGMENT_TEMP } from "../shared/limits";
import { bumpLater } from "./bump-buffer";
import { queueBump } from "./queue";
import { state } from "../base/store-state";

/** Seconds between two moves of the same item in the flat LRU (memcached's). */
const BUMP_INTERVAL_SECONDS: u32 = 60;

/** Where a new item begins. */
export function segmentFor(expiresAt: u32): u32 {
  if (state.isSegmented === 0) return SEGMENT_COLD;
  const isShortLived = expiresAt !== 0 && expiresAt - state.now <= state.temporaryTtl;
  return state.hasTemporary !== 0 && isShortLived ? SEGMENT_TEMP : SEGMENT_HOT;
}

/** A fetch of an item; the lock of its hash is held. */
export function bump(item: Item, hash: u32): void {
  if (state.isSegmented === 0) {
    if (!itemHas(item, ItemFlag.FETCHED)) itemSet(item, ItemFlag.FETCHED);
    flatUpdate(item);
  } else if (!itemHas(item, ItemFlag.ACTIVE)) {
    bumpInactive(item, hash);
  }
}

function bumpInactive(item: Item, hash: u32): void {
  if (!itemHas(item, ItemFlag.FETCHED)) {
    itemSet(item, ItemFlag.FETCHED);
  } else if (!itemIsCold(item)) {
    itemSet(item, ItemFlag.ACTIVE);
    refreshInPlace(item);
  } else if (bumpLater(item, hash)) {
    itemSet(item, ItemFlag.ACTIVE);
  }
}

/** An access that is no fetch: a refused add, a number changed in place. */
export function update(item: Item): void {
  if (state.isSegmented === 0) flatUpdate(item);
  else refreshInPlace(item);
}

/** Moves the item to the head unless that was done within the last minute. */
function flatUpdate(item: Item): void {
  if (item.lastAccess + BUMP_INTERVAL_SECONDS >= state.now) return;
  queueBump(item);
}

/**
 * A newer time without a new place. Not this very second, but the one before: what has this second
 * stands at a queue's head, and flush_all relies on that (queue.ts). What was flushed since it was
 * found stays as old as it is: the time is read before the cut, so a later cut is not behind it.
 */
function refreshInPlace(item: Item): void {
  const before = state.now - 1;
  if (item.lastAccess < before && !itemIsFlushed(item)) item.lastAccess = before;
}
