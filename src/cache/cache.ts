/**
 * The embedded cache: memcached's store as a class, within a hard limit of bytes.
 *
 *     using cache = new Cache({ maxBytes: 64 * 1024 * 1024 });
 *     cache.set("greeting", "hello", { ttl: 60_000 });
 *     cache.get("greeting");
 *
 * Every call is synchronous: it writes the key into the core's inbox, tells the core the time, and
 * is answered out of linear memory. No object is kept for an item, so the garbage collector has
 * nothing to do, however many there are.
 */
import { Argument, Fetch, Result, Status, StoreMode, With } from "../../assembly/shared/status.ts";
import {
  type CacheHandle,
  type CacheStore,
  closed,
  closedStore,
  startStore,
} from "./cache-store.ts";
import { SHORT, bytesOf, copyBytes, putBytes, putText } from "./copying.ts";
import { type CacheKey, putKey } from "./key-text.ts";
import { type CacheStats, cacheStats, itemBytes } from "./cache-stats.ts";
import { type SharedStoreOptions, joinStore, startSharedStore } from "./shared-store.ts";
import { type ValueCoder, valueCoder } from "./value-bytes.ts";
import { restoreStore, takeSnapshot } from "./snapshot.ts";
import { COPY_LENGTH_MAX, KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { CacheError } from "./cache-error.ts";
import type {
  CacheOptions,
  CasOutcome,
  CasValue,
  CodecOptions,
  CountOptions,
  SetOptions,
} from "./cache-options.ts";
import { ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { type ScannedItem, scanItems } from "./scan.ts";
import { warmKeys } from "./key-batch.ts";
import type { Ttl } from "./cache-clock.ts";

const LOW_32 = 0xffff_ffffn;
const NUMBER_MAX = 2n ** 64n - 1n;

export class Cache<V = string | Uint8Array> {
  #store: CacheStore;
  readonly #coder: ValueCoder<V>;
  readonly #ttl: number | undefined;
  #abi: CacheStore["core"]["abi"];
  #inbox: Uint8Array;
  #outbox: Uint8Array;
  #bytes: Uint8Array;
  #result: Uint32Array;
  readonly #inboxPtr: number;
  readonly #outboxPtr: number;

  /**
   * A cache of its own, for this thread alone.
   *
   * @param store what holds the items: made anew unless given
   * @throws CacheError RANGE for a `maxBytes` that cannot be
   */
  constructor(options: CacheOptions<V>, store: CacheStore = startStore(options.maxBytes)) {
    const { core } = store;
    this.#store = store;
    this.#coder = valueCoder(options.codec);
    this.#ttl = options.ttl;
    this.#abi = core.abi;
    this.#inbox = core.inbox;
    this.#inboxPtr = core.inboxPtr;
    this.#outbox = core.outbox;
    this.#outboxPtr = core.outboxPtr;
    this.#bytes = core.bytes;
    this.#result = core.result;
  }

  /**
   * A cache for several threads: post `cache.handle` to a Worker and `Cache.join` it there. Wants a
   * host with SharedArrayBuffer: in browsers a page that is cross-origin isolated.
   *
   * @throws CacheError RANGE
   */
  static shared<V = string | Uint8Array>(options: CacheOptions<V> & SharedStoreOptions): Cache<V> {
    return new Cache<V>(options, startSharedStore(options));
  }

  /**
   * This thread's view of a shared cache. Codecs are functions and so not part of the handle: give
   * every thread the same.
   *
   * @throws CacheError THREADS when as many threads have joined as it has places for
   */
  static join<V = string | Uint8Array>(
    handle: CacheHandle,
    options: CodecOptions<V> & { readonly ttl?: number } = {},
  ): Cache<V> {
    return new Cache<V>({ ...options, maxBytes: handle.maxBytes }, joinStore(handle));
  }

  /**
   * The cache that a snapshot was taken of, as one of its own. Time went on meanwhile: what has
   * expired since is gone.
   *
   * @throws CacheError SNAPSHOT for bytes that are none, damaged, or of another version's layout
   */
  static from<V = string | Uint8Array>(
    snapshot: Uint8Array,
    options: CodecOptions<V> & { readonly ttl?: number } = {},
  ): Cache<V> {
    const store = restoreStore(snapshot);
    return new Cache<V>({ ...options, maxBytes: store.maxBytes }, store);
  }

  // ── One key ────────────────────────────────────────────────────────────────────────────────────

  /** The value, or undefined. Counts as a use. */
  get(key: CacheKey): V | undefined {
    return this.#fetch(key) ? this.#takeValue() : undefined;
  }

  /**
   * The bytes of the value, text as UTF-8, at the front of `target`: how many there are, or
   * undefined. Where they do not fit, nothing is written. Makes no object; counts as a use.
   */
  getInto(key: CacheKey, target: Uint8Array): number | undefined {
    if (!this.#fetch(key)) return undefined;
    const item = this.#result[Result.ITEM] as number;
    const length = this.#result[Result.VALUE_LENGTH] as number;
    if (item === 0) {
      copyBytes(this.#outbox, 0, length, target);
      return length;
    }
    const start = this.#result[Result.VALUE_PTR] as number;
    copyBytes(this.#bytes, start, start + length, target);
    this.#abi.release(item);
    return length;
  }

  /** The value with its CAS unique, for `cas`. */
  getWithCas(key: CacheKey): CasValue<V> | undefined {
    if (!this.#fetch(key)) return undefined;
    // First of all: a codec may use the cache, and then these are the results of another call.
    const low = BigInt(this.#result[Result.CAS_LOW] as number);
    const cas = low | (BigInt(this.#result[Result.CAS_HIGH] as number) << 32n);
    return { value: this.#takeValue(), cas };
  }

  /** Whether there is such an item. Does not count as a use. */
  has(key: CacheKey): boolean {
    return this.#look(key);
  }

  /** Milliseconds that the item has left; Infinity = it has no ttl; undefined = it is not there. */
  ttlOf(key: CacheKey): number | undefined {
    if (!this.#look(key)) return undefined;
    return this.#store.clock.leftMs(this.#result[Result.EXPIRES_AT] as number);
  }

  /**
   * Stores a value, whatever was there.
   *
   * @throws CacheError TOO_LARGE or NO_MEMORY; what was stored under the key is gone then too
   */
  set(key: CacheKey, value: V, options?: SetOptions): this {
    this.#storeAs(StoreMode.SET, key, value, options);
    return this;
  }

  /** Stores a value if nothing is there; whether it did. */
  add(key: CacheKey, value: V, options?: SetOptions): boolean {
    return this.#storeAs(StoreMode.ADD, key, value, options) === Status.OK;
  }

  /** Stores a value if something is there; whether it did. */
  replace(key: CacheKey, value: V, options?: SetOptions): boolean {
    return this.#storeAs(StoreMode.REPLACE, key, value, options) === Status.OK;
  }

  /** Puts more behind what is there, whose ttl it keeps; whether something was there. */
  append(key: CacheKey, value: V): boolean {
    return this.#storeAs(StoreMode.APPEND, key, value, undefined) === Status.OK;
  }

  /** Puts more before what is there, whose ttl it keeps; whether something was there. */
  prepend(key: CacheKey, value: V): boolean {
    return this.#storeAs(StoreMode.PREPEND, key, value, undefined) === Status.OK;
  }

  /** Stores a value if the item is still the one of which `getWithCas` gave `cas`. */
  cas(key: CacheKey, value: V, cas: bigint, options?: SetOptions): CasOutcome {
    const status = this.#storeAs(StoreMode.CAS, key, value, options, cas);
    if (status === Status.OK) return "stored";
    return status === Status.EXISTS ? "exists" : "missing";
  }

  /** Removes the item; whether there was one. */
  delete(key: CacheKey): boolean {
    const length = putKey(key, this.#inbox);
    this.#store.clock.tick();
    return this.#abi.remove(this.#inboxPtr, length) !== 0;
  }

  /** Gives the item a new ttl; whether there is one. */
  touch(key: CacheKey, ttl?: Ttl): boolean {
    const length = putKey(key, this.#inbox);
    const { clock } = this.#store;
    clock.tick();
    return this.#abi.touch(this.#inboxPtr, length, clock.endOf(ttl ?? this.#ttl)) !== 0;
  }

  /**
   * Adds to a number, stored as decimal text; the sum, or undefined where there is none. Wraps at
   * 2^64. With a bigint the sum is one.
   *
   * @throws CacheError NOT_NUMERIC; RANGE for a sum above 2^53 - 1 that is not asked for as bigint
   */
  incr(key: CacheKey, by?: number, options?: CountOptions<number>): number | undefined;
  incr(key: CacheKey, by: bigint, options?: CountOptions<bigint>): bigint | undefined;
  incr(
    key: CacheKey,
    by: number | bigint = 1,
    options: CountOptions<number | bigint> = {},
  ): number | bigint | undefined {
    return this.#count(key, by, options, 1);
  }

  /** Takes from a number, as `incr` adds; it stops at 0, and keeps its length by spaces behind. */
  decr(key: CacheKey, by?: number, options?: CountOptions<number>): number | undefined;
  decr(key: CacheKey, by: bigint, options?: CountOptions<bigint>): bigint | undefined;
  decr(
    key: CacheKey,
    by: number | bigint = 1,
    options: CountOptions<number | bigint> = {},
  ): number | bigint | undefined {
    return this.#count(key, by, options, 0);
  }

  // ── Many keys ──────────────────────────────────────────────────────────────────────────────────

  /** Values in the order of the keys, undefined for those that are not there. */
  getMany(keys: Iterable<CacheKey>): (V | undefined)[] {
    const wanted = Array.from(keys);
    const values: (V | undefined)[] = [];
    while (values.length < wanted.length) {
      const end = warmKeys(this.#store.core, wanted, values.length);
      // Each is told again: a codec may use the cache in between.
      while (values.length < end) values.push(this.get(wanted[values.length] as CacheKey));
    }
    return values;
  }

  /** Stores all of them, with one ttl. Those before one that throws are stored. */
  setMany(entries: Iterable<readonly [CacheKey, V]>, options?: SetOptions): this {
    for (const [key, value] of entries) this.set(key, value, options);
    return this;
  }

  /**
   * Every item, one at a time and in no order; the cache may be used meanwhile. An item that is
   * there throughout comes once; one that is stored anew may come twice or not at all.
   */
  *entries(): Generator<[string, V], undefined> {
    for (const { key, bytes, start, end, clientFlags } of this.#scan()) {
      yield [key, this.#coder.decode(bytes, start, end, clientFlags)];
    }
  }

  /** The keys of `entries`. */
  *keys(): Generator<string, undefined> {
    for (const { key } of this.#scan()) yield key;
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  /** Removes everything, for all threads. */
  clear(): void {
    this.#store.clock.tick();
    this.#abi.flush(0, 1);
  }

  // ── The whole ──────────────────────────────────────────────────────────────────────────────────

  /** Items there are; those count that have expired and were not met since. */
  get size(): number {
    return this.#abi.gauge(Gauge.ITEMS) >>> 0;
  }

  /** Bytes of all items: keys, values, headers. Below `maxBytes` by what chunks leave unused. */
  get bytes(): number {
    return itemBytes(this.#abi);
  }

  /** The limit. */
  get maxBytes(): number {
    return this.#store.maxBytes;
  }

  /** The longest value that fits beside a key of 250 bytes. */
  get maxValueBytes(): number {
    const largest = this.#abi.classGauge(
      this.#abi.gauge(Gauge.CLASS_LARGEST),
      ClassGauge.CHUNK_SIZE,
    );
    return largest - ITEM_EXTRA_MAX;
  }

  /** What was counted since the start, over all threads. */
  stats(): CacheStats {
    return cacheStats(this.#store.core, this.maxBytes);
  }

  /** What `Cache.join` wants in another thread; null unless the cache is shared. */
  get handle(): CacheHandle | null {
    return this.#store.handle;
  }

  /**
   * The cache as bytes, for `Cache.from` in this or another process, on this or another host.
   *
   * @throws CacheError RANGE for a cache that other threads may be using
   */
  snapshot(): Uint8Array {
    return takeSnapshot(this.#store);
  }

  /** Ends the use of it: this thread's place is free, and its memory is the collector's. */
  dispose(): void {
    this.#store.leave();
    this.#store = closedStore(this.maxBytes);
    this.#abi = closed();
    this.#inbox = new Uint8Array(KEY_LENGTH_MAX);
    this.#outbox = this.#bytes = new Uint8Array();
    this.#result = new Uint32Array();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  #fetch(key: CacheKey): boolean {
    const length = putKey(key, this.#inbox);
    this.#store.clock.tick();
    return this.#abi.fetchItem(this.#inboxPtr, length, this.#outboxPtr, 0, 0) === Status.OK;
  }

  /** The value that was fetched last; what was held for it is let go. */
  #takeValue(): V {
    const item = this.#result[Result.ITEM] as number;
    const length = this.#result[Result.VALUE_LENGTH] as number;
    const clientFlags = this.#result[Result.CLIENT_FLAGS] as number;
    if (item === 0) return this.#coder.decode(this.#outbox, 0, length, clientFlags);
    const start = this.#result[Result.VALUE_PTR] as number;
    try {
      return this.#coder.decode(this.#bytes, start, start + length, clientFlags);
    } finally {
      this.#abi.release(item);
    }
  }

  #look(key: CacheKey): boolean {
    const length = putKey(key, this.#inbox);
    this.#store.clock.tick();
    return this.#abi.fetchItem(this.#inboxPtr, length, 0, Fetch.LOOK, 0) !== Status.NOT_FOUND;
  }

  #storeAs(
    mode: StoreMode,
    key: CacheKey,
    value: V,
    options: SetOptions | undefined,
    cas = 0n,
  ): Status {
    // First of all: a codec may use the cache, and then inbox and outbox are another call's.
    const stored = this.#coder.encode(value);
    const keyLength = putKey(key, this.#inbox);
    const { clock } = this.#store;
    const abi = this.#abi;
    clock.tick();
    const end = clock.endOf(options?.ttl ?? this.#ttl);
    const clientFlags = typeof stored === "string" ? 0 : this.#coder.bytesFlag;
    let large: Uint8Array | null = null;
    let size = this.#putValue(stored);
    if (size < 0) {
      large = typeof stored === "string" ? bytesOf(stored) : stored;
      size = large.length;
    }
    const item = abi.beginSet(this.#inboxPtr, keyLength, clientFlags, end, size, mode) >>> 0;
    if (item === 0) this.#refuse(this.#result[Result.STATUS] as number, size);
    const valuePtr = this.#result[Result.VALUE_PTR] as number;
    if (large === null) abi.copy(valuePtr, this.#outboxPtr, size);
    else this.#bytes.set(large, valuePtr);
    if (mode !== StoreMode.CAS) return this.#ended(abi.endSet(item, mode, 0, 0), mode, size);
    return abi.endSet(item, mode, Number(cas & LOW_32), Number((cas >> 32n) & LOW_32));
  }

  /** A value into the outbox, if that is the cheaper way into its item; its length, or -1. */
  #putValue(stored: string | Uint8Array): number {
    if (typeof stored === "string") {
      return stored.length * 3 <= COPY_LENGTH_MAX ? putText(stored, this.#outbox) : -1;
    }
    if (stored.length > SHORT) return -1;
    putBytes(stored, this.#outbox, 0);
    return stored.length;
  }

  /** append and prepend may find no room for the whole: told apart from a key that is not there. */
  #ended(status: Status, mode: StoreMode, size: number): Status {
    if (status !== Status.NOT_STORED || (mode !== StoreMode.APPEND && mode !== StoreMode.PREPEND)) {
      return status;
    }
    const reason = this.#result[Result.STATUS] as Status;
    if (reason !== Status.OK) this.#refuse(reason, size);
    return status;
  }

  #refuse(status: Status, size: number): never {
    if (status === Status.TOO_LARGE) {
      const most = this.maxValueBytes;
      throw new CacheError("TOO_LARGE", `a value of ${size} bytes: at most ${most} are safe here`);
    }
    throw new CacheError("NO_MEMORY", "no memory for the value, and nothing can be evicted");
  }

  #count(
    key: CacheKey,
    by: number | bigint,
    { initial, ttl }: CountOptions<number | bigint>,
    isIncr: number,
  ): number | bigint | undefined {
    const length = putKey(key, this.#inbox);
    const { clock } = this.#store;
    clock.tick();
    this.#putNumber(Argument.DELTA_LOW, by);
    if (initial !== undefined) {
      this.#putNumber(Argument.INITIAL_LOW, initial);
      this.#store.core.argument[Argument.VIVIFY_EXPIRES_AT] = clock.endOf(ttl ?? this.#ttl);
    }
    const options = initial === undefined ? 0 : With.VIVIFY;
    const status = this.#abi.changeItem(this.#inboxPtr, length, isIncr, options) as Status;
    if (status === Status.NOT_FOUND) return undefined;
    if (status === Status.NOT_NUMERIC) {
      throw new CacheError("NOT_NUMERIC", "the value is no decimal number of 64 bits");
    }
    if (status !== Status.OK) this.#refuse(status, 20);
    const low = this.#result[Result.NUMBER_LOW] as number;
    const high = this.#result[Result.NUMBER_HIGH] as number;
    if (typeof by === "bigint") return (BigInt(high) << 32n) | BigInt(low);
    const sum = high * 2 ** 32 + low;
    if (Number.isSafeInteger(sum)) return sum;
    throw new CacheError("RANGE", "the sum is above 2^53 - 1: add a bigint");
  }

  #putNumber(at: Argument, number: number | bigint): void {
    const isNumber = typeof number === "bigint" || Number.isSafeInteger(number);
    if (!isNumber || number < 0 || number > NUMBER_MAX) {
      throw new CacheError("RANGE", `${number} is no integer of 0 to 2^64 - 1`);
    }
    const whole = BigInt(number);
    const { argument } = this.#store.core;
    argument[at] = Number(whole & LOW_32);
    argument[at + 1] = Number(whole >> 32n);
  }

  #scan(): Generator<ScannedItem, undefined> {
    return scanItems(() => this.#abi, this.#store);
  }
}

/** Header with CAS unique, longest key, client flags. */
const ITEM_EXTRA_MAX = 38 + 250 + 4;
