/**
 * A class shaped like lru-cache's `LRUCache`, so that a program can switch by changing an import.
 *
 * What differs, since items are bytes in linear memory and not live objects:
 *
 * - Values are copies, made by the codec (JSON unless another is given): `get` gives an equal
 *   value, not the same object. Keys are strings of up to 250 bytes, or numbers, which
 *   become strings.
 * - The limit is bytes: `maxBytes`, or `maxSize`; `max` is taken for so many KiB. Sizes are counted
 *   as they are, so `sizeCalculation` and `maxEntrySize` are not asked.
 * - What is used least recently goes first by slab class and with a grain of a second, not exactly.
 * - Expired items are gone at once, and an eviction tells the key alone (`onEvict` of Cache).
 * - Iteration has no order, so there is none to turn round, and no least recent item to take out.
 *
 * Options that cannot be served are refused, at construction or by the call that has them: nothing
 * that changes a result is silently ignored.
 */
import { Cache } from "./cache.ts";
import { type Codec, jsonCodec } from "./codec.ts";
import { CacheError } from "./cache-error.ts";
import { MAX_BYTES_LEAST } from "./plan.ts";
import type { SetOptions } from "./cache-options.ts";

export type LRUKey = string | number;

export interface FetcherOptions {
  readonly signal: AbortSignal;
  readonly context: unknown;
}

export interface LRUGetOptions {
  /** Instead of the cache's. */
  readonly updateAgeOnGet?: boolean;
}

export interface LRUHasOptions {
  /** Instead of the cache's. */
  readonly updateAgeOnHas?: boolean;
}

export interface LRUOptions<K extends LRUKey, V> {
  /** Bytes in all; at least 1 MiB is taken. */
  readonly maxBytes?: number;
  /** The same under lru-cache's name. */
  readonly maxSize?: number;
  /** Taken for so many KiB where neither of the others is given. */
  readonly max?: number;
  /** Milliseconds; 0 = forever. */
  readonly ttl?: number;
  /** `get` gives the item its whole ttl again. */
  readonly updateAgeOnGet?: boolean;
  /** So does `has`. */
  readonly updateAgeOnHas?: boolean;
  /** `set` of a key that is there leaves its ttl as it is. */
  readonly noUpdateTTL?: boolean;
  readonly codec?: Codec<V>;
  /** Makes the value of a key that `fetch` does not find. */
  readonly fetchMethod?: (
    key: K,
    staleValue: undefined,
    options: FetcherOptions,
  ) => Promise<V | undefined> | V | undefined;
  /** Makes the value of a key that `memo` does not find. */
  readonly memoMethod?: (key: K, staleValue: undefined, options: { context: unknown }) => V;
}

export interface LRUSetOptions {
  /** Milliseconds; 0 = forever. Left out: the cache's. */
  readonly ttl?: number;
  /** Instead of the cache's. */
  readonly noUpdateTTL?: boolean;
}

export interface LRUMemoOptions extends LRUSetOptions, LRUGetOptions {
  readonly context?: unknown;
  /** Makes the value although there is one. */
  readonly forceRefresh?: boolean;
}

/** An item with what it has left, from now on: as lru-cache's dump has it. */
export interface LRUEntry<V> {
  readonly value: V;
  /** Milliseconds from `start`. Left out: forever. */
  readonly ttl?: number;
  /** Milliseconds since 1970. */
  readonly start?: number;
}

/** Options of lru-cache that change what a program sees, and are not served: of the cache. */
const REFUSED = [
  "allowStale",
  "allowStaleOnFetchAbort",
  "allowStaleOnFetchRejection",
  "dispose",
  "disposeAfter",
  "ignoreFetchAbort",
  "noDeleteOnFetchRejection",
  "onInsert",
  "perf",
  "ttlAutopurge",
] as const;

/** And of single calls. */
const REFUSED_IN_CALLS = [...REFUSED, "signal", "start", "status"] as const;

const KIBIBYTE = 1024;

function ttlOption(ttl: number | undefined): SetOptions {
  return { ttl: ttl === undefined || ttl === 0 ? Infinity : ttl };
}

function refuseUnserved(options: object, names: readonly string[] = REFUSED_IN_CALLS): void {
  for (const name of names) {
    if (Object.hasOwn(options, name) && Reflect.get(options, name)) {
      throw new CacheError("RANGE", `the option ${name} of lru-cache is not served`);
    }
  }
}

