/**
 * Item: one key with its value, in one chunk of a slab class.
 *
 *   0          4         8         12         16         20          24       26        28 29
 *   ┌──────────┬─────────┬─────────┬──────────┬──────────┬───────────┬────────┬─────────┬──┬──┐
 *   │ hashNext │ lruNext │ lruPrev │lastAccess│expiresAt │valueLength│refCount│itemFlags│S │K │
 *   └──────────┴─────────┴─────────┴──────────┴──────────┴───────────┴────────┴─────────┴──┴──┘
 *   30              38            38 + K
 *   ┌ ─ ─ ─ ─ ─ ─ ─ ┬─────────────┬ ─ ─ ─ ─ ─ ─ ─ ─ ┬─────────────────────┐
 *   │ casUnique (8) │ key (K)     │ client flags (4)│ value (valueLength) │
 *   └ ─ ─ ─ ─ ─ ─ ─ ┴─────────────┴ ─ ─ ─ ─ ─ ─ ─ ─ ┴─────────────────────┘
 *     if HAS_CAS                    if HAS_CLIENT_FLAGS
 *
 * S is the slab id: class in the low 6 bits, LRU segment in the top two. K is the key length. Links
 * are addresses in linear memory, 0 = none. Nothing after byte 30 is aligned; wasm does not mind.
 *
 * States, told by itemFlags:
 *   SLABBED           in its class's free list; lruNext links the list, refCount is 0
 *   neither           handed out: being filled, or unlinked while still being sent; refCount ≥ 1
 *   LINKED            in the hash table and in one LRU queue; refCount ≥ 1
 * SLABBED and LINKED exclude each other. Every holder counts 1: the link, each pin, the one who
 * fills.
 *
 * Who may write what: the lock of the key's hash guards itemFlags, refCount, expiresAt, the CAS
 * unique and the value; the lock of its LRU queue guards lruNext, lruPrev and, once linked,
 * lastAccess. A chunk that is nobody's but its filler's needs no lock. The value of an item that is
 * held by others too is never changed.
 *
 * The header is 38 bytes with CAS where memcached has 56: that is our memory advantage.
 */
import { ItemFlag } from "../shared/item-flag";
import { ItemState, Option } from "../shared/status";
import { SEGMENT_COLD } from "../shared/limits";
import { state } from "../base/store-state";
import { VERIFY } from "../base/verify";

export { ItemFlag };

@unmanaged
export class Item {
  hashNext: u32;
  lruNext: u32;
  lruPrev: u32;
  /** Internal seconds of the last link or bump. */
  lastAccess: u32;
  /** Internal seconds; 0 = never. */
  expiresAt: u32;
  /** Bytes of the value alone: no CR LF is stored. */
  valueLength: u32;
  refCount: u16;
  itemFlags: u16;
  slabId: u8;
  keyLength: u8;
}

export const ITEM_HEADER_SIZE: usize = 30;
export const CAS_SIZE: usize = 8;
export const CLIENT_FLAGS_SIZE: usize = 4;

const STATE_MASK: u32 =
  ItemFlag.FETCHED | ItemFlag.KEY_BINARY | ItemFlag.STALE | ItemFlag.TOKEN_SENT;

/** Low bits of a slab id: the class. */
export const CLASS_MASK: u32 = 63;

/** memcached's own header, and what it adds to each item: the key's zero byte and CR LF. */
const CLASSIC_HEADER_SIZE: u32 = 48;
const CLASSIC_EXTRA: u32 = 3;

/** Pins beyond this are refused: the item is reported as a miss, as in memcached. */
export const REF_COUNT_MAX: u32 = 60000;

export function itemAt(ptr: usize): Item {
  return changetype<Item>(ptr);
}

export function itemHas(item: Item, flag: u32): bool {
  return ((<u32>item.itemFlags) & flag) !== 0;
}

export function itemSet(item: Item, flag: u32): void {
  item.itemFlags = <u16>((<u32>item.itemFlags) | flag);
}

export function itemClear(item: Item, flag: u32): void {
  item.itemFlags = <u16>((<u32>item.itemFlags) & ~flag);
}

export function itemClassId(item: Item): u32 {
  return (<u32>item.slabId) & CLASS_MASK;
}

/** 0 … 3: HOT, WARM, COLD, TEMP. */
export function itemSegment(item: Item): u32 {
  return (<u32>item.slabId) >> 6;
}

export function itemIsCold(item: Item): bool {
  return ((<u32>item.slabId) & ~CLASS_MASK) === SEGMENT_COLD;
}

export function itemKeyPtr(item: Item): usize {
  return changetype<usize>(item) + ITEM_HEADER_SIZE + ((<usize>item.itemFlags) & CAS_SIZE);
}

function itemClientFlagsPtr(item: Item): usize {
  return itemKeyPtr(item) + item.keyLength;
}

export function itemValuePtr(item: Item): usize {
  // HAS_CLIENT_FLAGS is 16, four times their size.
  return itemClientFlagsPtr(item) + (((<usize>item.itemFlags) & ItemFlag.HAS_CLIENT_FLAGS) >> 2);
}

