/**
 * A store for Keyv (https://keyv.org) over an embedded cache:
 *
 *     const keyv = new Keyv({ store: new KeyvStore({ maxBytes: 64 * 1024 * 1024 }) });
 *
 * Keyv serialises values itself, so what arrives here is text. It puts its namespace before each
 * key, and both together have to fit in 250 bytes. Being a cache it may forget what Keyv stored.
 */
import { Cache } from "./cache.ts";
import type { CacheOptions } from "./cache-options.ts";
import { type TextCodec, textCodec } from "./codec.ts";

export interface KeyvStoreOptions {
  /** Bytes that the cache may take in all: see CacheOptions. */
  readonly maxBytes: number;
}

/** One value of `setMany`; `ttl` in milliseconds. */
export interface KeyvEntry {
  readonly key: string;
  readonly value: string;
  readonly ttl?: number;
}

type Listener = (...values: unknown[]) => void;

const codec: TextCodec<string> = textCodec;

export class KeyvStore {
  /** What Keyv looks at: it offers `iterator` only for the dialects that it knows by name. */
  readonly opts: KeyvStoreOptions & { readonly dialect: string; readonly url: string };
  /** Set by Keyv; `clear` and `iterator` then know what is its own. */
  namespace?: string;
  readonly #cache: Cache<string>;

  /** @param cache one that others use as well, instead of one of its own */
  constructor(options: KeyvStoreOptions, cache?: Cache<string>) {
    const own: CacheOptions<string> = { codec, maxBytes: options.maxBytes };
    this.opts = { ...options, dialect: "redis", url: "" };
    this.#cache = cache ?? new Cache<string>(own);
  }

  /** Nothing fails later than in the call itself, so no event is ever sent. */
  on(_event: string, _listener: Listener): this {
    return this;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#cache.get(key);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#cache.getMany(keys);
  }

  async set(key: string, value: string, ttl?: number): Promise<boolean> {
    this.#cache.set(key, value, { ttl: ttl ?? Infinity });
    return true;
  }

  async setMany(entries: readonly KeyvEntry[]): Promise<void> {
    for (const { key, value, ttl } of entries) await this.set(key, value, ttl);
  }

  async has(key: string): Promise<boolean> {
    return this.#cache.has(key);
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return keys.map((key) => this.#cache.has(key));
  }

  async delete(key: string): Promise<boolean> {
    return this.#cache.delete(key);
  }

  /** Whether any of them was there. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    let any = false;
    for (const key of keys) any = this.#cache.delete(key) || any;
    return any;
  }

  /** Removes what is in the namespace, or everything where there is none. */
  async clear(): Promise<void> {
    if (this.namespace === undefined) {
      this.#cache.clear();
      return;
    }
    for (const key of this.#cache.keys()) {
      if (key.startsWith(`${this.namespace}:`)) this.#cache.delete(key);
    }
  }

  /** Keys with their values, of a namespace or all. */
  async *iterator(namespace = this.namespace): AsyncGenerator<[string, string], void> {
    for (const [key, value] of this.#cache.entries()) {
      if (namespace === undefined || key.startsWith(`${namespace}:`)) yield [key, value];
    }
  }

  async disconnect(): Promise<void> {
    this.#cache.dispose();
  }
}
