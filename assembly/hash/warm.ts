/**
 * Bringing buckets and items near the processor before they are looked up.
 *
 * A lookup in a large cache waits for memory several times in a row: for its bucket, for the item,
 * for the next one in the chain, for the end of the value. Here the waits of all keys of the key
 * batch run side by side, step by step, and the lookups that follow find everything near.
 *
 *     key batch │ key 0 │ key 1 │ …      hashes │ 0 │ 1 │ …      buckets │ 0 │ 1 │ …
 *                                                                first the first item's address,
 *                                                                then that of the likely one
 *
 * No lock is held: what is read may be changing or gone. It is not believed either. An item that
 * has gone may leave anything in the place of an address: none beyond the memory is followed.
 */
import { THREADED, keyBucketsPtr, keyHashesPtr, keysPtr } from "../base/thread";
import { bucketPtr } from "./table";
import { itemAt, itemKeyPtr } from "../item/item";
import { keyHash } from "./key-hash";

/**
 * So much of a value is brought near, by its middle and its end: no cache line of a small item is
 * left out. The processor fetches what follows on its own.
 */
const WARM_LENGTH: u32 = 128;

/** For so few keys it costs more than it saves. */
const WARM_MIN: u32 = 3;

/**
 * How far behind an item's address may be read: header, key, client flags, WARM_LENGTH. The memory
 * must not end before, wherever a chunk begins.
 */
export const WARM_REACH: u32 = 512;

/** Hashes the `count` keys of the key batch, and makes their lookups ready where that pays. */
export function warmLookups(count: u32): void {
  warmHash(count);
  if (count > WARM_MIN) warmItems(count);
}

/** The same for those whose items will be replaced, too. */
export function warmChanges(count: u32): void {
  warmLookups(count);
  if (count > WARM_MIN) warmNeighbours(count);
}

/** Hashes the `count` keys of the key batch. */
export function warmHash(count: u32): void {
  let key = keysPtr();
  const hashes = keyHashesPtr();
  const end = hashes + ((<usize>count) << 2);
  for (let at = hashes; at < end; at += 4) {
    store<u32>(at, keyHash(load<u32>(key), load<u32>(key + 4)));
    key += 8;
  }
}

/** An address of an item to be, or 0, which may be read as well. */
function reachable(address: u32): usize {
  // 4 GiB is 0 here, and the end then lies WARM_REACH before it.
  if (THREADED && address >= ((<u32>memory.size()) << 16) - WARM_REACH) return 0;
  return address;
}

/**
 * The item of a bucket that a key is for: `first` if its key ends in the same four bytes, or else
 * the next one. Further ones are seldom. Keys of the batch have 250 bytes at most, so what is read
 * is within WARM_REACH; in front of one of less than four bytes lies something else: a wrong guess.
 */
function likelyItem(first: usize, keyPtr: usize, keyLength: usize): usize {
  const item = itemAt(first);
  const end = keyLength - 4;
  const isIt = load<u32>(itemKeyPtr(item) + end) === load<u32>(keyPtr + end);
  return select(first, reachable(item.hashNext), isIt);
}

/**
 * Buckets and items of the `count` keys that were hashed last. The sums are of no use, but without
 * a use for them the loads would be optimised away.
 */
export function warmItems(count: u32): void {
  const buckets = keyBucketsPtr();
  const toHash = keyHashesPtr() - buckets;
  const end = buckets + ((<usize>count) << 2);
  for (let at = buckets; at < end; at += 4) {
    store<u32>(at, load<u32>(bucketPtr(load<u32>(at + toHash))));
  }
  // An empty bucket gives address 0.
  let sum: u32 = 0;
  let key = keysPtr();
  for (let at = buckets; at < end; at += 4) {
    const ptr = likelyItem(load<u32>(at), load<u32>(key), load<u32>(key + 4));
    store<u32>(at, <u32>ptr);
    // Its header comes, if it is not the first one of the bucket.
    sum += load<u32>(ptr);
    key += 8;
  }
  for (let at = buckets; at < end; at += 4) {
    const ptr = <usize>load<u32>(at);
    const item = itemAt(ptr);
    const length = item.valueLength;
    const size = <usize>item.keyLength + (length < WARM_LENGTH ? length : WARM_LENGTH);
    const last = itemKeyPtr(item) + size - 1;
    const middle = ptr + ((last - ptr) >> 1);
    sum += <u32>load<u8>(middle) + <u32>load<u8>(last);
  }
  store<u32>(end, sum);
}

/** Who takes an item out of its queue writes to both its neighbours. */
function warmNeighbours(count: u32): void {
  const buckets = keyBucketsPtr();
  const end = buckets + ((<usize>count) << 2);
  let sum: u32 = 0;
  for (let at = buckets; at < end; at += 4) {
    const item = itemAt(load<u32>(at));
    sum += itemAt(reachable(item.lruNext)).lastAccess;
    sum += itemAt(reachable(item.lruPrev)).lastAccess;
  }
  store<u32>(end, sum);
}