export function itemClientFlags(item: Item): u32 {
  return itemHas(item, ItemFlag.HAS_CLIENT_FLAGS) ? load<u32>(itemClientFlagsPtr(item)) : 0;
}

export function itemCas(item: Item): u64 {
  const ptr = changetype<usize>(item) + ITEM_HEADER_SIZE;
  return itemHas(item, ItemFlag.HAS_CAS) ? load<u64>(ptr) : 0;
}

export function itemSetCas(item: Item, cas: u64): void {
  if (itemHas(item, ItemFlag.HAS_CAS)) {
    store<u64>(changetype<usize>(item) + ITEM_HEADER_SIZE, cas);
  }
}

/** Bytes around key, client flags and value, for `StoreState.itemOverhead`. */
export function itemOverhead(options: u32): u32 {
  const cas = (options & Option.CAS) !== 0 ? <u32>CAS_SIZE : 0;
  if ((options & Option.CLASSIC_SIZES) !== 0) return CLASSIC_HEADER_SIZE + CLASSIC_EXTRA + cas;
  return <u32>ITEM_HEADER_SIZE + cas;
}

/** Size of an item: what `size=`, `bytes` and the choice of a slab class go by. */
export function itemSizeOf(keyLength: u32, clientFlags: u32, valueLength: u32): u32 {
  const flagsSize = clientFlags !== 0 ? <u32>CLIENT_FLAGS_SIZE : 0;
  return state.itemOverhead + keyLength + flagsSize + valueLength;
}

/**
 * The same in memcached's layout. The limit of `-I` goes by it in either mode, so that exactly the
 * values that memcached refuses are refused.
 */
export function itemClassicSizeOf(keyLength: u32, clientFlags: u32, valueLength: u32): u32 {
  const flagsSize = clientFlags !== 0 ? <u32>CLIENT_FLAGS_SIZE : 0;
  const overhead = itemOverhead((state.options & Option.CAS) | Option.CLASSIC_SIZES);
  return overhead + keyLength + flagsSize + valueLength;
}

export function itemSize(item: Item): u32 {
  const flags = itemHas(item, ItemFlag.HAS_CLIENT_FLAGS) ? 1 : 0;
  return itemSizeOf(item.keyLength, flags, item.valueLength);
}

/** What a host may know of `itemFlags`: bits of `ItemState`. */
export function itemState(item: Item): u32 {
  return (<u32>item.itemFlags) & STATE_MASK;
}

/** Fills a fresh chunk's header and key; the value is the caller's to write. One holder. */
export function itemInit(
  item: Item,
  slabId: u32,
  keyPtr: usize,
  keyLength: u32,
  clientFlags: u32,
  expiresAt: u32,
  valueLength: u32,
): void {
  if (VERIFY) assert(!itemHas(item, ItemFlag.LINKED | ItemFlag.SLABBED));
  const hasCas = (state.options & Option.CAS) !== 0 ? ItemFlag.HAS_CAS : 0;
  const hasFlags = clientFlags !== 0 ? ItemFlag.HAS_CLIENT_FLAGS : 0;
  item.hashNext = 0;
  item.lruNext = 0;
  item.lruPrev = 0;
  item.lastAccess = state.now;
  item.expiresAt = expiresAt;
  item.valueLength = valueLength;
  item.refCount = 1;
  item.itemFlags = <u16>(hasCas | hasFlags);
  item.slabId = <u8>slabId;
  item.keyLength = <u8>keyLength;
  if (hasCas !== 0) store<u64>(changetype<usize>(item) + ITEM_HEADER_SIZE, 0);
  memory.copy(itemKeyPtr(item), keyPtr, keyLength);
  if (hasFlags !== 0) store<u32>(itemClientFlagsPtr(item), clientFlags);
}

/** Past its expiry: invisible from this second on. */
export function itemIsExpired(item: Item): bool {
  return item.expiresAt !== 0 && item.expiresAt <= state.now;
}

/** Hidden by flush_all: not newer than the cut, and the cut has come. */
export function itemIsFlushed(item: Item): bool {
  const cut = state.flushCut;
  return cut !== 0 && cut <= state.now && item.lastAccess <= cut;
}

if (offsetof<Item>() !== ITEM_HEADER_SIZE) ERROR("Item header is part of the chunk math: 30 bytes");
if (ITEM_HEADER_SIZE + CAS_SIZE > 40) ERROR("Item header with CAS must stay within 40 bytes");
if (<usize>ItemFlag.HAS_CAS !== CAS_SIZE) ERROR("HAS_CAS doubles as the size of the CAS unique");
if (<usize>ItemFlag.HAS_CLIENT_FLAGS !== CLIENT_FLAGS_SIZE * 4) ERROR("see itemValuePtr");
if (<u32>ItemFlag.FETCHED !== <u32>ItemState.FETCHED) ERROR("see itemState");
if (<u32>ItemFlag.KEY_BINARY !== <u32>ItemState.KEY_BINARY) ERROR("see itemState");
if (<u32>ItemFlag.STALE !== <u32>ItemState.STALE) ERROR("see itemState");
if (<u32>ItemFlag.TOKEN_SENT !== <u32>ItemState.TOKEN_SENT) ERROR("see itemState");
