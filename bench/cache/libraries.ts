/**
 * The caches that are compared, under one face.
 *
 * Place: a measuring process makes one of them. Each is told how many items it will hold, and is
 * set up as its own documents say is best for that. A library that knows neither bytes nor a limit
 * in bytes is given a number of items.
 */
import { LRUMap } from "mnemonist";
import { LRUCache } from "lru-cache";
import { createLRU } from "lru.min";
import { lru } from "tiny-lru";
import { Cache } from "../../src/cache/cache.ts";
import { KEY_BYTES, type Key, type Value } from "./numbered.ts";

export interface Subject {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  /** Where the library has a way of its own. */
  getMany?(keys: readonly Key[]): readonly (Value | undefined)[];
  count(): number;
}

export interface Room {
  readonly entries: number;
  readonly valueBytes: number;
}

export interface Library {
  readonly name: string;
  readonly title: string;
  /** What its keys are. Bytes as keys of a Map would be compared by identity. */
  readonly keys: "text" | "bytes";
  /** Not in the tables of throughput. */
  readonly isExtra?: boolean;
  start(room: Room): Subject;
}

const MEBIBYTE = 1024 * 1024;
/** Header with CAS unique, and the client flags of bytes. */
const ITEM_EXTRA = 42;
/** Chunks are at most a quarter longer than their items; a little for what begins each page. */
const CHUNK_WASTE = 1.3;
const TABLE_BYTES_PER_ITEM = 16;

/** A limit within which so many items fit: what is not used of it is never resident. */
export function bytesFor({ entries, valueBytes }: Room): number {
  const item = (KEY_BYTES + valueBytes + ITEM_EXTRA) * CHUNK_WASTE + TABLE_BYTES_PER_ITEM;
  return 8 * MEBIBYTE + Math.ceil(entries * item);
}

/** One memory of WebAssembly ends at 4 GiB. */
export const OURS_BYTES_MAX = 4000 * MEBIBYTE;

function startOurs(room: Room): Subject {
  const cache = new Cache({ maxBytes: bytesFor(room) });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    count: () => cache.size,
  };
}

function startLruCache(options: LRUCache.Options<Key, Value, unknown>): Subject {
  const cache = new LRUCache<Key, Value>(options);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    count: () => cache.size,
  };
}

function startMap(): Subject {
  const map = new Map<Key, Value>();
  return {
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    count: () => map.size,
  };
}

function startTinyLru({ entries }: Room): Subject {
  const cache = lru<Value>(entries);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    count: () => cache.size,
  };
}

function startLruMin({ entries }: Room): Subject {
  const cache = createLRU<Key, Value>({ max: entries });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    count: () => cache.size,
  };
}

function startMnemonist({ entries }: Room): Subject {
  const cache = new LRUMap<Key, Value>(entries);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => void cache.set(key, value),
    count: () => cache.size,
  };
}

export const OURS = "ours";
export const OURS_BYTE_KEYS = "ours-byte-keys";
export const LRU_CACHE = "lru-cache";
export const LRU_CACHE_MAX_SIZE = "lru-cache-max-size";
export const MAP = "map";

export const LIBRARIES: readonly Library[] = [
  { name: OURS, title: "ours", keys: "text", start: startOurs },
  { name: OURS_BYTE_KEYS, title: "ours, keys of bytes", keys: "bytes", start: startOurs },
  { name: MAP, title: "Map", keys: "text", start: startMap },
  {
    name: LRU_CACHE,
    title: "lru-cache",
    keys: "text",
    start: ({ entries }) => startLruCache({ max: entries }),
  },
  {
    name: LRU_CACHE_MAX_SIZE,
    title: "lru-cache with maxSize",
    keys: "text",
    isExtra: true,
    start: (room) =>
      startLruCache({
        maxSize: bytesFor(room),
        sizeCalculation: (value, key) => value.length + key.length,
      }),
  },
  { name: "tiny-lru", title: "tiny-lru", keys: "text", start: startTinyLru },
  { name: "lru.min", title: "lru.min", keys: "text", start: startLruMin },
  { name: "mnemonist", title: "mnemonist's LRUMap", keys: "text", start: startMnemonist },
];

export function libraryOf(name: string): Library {
  const library = LIBRARIES.find((known) => known.name === name);
  if (library === undefined) throw new Error(`no library is called ${name}`);
  return library;
}
