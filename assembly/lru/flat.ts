/**
 * The flat LRU (specification §8.6): every item of a class in one queue, COLD.
 *
 * An access moves the item to the head, but at most once a minute, so that hot items do not pay for
 * a list update each time. The store asks for victims one by one, oldest first.
 */
import { Item, ItemFlag, itemHas, itemSet } from "../item/item";
import { queueBump } from "./queue";
import { state } from "../base/store-state";

/** Seconds between two moves of the same item (memcached's ITEM_UPDATE_INTERVAL). */
const BUMP_INTERVAL_SECONDS: u32 = 60;

/** How many items from the tail are looked at before giving up (specification §8.5). */
export const TAIL_TRIES: u32 = 5;

/** A fetch: marks the item, and bumps it if it was not bumped lately. Its lock is held. */
export function flatBump(item: Item): void {
  // Written once only: a hot item's cache lines then stay clean.
  if (!itemHas(item, ItemFlag.FETCHED)) itemSet(item, ItemFlag.FETCHED);
  flatUpdate(item);
}

/** Moves the item to the head unless that was done within the last minute. */
export function flatUpdate(item: Item): void {
  if (item.lastAccess + BUMP_INTERVAL_SECONDS >= state.now) return;
  queueBump(item);
}
