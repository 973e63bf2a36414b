/**
 * The page mover: empties the page that is to move, chunk by chunk (specification §8.10).
 *
 * Free chunks are taken out of the free list, dead items are reclaimed, live ones are rescued: they
 * move to another chunk of their class, with their CAS unique, their time and their place in the
 * LRU. What somebody holds stays for another round, until all chunks are loose.
 *
 * Holders are mostly gone by the next round. Some are not: a client who does not read, an upload
 * that does not go on, or one reader after the other of an item that many want. So in time
 *
 *     a held item in one chunk      gets a copy, which others meet from then on
 *     a held item in several        is deleted, as memcached does
 *     a page that has not emptied   is given up, so that others can move
 *
 * Whether a chunk holds an item is asked of the hash table: its header may be changing while it is
 * read, so it only says where to look. With the lock of that hash, the chain tells the truth.
 */
import { Counter } from "../shared/counters";
import {
  Item,
  ItemFlag,
  itemAt,
  itemClassId,
  itemClear,
  itemHas,
  itemIsExpired,
  itemIsFlushed,
  itemKeyPtr,
} from "../item/item";
import { MoveBusy } from "../shared/status";
import { chunkedTail, itemIsChunked } from "../item/chunks";
import { count } from "../base/counters";
import { fillFreed, pageIsDetached, pageMoving, pagePtr, slabs } from "../slab/pages";
import { itemTryLock, itemUnlock, maintenanceLock, maintenanceUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { makeRoom } from "../store/allocate";
import { moveEnd, moveGiveUp } from "../slab/moving";
import { queueSwap } from "../lru/queue";
import { slabClass } from "../slab/classes";
import { slabsAllocate, slabsFreeLoose, slabsYieldSpares } from "../slab/slabs";
import { slabsSweep } from "../slab/page-move";
import { tableHolds, tableReplace } from "../hash/table";
import { unlinkItem } from "../store/link";

/** After so many rounds an item in one chunk that is held is copied: about a second. */
const HELD_ROUNDS: u32 = 200;

/** After so many rounds large items that are held are deleted: half a minute. */
const PATIENT_ROUNDS: u32 = 5000;

/** After so many rounds the move is given up: about a minute. */
const ROUNDS_MAX: u32 = 10_000;

/**
 * After so many rounds in a row without room for a live item the move is given up: about a second.
 * With `-M` nothing makes room, and the page's free chunks are wanted.
 */
const STARVED_ROUNDS: u32 = 200;

/** Tries to get a chunk for an item that is to be rescued. */
const ROOM_TRIES: u32 = 10;

/**
 * What a slice tells: there is no page to move (any more); more to do; nothing at once; or that the
 * move was given up, for want of room or because of what is held.
 */
export enum MoveState {
  IDLE = 0,
  WORKING = 1,
  WAITING = 2,
  FAILED = 3,
  STUCK = 4,
}

/** Looks at chunks of the page that moves, `bytes` of them or one. A `MoveState`. */
export function moveSlice(bytes: u32): u32 {
  maintenanceLock();
  const moving = pageMoving();
  const state = moving === 0 ? MoveState.IDLE : slice(moving - 1, bytes);
  maintenanceUnlock();
  return state;
}

function slice(index: u32, bytes: u32): MoveState {
  const slab = slabClass(slabs.movingFrom);
  const start = pagePtr(index);
  if (slabs.cursor === 0) slabsYieldSpares();
  for (let at: u32 = 0; at < bytes && slabs.cursor < slab.perPage; at += slab.chunkSize) {
    const item = itemAt(start + slabs.cursor * slab.chunkSize);
    slabs.cursor++;
    // Once loose a chunk stays so: to see that needs no lock.
    if (itemHas(item, ItemFlag.LOOSE) || slabsSweep(item, slab)) continue;
    const busy = clear(item);
    if (busy !== MoveBusy.NONE) slabs.lastBusy = busy;
  }
  if (slabs.cursor < slab.perPage) return MoveState.WORKING;
  slabs.cursor = 0;
  slabs.rounds++;
  if (!moveEnd()) return waitOrGiveUp();
  count(Counter.SLABS_MOVED);
  return MoveState.IDLE;
}

function waitOrGiveUp(): MoveState {
  slabs.starvedRounds = slabs.isStarved !== 0 ? slabs.starvedRounds + 1 : 0;
  slabs.isStarved = 0;
  const isStarved = slabs.starvedRounds >= STARVED_ROUNDS;
  if (!isStarved && slabs.rounds < ROUNDS_MAX) return MoveState.WAITING;
  moveGiveUp();
  return isStarved ? MoveState.FAILED : MoveState.STUCK;
}

/** Tries to empty a chunk that is in use; what was in the way. */
function clear(item: Item): MoveBusy {
  const flags = <u32>item.itemFlags;
  if ((flags & ItemFlag.SLABBED) !== 0) return MoveBusy.FLOATING;
  const isPart = (flags & ItemFlag.CHUNK) !== 0;
  const head = isPart ? itemAt(item.hashNext) : item;
  if (changetype<usize>(head) === 0) return MoveBusy.UPLOADING;
  const hash = keyHash(itemKeyPtr(head), head.keyLength);
  if (!itemTryLock(hash)) return MoveBusy.LOCKED;
  const busy = clearLocked(item, head, isPart, hash);
  itemUnlock(hash);
  return busy;
}

/** The lock of the hash that `head` seems to have is held. */
function clearLocked(item: Item, head: Item, isPart: bool, hash: u32): MoveBusy {
  if (!tableHolds(hash, <u32>changetype<usize>(head))) return MoveBusy.UPLOADING;
  if (isPart && !isPartOf(item, head)) return MoveBusy.UPLOADING;
  if (itemIsExpired(head) || itemIsFlushed(head)) {
    count(Counter.SLAB_INLINE_RECLAIM);
    const isHeld = head.refCount > 1;
    unlinkItem(head, hash);
    return isHeld ? MoveBusy.FLOATING : MoveBusy.NONE;
  }
  if (head.refCount > 1) return stay(head, hash);
  const classId = isPart || !itemIsChunked(item) ? itemClassId(item) : chunkedTail(item).classId;
  const ptr = roomFor(classId, head);
  if (ptr === 0) return MoveBusy.ACTIVE;
  memory.copy(ptr, changetype<usize>(item), slabClass(classId).chunkSize);
  if (isPart) movePart(item, itemAt(ptr), head);
  else moveItem(item, itemAt(ptr), hash);
  item.refCount = 0;
  fillFreed(changetype<usize>(item), slabClass(classId));
  slabsFreeLoose(item);
  return MoveBusy.NONE;
}

function isPartOf(item: Item, head: Item): bool {
  const isPart = itemHas(item, ItemFlag.CHUNK) && item.hashNext === <u32>changetype<usize>(head);
  return isPart && itemIsChunked(head);
}

/** Somebody holds the item, and frees its chunks if it is stored no more by then. */
function stay(head: Item, hash: u32): MoveBusy {
  count(Counter.SLAB_BUSY_ITEMS);
  if (!itemIsChunked(head)) {
    if (slabs.rounds > HELD_ROUNDS) replaceHeld(head, hash);
  } else if (slabs.rounds > PATIENT_ROUNDS) {
    count(Counter.SLAB_BUSY_DELETES);
    unlinkItem(head, hash);
  }
  return MoveBusy.ACTIVE;
}

/** A copy takes the item's place, where there is room for one; holders keep the item. */
function replaceHeld(item: Item, hash: u32): void {
  const ptr = roomFor(itemClassId(item), item);
  if (ptr === 0) return;
  const fresh = itemAt(ptr);
  memory.copy(ptr, changetype<usize>(item), slabClass(itemClassId(item)).chunkSize);
  fresh.refCount = 1;
  moveItem(item, fresh, hash);
  item.lruPrev = 0;
  item.lruNext = 0;
  itemClear(item, ItemFlag.LINKED);
  item.refCount--;
}

/** A chunk of the class for what is to live on, or 0: then this is a starved round. */
function roomFor(classId: u32, kept: Item): usize {
  const ptr = chunkFor(classId, changetype<usize>(kept));
  if (ptr !== 0) return ptr;
  count(Counter.SLAB_BUSY_NOMEM);
  slabs.isStarved = 1;
  return 0;
}

/** A chunk of the class outside of the page that moves, evicting if need be; or 0. */
function chunkFor(classId: u32, kept: usize): usize {
  for (let tries: u32 = 0; tries < ROOM_TRIES;) {
    const ptr = slabsAllocate(classId);
    if (ptr === 0) {
      if (!makeRoom(classId, tries >= ROOM_TRIES / 2, kept)) return 0;
      tries++;
    } else if (pageIsDetached(ptr)) {
      // It was free, and the sweep had not come by.
      itemAt(ptr).refCount = 0;
      fillFreed(ptr, slabClass(classId));
      slabsFreeLoose(itemAt(ptr));
    } else {
      return ptr;
    }
  }
  return 0;
}

/** `fresh` is a copy of a linked item: it takes its place. */
function moveItem(old: Item, fresh: Item, hash: u32): void {
  tableReplace(old, fresh, hash);
  queueSwap(old, fresh);
  count(Counter.TOTAL_ITEMS);
  count(Counter.SLAB_RESCUES);
  if (!itemIsChunked(fresh)) return;
  const self = <u32>changetype<usize>(fresh);
  let at = chunkedTail(fresh).firstChunk;
  if (at !== 0) itemAt(at).lruPrev = self;
  for (; at !== 0; at = itemAt(at).lruNext) itemAt(at).hashNext = self;
}

/** `fresh` is a copy of a chunk of `head`: its neighbours are told. */
function movePart(old: Item, fresh: Item, head: Item): void {
  count(Counter.SLAB_CHUNK_RESCUES);
  const self = <u32>changetype<usize>(fresh);
  const tail = chunkedTail(head);
  if (old.lruPrev === <u32>changetype<usize>(head)) tail.firstChunk = self;
  else itemAt(old.lruPrev).lruNext = self;
  if (old.lruNext === 0) tail.lastChunk = self;
  else itemAt(old.lruNext).lruPrev = self;
}
