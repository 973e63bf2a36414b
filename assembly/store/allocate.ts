/**
 * Memory for a new item: from the class's free chunks, a new slab page, or a victim of the LRU.
 */
import { ClassCounter } from "../shared/counters";
import { Option, Result, Status } from "../shared/status";
import { SEGMENT_COLD, SEGMENT_HOT, SEGMENT_WARM } from "../shared/limits";
import { FOR_SERVER } from "../base/thread";
import { classFor } from "../slab/classes";
import { chunkedInit, chunkedTailSize } from "../item/chunks";
import { countClass } from "../base/counters";
import { itemAt, itemClassicSizeOf, itemInit, itemSizeOf } from "../item/item";
import { pagesMoving } from "../slab/pages";
import { evictBeside, pullTail, tailIsAlive } from "./tail";
import { segmentFor } from "../lru/access";
import { seizeIdlePage, seizePage } from "./seize";
import { Results } from "../base/result";
import { slabsAllocate } from "../slab/slabs";
import { state, storeHas } from "../base/store-state";

/** Rounds of "reclaim, allocate, evict" before a store fails (specification §8.5). */
const ROUNDS_MAX: u32 = 10;

/** Rounds in which active items of HOT and WARM are spared. */
const ROUNDS_SPARING: u32 = 5;

/**
 * Makes room in a class: evicts from COLD's tail, or, if nothing can be, lets one item of HOT or
 * WARM go there for the next round; active ones only if `mayTakeActive`. Whether it is worth
 * another round.
 */
export function makeRoom(classId: u32, mayTakeActive: bool, kept: usize): bool {
  if (pullTail(classId | SEGMENT_COLD, true, 0, 0, kept) !== 0) return true;
  if (state.isSegmented === 0) return false;
  if (pullTail(classId | SEGMENT_HOT, mayTakeActive, 0, 0, kept) === 0) {
    pullTail(classId | SEGMENT_WARM, mayTakeActive, 0, 0, kept);
  }
  return true;
}

/** Makes room beside the page that the mover has of the class, in any segment. */
function makeRoomBeside(classId: u32, kept: usize): bool {
  if (pagesMoving(classId) === 0 || !storeHas(Option.EVICT)) return false;
  if (evictBeside(classId | SEGMENT_COLD, kept)) return true;
  if (state.isSegmented === 0) return false;
  return evictBeside(classId | SEGMENT_HOT, kept) || evictBeside(classId | SEGMENT_WARM, kept);
}

/** A chunk, where what was evicted at the tail was all of the page that the mover has. */
function allocateBeside(classId: u32, kept: usize): usize {
  let ptr: usize = 0;
  for (let round: u32 = 0; round < ROUNDS_MAX && ptr === 0; round++) {
    if (!makeRoomBeside(classId, kept)) break;
    ptr = slabsAllocate(classId);
  }
  return ptr;
}

/** A chunk of the class, evicting if need be, or 0. */
export function allocateChunk(classId: u32, kept: usize): usize {
  const coldId = classId | SEGMENT_COLD;
  let round: u32 = 0;
  let ptr: usize = 0;
  const isSeizing = storeHas(Option.SEIZE_PAGES) && storeHas(Option.EVICT);
  for (; round < ROUNDS_MAX; round++) {
    if (state.isSegmented === 0 && !tailIsAlive(coldId)) pullTail(coldId, false, 0, 0, kept);
    ptr = slabsAllocate(classId);
    if (ptr === 0 && isSeizing && seizeIdlePage(classId)) ptr = slabsAllocate(classId);
    if (ptr !== 0 || !makeRoom(classId, round >= ROUNDS_SPARING, kept)) break;
  }
  if (FOR_SERVER && ptr === 0) ptr = allocateBeside(classId, kept);
  if (ptr === 0 && isSeizing && seizePage(classId)) ptr = slabsAllocate(classId);
  for (let i: u32 = 0; i < round; i++) countClass(classId, ClassCounter.DIRECT_RECLAIMS);
  return ptr;
}

/** Whether memcached would take an item of this size at all (`-I`). */
export function isStorable(keyLength: u32, clientFlags: u32, valueLength: u32): bool {
  if (valueLength > state.itemSizeMax) return false;
  return itemClassicSizeOf(keyLength, clientFlags, valueLength) <= state.itemSizeMax;
}

/**
 * A new item, held once and not linked, with its key written and its value to be written; 0 when
 * there is none. One above the largest chunk is but a head: its chunks come with the value.
 *
 * Result: STATUS. `kept` (or 0) is an item that the command itself works on: neither
 * evicted, nor taken for lost by the tail repair, however long ago it was used last.
 */
export function allocateItem(
  keyPtr: usize,
  keyLength: u32,
  clientFlags: u32,
  expiresAt: u32,
  valueLength: u32,
  kept: usize,
): usize {
  if (!isStorable(keyLength, clientFlags, valueLength)) {
    Results.put(Result.STATUS, Status.TOO_LARGE);
    return 0;
  }
  const size = itemSizeOf(keyLength, clientFlags, valueLength);
  const classId = classFor(size);
  let headClassId = classId;
  const isChunked = size > state.chunkSizeLargest;
  if (isChunked) headClassId = classFor(itemSizeOf(keyLength, clientFlags, chunkedTailSize()));
  const ptr = allocateChunk(headClassId, kept);
  if (ptr === 0) {
    countClass(classId, ClassCounter.OUT_OF_MEMORY);
    Results.put(Result.STATUS, Status.NO_MEMORY);
    return 0;
  }
  const slabId = classId | segmentFor(expiresAt);
  itemInit(itemAt(ptr), slabId, keyPtr, keyLength, clientFlags, expiresAt, valueLength);
  if (isChunked) chunkedInit(itemAt(ptr), headClassId);
  Results.put(Result.STATUS, Status.OK);
  return ptr;
}