function unserved(method: string): never {
  throw new CacheError("RANGE", `${method} of lru-cache is not served: there is no exact order`);
}

export class LRUCache<K extends LRUKey = string, V = unknown> {
  readonly #cache: Cache<V>;
  readonly #options: LRUOptions<K, V>;
  /** Whether any item was given another ttl than the cache's, which nothing keeps. */
  #hasOwnTtls = false;
  readonly #fetching = new Map<string, Promise<V | undefined>>();

  /** @throws CacheError RANGE without any limit, or for options that are not served */
  constructor(options: LRUOptions<K, V>) {
    refuseUnserved(options, REFUSED);
    const { max } = options;
    const wanted = options.maxBytes ?? options.maxSize ?? (max === undefined ? 0 : max * KIBIBYTE);
    if (!(wanted > 0)) throw new CacheError("RANGE", "one of maxBytes, maxSize, max is needed");
    const maxBytes = Math.max(Math.floor(wanted), MAX_BYTES_LEAST);
    this.#options = options;
    this.#cache = new Cache<V>({ maxBytes, codec: options.codec ?? jsonCodec<V>() });
  }

  /** Items there are. */
  get size(): number {
    return this.#cache.size;
  }

  /** Bytes of them. */
  get calculatedSize(): number {
    return this.#cache.bytes;
  }

  /** Bytes there may be. */
  get maxSize(): number {
    return this.#cache.maxBytes;
  }

  /** As it was asked for; 0 = it was not. It is taken for so many KiB, and no count. */
  get max(): number {
    return this.#options.max ?? 0;
  }

  /** @throws CacheError RANGE to renew an age where an item was given a ttl of its own */
  get(key: K, options: LRUGetOptions = {}): V | undefined {
    refuseUnserved(options);
    const name = String(key);
    const value = this.#cache.get(name);
    const isRenewed = options.updateAgeOnGet ?? this.#options.updateAgeOnGet ?? false;
    if (isRenewed && value !== undefined) this.#renew(name);
    return value;
  }

  /** The value; here too it counts as a use. */
  peek(key: K, options: object = {}): V | undefined {
    refuseUnserved(options);
    return this.#cache.get(String(key));
  }

  /** @throws CacheError RANGE as `get` does */
  has(key: K, options: LRUHasOptions = {}): boolean {
    refuseUnserved(options);
    const name = String(key);
    const isThere = this.#cache.has(name);
    const isRenewed = options.updateAgeOnHas ?? this.#options.updateAgeOnHas ?? false;
    if (isRenewed && isThere) this.#renew(name);
    return isThere;
  }

  /** The whole ttl again; what lasts forever does so. */
  #renew(name: string): void {
    if (this.#cache.ttlOf(name) === Infinity) return;
    if (this.#hasOwnTtls) {
      const why = "the age of items with a ttl of their own is not renewed";
      throw new CacheError("RANGE", `${why}: give every item the cache's ttl`);
    }
    this.#cache.touch(name, ttlOption(this.#options.ttl).ttl);
  }

  /** `undefined` removes the item, as in lru-cache. A value too large is not stored. */
  set(key: K, value: V | undefined, options: LRUSetOptions = {}): this {
    refuseUnserved(options);
    const name = String(key);
    if (value === undefined) {
      this.#cache.delete(name);
      return this;
    }
    const isKept = options.noUpdateTTL ?? this.#options.noUpdateTTL ?? false;
    const left = isKept ? this.#cache.ttlOf(name) : undefined;
    const { ttl = 0 } = options;
    if (ttl > 0 && ttl !== Infinity && ttl !== this.#options.ttl) this.#hasOwnTtls = true;
    try {
      this.#cache.set(name, value, ttlOption(left ?? options.ttl ?? this.#options.ttl));
    } catch (error) {
      if (!(error instanceof CacheError) || error.code !== "TOO_LARGE") throw error;
    }
    return this;
  }

  delete(key: K): boolean {
    return this.#cache.delete(String(key));
  }

  clear(): void {
    this.#cache.clear();
  }

  /** Milliseconds; Infinity without a ttl, 0 where there is no item. */
  getRemainingTTL(key: K): number {
    return this.#cache.ttlOf(String(key)) ?? 0;
  }

  /** What is there, or what `fetchMethod` makes of it; called once for all who wait for a key. */
  async fetch(key: K, options: LRUMemoOptions = {}): Promise<V | undefined> {
    refuseUnserved(options);
    const { fetchMethod } = this.#options;
    const isAsked = options.forceRefresh !== true || fetchMethod === undefined;
    const found = isAsked ? this.get(key, options) : undefined;
    if (found !== undefined || fetchMethod === undefined) return found;
    const name = String(key);
    const running = this.#fetching.get(name);
    if (running !== undefined) return await running;
    const fetching = this.#fetchInto(key, options, fetchMethod);
    this.#fetching.set(name, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(name);
    }
  }

