/**
 * Chunked items: an item above the largest chunk is a head, in a chunk of a small class, and a list
 * of data chunks with its value.
 *
 *     head      │ header │ CAS │ key │ client flags │ tail │
 *                                                     │  │
 *               ┌───────── firstChunk ────────────────┘  └──── lastChunk ────────┐
 *               ▼                                                               ▼
 *     chunks    │ header │ data … │ ◀──▶ │ header │ data … │ ◀── … ──▶ │ header │ data │
 *
 * The head is the item: it is in the table and in an LRU queue, of the largest class, where its
 * size is counted as if it were in one piece. Only `tail` knows of which class its own chunk is.
 *
 * A data chunk has an item's header, so that flags, class and holds of every chunk stand in one
 * place. Of that header it uses:
 *
 *     hashNext      its head
 *     lruNext       the next chunk, 0 behind the last
 *     lruPrev       the one before; the head before the first
 *     expiresAt     bytes that it may take: fewer than there is room for, behind the last byte
 *     valueLength   bytes of the value in it
 *     refCount      1
 *     itemFlags     CHUNK
 *     slabId        its class, without a segment
 *
 * So each chunk can be found from any other, and moved by mending both its neighbours (the head's
 * tail is the neighbour at either end). The list belongs to who fills the item; once linked it
 * never changes but by such a move, for which the head's lock is to be held and nobody else may
 * hold the item.
 */
import { ITEM_HEADER_SIZE, Item, ItemFlag, itemAt, itemHas, itemSet, itemValuePtr } from "./item";
import { state } from "../base/store-state";
import { Option } from "../shared/status";

/** What a head has in the place of a value. */
@unmanaged
export class ChunkedTail {
  firstChunk: u32;
  lastChunk: u32;
  /** The class that the head's own chunk is of. */
  classId: u32;
}

export const CHUNKED_TAIL_SIZE: u32 = 12;

/** memcached's header of a chunk, and CR LF, which it stores behind a value. */
const CLASSIC_CHUNK_HEADER_SIZE: u32 = 48;
const CLASSIC_END_SIZE: u32 = 2;

export function itemIsChunked(item: Item): bool {
  return itemHas(item, ItemFlag.CHUNKED);
}

export function chunkedTail(head: Item): ChunkedTail {
  return changetype<ChunkedTail>(itemValuePtr(head));
}

export function chunkDataPtr(chunk: Item): usize {
  return changetype<usize>(chunk) + ITEM_HEADER_SIZE;
}

function isClassic(): bool {
  return (state.options & Option.CLASSIC_SIZES) !== 0;
}

/** Bytes of a chunk that are not data, as its class is chosen. */
export function chunkOverhead(): u32 {
  return isClassic() ? CLASSIC_CHUNK_HEADER_SIZE : <u32>ITEM_HEADER_SIZE;
}

/** What is counted behind a value in chunks. */
export function chunkedEndSize(): u32 {
  return isClassic() ? CLASSIC_END_SIZE : 0;
}

/** What the head of an item adds to it, as its class is chosen: memcached's is a chunk header. */
export function chunkedTailSize(): u32 {
  // memcached counts no CR LF in a head, where `itemOverhead` does.
  return isClassic() ? CLASSIC_CHUNK_HEADER_SIZE - CLASSIC_END_SIZE : CHUNKED_TAIL_SIZE;
}

/** Makes a fresh item a head without chunks. */
export function chunkedInit(head: Item, classId: u32): void {
  itemSet(head, ItemFlag.CHUNKED);
  const tail = chunkedTail(head);
  tail.firstChunk = 0;
  tail.lastChunk = 0;
  tail.classId = classId;
}

/** Puts a fresh chunk behind the last one; it may take `room` bytes, and has none yet. */
export function chunkedAppend(head: Item, ptr: usize, classId: u32, room: u32): void {
  const chunk = itemAt(ptr);
  const tail = chunkedTail(head);
  const last = tail.lastChunk;
  chunk.hashNext = <u32>changetype<usize>(head);
  chunk.lruNext = 0;
  chunk.lruPrev = last !== 0 ? last : <u32>changetype<usize>(head);
  chunk.lastAccess = 0;
  chunk.expiresAt = room;
  chunk.valueLength = 0;
  chunk.refCount = 1;
  chunk.slabId = <u8>classId;
  chunk.keyLength = 0;
  chunk.itemFlags = <u16>ItemFlag.CHUNK;
  if (last !== 0) itemAt(last).lruNext = <u32>ptr;
  else tail.firstChunk = <u32>ptr;
  tail.lastChunk = <u32>ptr;
}

/**
 * The first chunk with data of a head, or the next one of a chunk: its address, or 0. Runs of the
 * value are what these hold.
 */
export function chunkAfter(item: Item): usize {
  let at = itemIsChunked(item) ? chunkedTail(item).firstChunk : item.lruNext;
  while (at !== 0 && itemAt(at).valueLength === 0) at = itemAt(at).lruNext;
  return at;
}

/** Where the item's value is, if it is in one piece; else 0. */
export function itemWholePtr(item: Item): usize {
  return itemIsChunked(item) ? 0 : itemValuePtr(item);
}

/** Marks the chunks of a head as CHECKED; false when links or lengths are wrong. */
export function chunkedCheck(head: Item, isWhole: bool): bool {
  const self = <u32>changetype<usize>(head);
  const tail = chunkedTail(head);
  let prev = self;
  let length: u32 = 0;
  let at = tail.firstChunk;
  while (at !== 0) {
    const chunk = itemAt(at);
    if (<u32>chunk.itemFlags !== <u32>ItemFlag.CHUNK) return false;
    if (chunk.hashNext !== self || chunk.lruPrev !== prev) return false;
    if (chunk.valueLength > chunk.expiresAt) return false;
    itemSet(chunk, ItemFlag.CHECKED);
    length += chunk.valueLength;
    prev = at;
    at = chunk.lruNext;
  }
  if (tail.lastChunk !== (prev !== self ? prev : 0)) return false;
  return isWhole ? length === head.valueLength : length <= head.valueLength;
}

if (offsetof<ChunkedTail>() !== CHUNKED_TAIL_SIZE) ERROR("a head's tail is part of the chunk math");
