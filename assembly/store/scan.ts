/**
 * Walking over all items, one call each: in the order of their chunks, so that no list has to stand
 * still meanwhile. What is stored anew during a walk may be met twice, or not at all.
 */
import {
  ItemFlag,
  REF_COUNT_MAX,
  itemAt,
  itemClientFlags,
  itemHas,
  itemKeyPtr,
} from "../item/item";
import { Result } from "../shared/status";
import { findLive } from "./find";
import { handValue } from "./fetch-item";
import { itemLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { Results } from "../base/result";
import { slabClass } from "../slab/classes";
import { pageOwner, pagePtr, pagesNext } from "../slab/pages";

/**
 * The first live item whose chunk begins at `from` or behind: its address, or 0 = there is none. It
 * is held for the caller until `release`. Its key is copied to `keyOutPtr`. Result: ITEM,
 * VALUE_PTR, VALUE_LENGTH, CLIENT_FLAGS, EXPIRES_AT, OUT_LENGTH (of the key).
 */
export function scanFrom(from: u32, keyOutPtr: usize): usize {
  for (let index: u32 = 0; index < pagesNext(); index++) {
    const slab = slabClass(pageOwner(index));
    const size = slab.chunkSize;
    let ptr = pagePtr(index);
    if (size === 0) continue;
    let i: u32 = from > ptr ? (from - ptr + size - 1) / size : 0;
    for (ptr += i * size; i < slab.perPage; i++, ptr += size) {
      if (scanned(ptr, keyOutPtr)) return ptr;
    }
  }
  return 0;
}

/** Holds the item in this chunk, if there is one and it is alive. */
function scanned(ptr: usize, keyOutPtr: usize): bool {
  const item = itemAt(ptr);
  if (!itemHas(item, ItemFlag.LINKED)) return false;
  // Without its lock this may be changing; with it, the table tells whether it was so.
  const keyLength: u32 = item.keyLength;
  const keyPtr = itemKeyPtr(item);
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const isLive = findLive(keyPtr, keyLength, hash) === ptr && <u32>item.refCount < REF_COUNT_MAX;
  if (isLive) {
    memory.copy(keyOutPtr, keyPtr, keyLength);
    Results.put(Result.OUT_LENGTH, keyLength);
    Results.put(Result.CLIENT_FLAGS, itemClientFlags(item));
    Results.put(Result.EXPIRES_AT, item.expiresAt);
    handValue(item, 0, true);
  }
  itemUnlock(hash);
  return isLive;
}
