/**
 * Giving the chunks of a chunked item back.
 */
import { Item, itemAt } from "../item/item";
import { chunkedTail } from "../item/chunks";
import { slabsFree } from "../slab/slabs";

/** Frees the data chunks; the head, which they point to, is next, and of its own class then. */
export function freeChunks(head: Item): void {
  const tail = chunkedTail(head);
  let at = tail.firstChunk;
  while (at !== 0) {
    const chunk = itemAt(at);
    at = chunk.lruNext;
    chunk.refCount = 0;
    slabsFree(chunk);
  }
  head.slabId = <u8>tail.classId;
}
