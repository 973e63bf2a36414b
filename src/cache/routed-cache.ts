/**
 * A server's cache over several memories: each is a whole store, and a key's calls go to the cache
 * over the memory that the key belongs to.
 *
 *     key ──hash──▶ Cache over memory 1 │ Cache over memory 2 │ …      sizes and counts are sums
 *
 * Invariant: all of them are alike but for their items. What concerns no item, limits and ttl, is
 * the first one's, and inherited.
 */
import type {
  CacheOptions,
  CasOutcome,
  CasValue,
  CountOptions,
  SetOptions,
} from "./cache-options.ts";
import { Cache } from "./cache.ts";
import type { CacheKey } from "./key-text.ts";
import type { CacheStats } from "./cache-stats.ts";
import type { CacheStore } from "./cache-store.ts";
import type { Ttl } from "./cache-clock.ts";

/** Which of the stores a key belongs to. Throws a CacheError for what is no key. */
export type MemoryOfKey = (key: CacheKey) => number;

export class RoutedCache<V = string | Uint8Array> extends Cache<V> {
  readonly #caches: readonly Cache<V>[];
  readonly #memoryOf: MemoryOfKey;

  constructor(
    options: CacheOptions<V>,
    stores: readonly [CacheStore, ...CacheStore[]],
    memoryOf: MemoryOfKey,
  ) {
    super(options, stores[0]);
    this.#caches = stores.map((store) => new Cache<V>(options, store));
    this.#memoryOf = memoryOf;
  }

  #cacheOf(key: CacheKey): Cache<V> {
    return this.#caches[this.#memoryOf(key)] as Cache<V>;
  }

  #sum(of: (cache: Cache<V>) => number): number {
    return this.#caches.reduce((sum, cache) => sum + of(cache), 0);
  }

  override get(key: CacheKey): V | undefined {
    return this.#cacheOf(key).get(key);
  }

  override getInto(key: CacheKey, target: Uint8Array): number | undefined {
    return this.#cacheOf(key).getInto(key, target);
  }

  override getWithCas(key: CacheKey): CasValue<V> | undefined {
    return this.#cacheOf(key).getWithCas(key);
  }

  override has(key: CacheKey): boolean {
    return this.#cacheOf(key).has(key);
  }

  override ttlOf(key: CacheKey): number | undefined {
    return this.#cacheOf(key).ttlOf(key);
  }

  override set(key: CacheKey, value: V, options?: SetOptions): this {
    this.#cacheOf(key).set(key, value, options);
    return this;
  }

  override add(key: CacheKey, value: V, options?: SetOptions): boolean {
    return this.#cacheOf(key).add(key, value, options);
  }

  override replace(key: CacheKey, value: V, options?: SetOptions): boolean {
    return this.#cacheOf(key).replace(key, value, options);
  }

  override append(key: CacheKey, value: V): boolean {
    return this.#cacheOf(key).append(key, value);
  }

  override prepend(key: CacheKey, value: V): boolean {
    return this.#cacheOf(key).prepend(key, value);
  }

  override cas(key: CacheKey, value: V, cas: bigint, options?: SetOptions): CasOutcome {
    return this.#cacheOf(key).cas(key, value, cas, options);
  }

  override delete(key: CacheKey): boolean {
    return this.#cacheOf(key).delete(key);
  }

  override touch(key: CacheKey, ttl?: Ttl): boolean {
    return this.#cacheOf(key).touch(key, ttl);
  }

  override incr(key: CacheKey, by?: number, options?: CountOptions<number>): number | undefined;
  override incr(key: CacheKey, by: bigint, options?: CountOptions<bigint>): bigint | undefined;
  override incr(
    key: CacheKey,
    by?: number | bigint,
    options?: CountOptions<number | bigint>,
  ): number | bigint | undefined {
    return this.#cacheOf(key).incr(key, by as number, options as CountOptions<number>);
  }

  override decr(key: CacheKey, by?: number, options?: CountOptions<number>): number | undefined;
  override decr(key: CacheKey, by: bigint, options?: CountOptions<bigint>): bigint | undefined;
  override decr(
    key: CacheKey,
    by?: number | bigint,
    options?: CountOptions<number | bigint>,
  ): number | bigint | undefined {
    return this.#cacheOf(key).decr(key, by as number, options as CountOptions<number>);
  }

  /** Each memory is asked for all of its keys at once, so that the waits for them overlap. */
  override getMany(keys: Iterable<CacheKey>): (V | undefined)[] {
    const wanted = Array.from(keys);
    const placesOf = new Map<Cache<V>, number[]>();
    for (const [place, key] of wanted.entries()) {
      const cache = this.#cacheOf(key);
      const places = placesOf.get(cache);
      if (places === undefined) placesOf.set(cache, [place]);
      else places.push(place);
    }
    const values: (V | undefined)[] = [];
    for (const [cache, places] of placesOf) {
      const found = cache.getMany(places.map((place) => wanted[place] as CacheKey));
      for (const [index, place] of places.entries()) values[place] = found[index];
    }
    return values;
  }

  override *entries(): Generator<[string, V], undefined> {
    for (const cache of this.#caches) yield* cache.entries();
  }

  override *keys(): Generator<string, undefined> {
    for (const cache of this.#caches) yield* cache.keys();
  }

  override clear(): void {
    for (const cache of this.#caches) cache.clear();
  }

  override get size(): number {
    return this.#sum(({ size }) => size);
  }

  override get bytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  override stats(): CacheStats {
    const each = this.#caches.map((cache) => cache.stats());
    const sums = { ...(each[0] as CacheStats) };
    for (const name of Object.keys(sums) as (keyof CacheStats)[]) {
      if (name !== "maxBytes") sums[name] = each.reduce((sum, stats) => sum + stats[name], 0);
    }
    return sums;
  }

  override dispose(): void {
    super.dispose();
    for (const cache of this.#caches) cache.dispose();
  }
}
