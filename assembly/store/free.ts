/**
 * Giving an item's memory back: its chunk, or all of them.
 */
import { Item, itemAt } from "../item/item";
import { chunkedTail, itemIsChunked } from "../item/chunks";
import { slabsFree } from "../slab/slabs";

/** Nobody holds the item any more. The head of a list of chunks goes last: they point to it. */
export function freeItem(item: Item): void {
  if (itemIsChunked(item)) freeChunks(item);
  slabsFree(item);
}

function freeChunks(head: Item): void {
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
