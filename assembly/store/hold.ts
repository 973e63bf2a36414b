/**
 * Holds: an item that somebody keeps from being freed or changed, linked or not.
 */
import { REF_COUNT_MAX, itemAt, itemKeyPtr } from "../item/item";
import { findLive } from "./find";
import { itemLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { releaseItem } from "./link";

/** Holds the live item with this key; its address, or 0. */
export function holdKey(keyPtr: usize, keyLength: u32): usize {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  let ptr = findLive(keyPtr, keyLength, hash);
  if (ptr !== 0 && <u32>itemAt(ptr).refCount >= REF_COUNT_MAX) ptr = 0;
  if (ptr !== 0) itemAt(ptr).refCount++;
  itemUnlock(hash);
  return ptr;
}

/** Drops a hold. */
export function dropHold(itemPtr: usize): void {
  const item = itemAt(itemPtr);
  const hash = keyHash(itemKeyPtr(item), item.keyLength);
  itemLock(hash);
  releaseItem(item);
  itemUnlock(hash);
}
