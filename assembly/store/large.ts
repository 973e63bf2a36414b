/**
 * Large items: values above the largest chunk, in data chunks that are taken while the value comes
 * (item/chunks.ts has the layout). The host reads and writes such a value by runs, each the data of
 * one chunk.
 *
 * Every chunk is of the largest class, but for the last one: that is of the class that fits the
 * rest, or, where there is none to be had, of the largest class too.
 *
 * With `-o classic_sizes` chunks are as memcached's, to the byte. It counts CR LF behind the value,
 * and where append and prepend copy two values into one, each of them fits its own last chunk, and
 * a chunk that is filled to the end is followed by another one at once, even if nothing is left.
 */
import { ClassCounter } from "../shared/counters";
import { Item, itemAt, itemClassId, itemValuePtr } from "../item/item";
import { Result } from "../shared/status";
import { allocateChunk } from "./allocate";
import {
  chunkAfter,
  chunkDataPtr,
  chunkOverhead,
  chunkedAppend,
  chunkedEndSize,
  chunkedTail,
  itemIsChunked,
} from "../item/chunks";
import { classFor } from "../slab/classes";
import { countClass } from "../base/counters";
import { Results } from "../base/result";
import { state } from "../base/store-state";

/** Adds a chunk for the next ones of `length` bytes that are still to come; 0 = no memory. */
function addChunk(head: Item, length: u32, kept: usize): usize {
  const largest = state.chunkSizeLargest;
  const overhead = chunkOverhead();
  let size = length + overhead;
  if (size > largest) size = largest;
  let classId = classFor(size);
  let ptr = allocateChunk(classId, kept);
  if (ptr === 0 && size < largest) {
    size = largest;
    classId = state.classLargest;
    ptr = allocateChunk(classId, kept);
  }
  if (ptr !== 0) chunkedAppend(head, ptr, classId, size - overhead);
  return ptr;
}

/**
 * The next run of a value that is being filled, of which `left` bytes have no place yet: its
 * length, or 0 if there is no memory. Result: VALUE_PTR. The item is the host's alone.
 */
export function addRun(itemPtr: usize, left: u32): u32 {
  const head = itemAt(itemPtr);
  const all = left + chunkedEndSize();
  const ptr = addChunk(head, all, 0);
  if (ptr === 0) return 0;
  const chunk = itemAt(ptr);
  const room = chunk.expiresAt;
  const length = room < left ? room : left;
  chunk.valueLength = length;
  if (length === left) {
    if (room < all && addChunk(head, all - room, 0) === 0) return 0;
    countClass(itemClassId(head), ClassCounter.CMD_SET);
  }
  Results.put(Result.VALUE_PTR, <u32>chunkDataPtr(chunk));
  return length;
}

/**
 * Goes through the runs of a value in chunks: `ptr` is the item, held, or what the last call gave;
 * 0 = there are no more. Result: VALUE_PTR, VALUE_LENGTH of the run.
 */
export function nextRun(ptr: usize): usize {
  const chunk = chunkAfter(itemAt(ptr));
  if (chunk !== 0) {
    Results.put(Result.VALUE_PTR, <u32>chunkDataPtr(itemAt(chunk)));
    Results.put(Result.VALUE_LENGTH, itemAt(chunk).valueLength);
  }
  return chunk;
}

/** Bytes that the last chunk may still take. */
function freeRoom(head: Item): u32 {
  const last = chunkedTail(head).lastChunk;
  return last !== 0 ? itemAt(last).expiresAt - itemAt(last).valueLength : 0;
}

/** Adds `length` bytes at `ptr` to the value; `after` more are to come. False: no memory. */
function addBytes(head: Item, ptr: usize, length: u32, after: u32, kept: usize): bool {
  if (!itemIsChunked(head)) {
    memory.copy(itemValuePtr(head) + head.valueLength, ptr, length);
    head.valueLength += length;
    return true;
  }
  let from = ptr;
  let left = length;
  while (left !== 0) {
    const free = freeRoom(head);
    if (free === 0) {
      if (addChunk(head, left + after, kept) === 0) return false;
      continue;
    }
    const chunk = itemAt(chunkedTail(head).lastChunk);
    const size = free < left ? free : left;
    memory.copy(chunkDataPtr(chunk) + chunk.valueLength, from, size);
    chunk.valueLength += size;
    from += size;
    left -= size;
  }
  return true;
}

/** Ends one of two values as memcached does; `end` bytes behind it are only counted. */
function endClassic(head: Item, end: u32, kept: usize): bool {
  let left = end;
  let free = freeRoom(head);
  while (free <= left) {
    left -= free;
    if (addChunk(head, left, kept) === 0) return false;
    if (left === 0) break;
    free = freeRoom(head);
  }
  return true;
}

/** Adds the value of `source`, behind which `after` bytes are to come. */
function addValue(head: Item, source: Item, after: u32, kept: usize): bool {
  if (!itemIsChunked(source)) {
    return addBytes(head, itemValuePtr(source), source.valueLength, after, kept);
  }
  let left = source.valueLength + after;
  let at = chunkAfter(source);
  while (at !== 0) {
    const chunk = itemAt(at);
    left -= chunk.valueLength;
    if (!addBytes(head, chunkDataPtr(chunk), chunk.valueLength, left, kept)) return false;
    at = chunkAfter(chunk);
  }
  return true;
}

/** Writes two values into a fresh item; any of them may be in chunks. False: no memory. */
export function joinValues(both: Item, first: Item, second: Item, kept: usize): bool {
  const end = itemIsChunked(both) ? chunkedEndSize() : 0;
  // One in a single chunk grows as it is written; after that its length is the same again.
  if (!itemIsChunked(both)) both.valueLength = 0;
  if (!addValue(both, first, end !== 0 ? 0 : second.valueLength, kept)) return false;
  if (end === 0) return addValue(both, second, 0, kept);
  if (first.valueLength !== 0 && !endClassic(both, 0, kept)) return false;
  return addValue(both, second, end, kept) && endClassic(both, end, kept);
}
