/**
 * Finding live items: expiry and flush_all are enforced here, lazily, for every command.
 */
import { Counter } from "../shared/counters";
import { Lookup, Result } from "../shared/status";
import { count } from "../base/counters";
import { itemAt, itemIsExpired, itemIsFlushed } from "../item/item";
import { logFetch } from "./log";
import { noteGone } from "./notes";
import { Results } from "../base/result";
import { tableFind } from "../hash/table";
import { unlinkItem } from "./link";

/**
 * The live item with this key, or 0. A dead one that is met is unlinked. Result: LOOKUP. The lock
 * of the hash is held.
 */
export function findLive(keyPtr: usize, keyLength: u32, hash: u32): usize {
  const ptr = find(keyPtr, keyLength, hash);
  logFetch(keyPtr, keyLength, ptr);
  return ptr;
}

function find(keyPtr: usize, keyLength: u32, hash: u32): usize {
  const ptr = tableFind(hash, keyPtr, keyLength);
  if (ptr === 0) {
    Results.put(Result.LOOKUP, Lookup.NOT_FOUND);
    return 0;
  }
  const item = itemAt(ptr);
  if (itemIsFlushed(item)) {
    unlinkItem(item, hash);
    count(Counter.GET_FLUSHED);
    Results.put(Result.LOOKUP, Lookup.FLUSHED);
    return 0;
  }
  if (itemIsExpired(item)) {
    noteGone(item);
    unlinkItem(item, hash);
    count(Counter.GET_EXPIRED);
    Results.put(Result.LOOKUP, Lookup.EXPIRED);
    return 0;
  }
  Results.put(Result.LOOKUP, Lookup.FOUND);
  return ptr;
}
