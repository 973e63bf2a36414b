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
 * - Expired items are gone at once (`allowStale` is refused), and `dispose` callbacks are refused
 *   for now: an eviction tells nobody.
 * - Iteration has no order.
 */
import { Cache } from "./cache.ts";
import type { SetOptions } from "./cache-options.ts";
import { type Codec, jsonCodec } from "./codec.ts";
import { CacheError } from "./cache-error.ts";
import { MAX_BYTES_LEAST } from "./plan.ts";

export type LRUKey = string | number;

export interface FetcherOptions {
  readonly signal: AbortSignal;
  readonly context: unknown;
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
}

/** Options of lru-cache that change what a program sees, and are not served. */
const REFUSED = ["allowStale", "dispose", "disposeAfter", "onInsert"] as const;

const KIBIBYTE = 1024;

function ttlOption(ttl: number | undefined): SetOptions {
  return { ttl: ttl === undefined || ttl === 0 ? Infinity : ttl };
}

function refuseUnserved(options: object): void {
  for (const name of REFUSED) {
    if (Object.hasOwn(options, name) && Reflect.get(options, name)) {
      throw new CacheError("RANGE", `the option ${name} of lru-cache is not served`);
    }
  }
}

export class LRUCache<K extends LRUKey = string, V = unknown> {
  readonly #cache: Cache<V>;
  readonly #options: LRUOptions<K, V>;
  readonly #fetching = new Map<string, Promise<V | undefined>>();

  /** @throws CacheError RANGE without any limit, or for options that are not served */
  constructor(options: LRUOptions<K, V>) {
    refuseUnserved(options);
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

  get(key: K): V | undefined {
    const name = String(key);
    const value = this.#cache.get(name);
    const { updateAgeOnGet = false, ttl } = this.#options;
    if (updateAgeOnGet && value !== undefined) this.#cache.touch(name, ttlOption(ttl).ttl);
    return value;
  }

  /** The value; here too it counts as a use. */
  peek(key: K): V | undefined {
    return this.#cache.get(String(key));
  }

  has(key: K): boolean {
    return this.#cache.has(String(key));
  }

  /** `undefined` removes the item, as in lru-cache. A value too large is not stored. */
  set(key: K, value: V | undefined, options: LRUSetOptions = {}): this {
    const name = String(key);
    if (value === undefined) {
      this.#cache.delete(name);
      return this;
    }
    const left = this.#options.noUpdateTTL === true ? this.#cache.ttlOf(name) : undefined;
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
  async fetch(key: K, { context }: { context?: unknown } = {}): Promise<V | undefined> {
    const found = this.get(key);
    const { fetchMethod } = this.#options;
    if (found !== undefined || fetchMethod === undefined) return found;
    const name = String(key);
    const running = this.#fetching.get(name);
    if (running !== undefined) return await running;
    const fetching = this.#fetchInto(key, context, fetchMethod);
    this.#fetching.set(name, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(name);
    }
  }

  async #fetchInto(
    key: K,
    context: unknown,
    fetchMethod: NonNullable<LRUOptions<K, V>["fetchMethod"]>,
  ): Promise<V | undefined> {
    const { signal } = new AbortController();
    const value = await fetchMethod(key, undefined, { signal, context });
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** What is there, or what `memoMethod` makes. */
  memo(key: K, { context }: { context?: unknown } = {}): V {
    const found = this.get(key);
    if (found !== undefined) return found;
    const { memoMethod } = this.#options;
    if (memoMethod === undefined) throw new CacheError("RANGE", "memo wants a memoMethod");
    const value = memoMethod(key, undefined, { context });
    this.set(key, value);
    return value;
  }

  /** Expired items are never seen; their memory is used again by and by. */
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

  find(isWanted: (value: V, key: string, cache: this) => boolean): V | undefined {
    for (const [key, value] of this.#cache.entries()) {
      if (isWanted(value, key, this)) return value;
    }
    return undefined;
  }
}