  /** As `fetch`, and throws where there is nothing. */
  async forceFetch(key: K, options: LRUMemoOptions = {}): Promise<V> {
    const value = await this.fetch(key, options);
    if (value === undefined) throw new Error("fetch() returned undefined");
    return value;
  }

  async #fetchInto(
    key: K,
    { context, ...options }: LRUMemoOptions,
    fetchMethod: NonNullable<LRUOptions<K, V>["fetchMethod"]>,
  ): Promise<V | undefined> {
    const { signal } = new AbortController();
    const value = await fetchMethod(key, undefined, { signal, context });
    if (value !== undefined) this.set(key, value, options);
    return value;
  }

  /** What is there, or what `memoMethod` makes. */
  memo(key: K, options: LRUMemoOptions = {}): V {
    refuseUnserved(options);
    const found = options.forceRefresh === true ? undefined : this.get(key, options);
    if (found !== undefined) return found;
    const { memoMethod } = this.#options;
    if (memoMethod === undefined) throw new CacheError("RANGE", "memo wants a memoMethod");
    const value = memoMethod(key, undefined, { context: options.context });
    this.set(key, value, options);
    return value;
  }

  /** The item, with the milliseconds that it has left from `start` on, which is now. */
  info(key: K): LRUEntry<V> | undefined {
    const value = this.peek(key);
    return value === undefined ? undefined : this.#entry(String(key), value);
  }

  #entry(name: string, value: V): LRUEntry<V> {
    const ttl = this.#cache.ttlOf(name) ?? 0;
    return ttl === Infinity ? { value } : { value, ttl, start: Date.now() };
  }

  /** Every item, in no order, for `load` of this or of lru-cache. */
  dump(): [string, LRUEntry<V>][] {
    return Array.from(this.#cache.entries(), ([key, value]) => [key, this.#entry(key, value)]);
  }

  /** What a dump of this or of lru-cache holds, in place of all there is. */
  load(entries: Iterable<readonly [K, LRUEntry<V>]>): void {
    this.clear();
    for (const [key, { value, ttl = 0, start = Date.now() }] of entries) {
      const left = ttl === 0 ? Infinity : start + ttl - Date.now();
      if (left > 0) this.set(key, value, { ttl: left });
    }
  }

  /** Finds nothing: expired items are never seen, and their memory is used again by and by. */
  purgeStale(): boolean {
    return false;
  }

  keys(): Generator<string, undefined> {
    return this.#cache.keys();
  }

  entries(): Generator<[string, V], undefined> {
    return this.#cache.entries();
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.#cache.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, cache: this) => void, self: unknown = this): void {
    for (const [key, value] of this.#cache.entries()) visit.call(self, value, key, this);
  }

  find(
    isWanted: (value: V, key: string, cache: this) => boolean,
    options: LRUGetOptions = {},
  ): V | undefined {
    for (const [key, value] of this.#cache.entries()) {
      if (isWanted(value, key, this)) return this.get(key as K, options);
    }
    return undefined;
  }

  // ── What wants an exact order ──────────────────────────────────────────────────────────────────

  /** @throws CacheError RANGE */
  pop(): never {
    return unserved("pop");
  }

  /** @throws CacheError RANGE */
  rkeys(): never {
    return unserved("rkeys");
  }

  /** @throws CacheError RANGE */
  rvalues(): never {
    return unserved("rvalues");
  }

  /** @throws CacheError RANGE */
  rentries(): never {
    return unserved("rentries");
  }

  /** @throws CacheError RANGE */
  rforEach(): never {
    return unserved("rforEach");
  }
}
