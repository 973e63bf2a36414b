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
import { type CacheKey, putKey } from "./key-text.ts";
import type {
  CacheOptions,
  CasOutcome,
  CasValue,
  CountOptions,
  SetOptions,
  ViewOptions,
} from "./cache-options.ts";
import { type CacheStats, cacheStats, itemBytes } from "./cache-stats.ts";
import { Notes } from "./notes.ts";
import { type RestoreOptions, restoreStore, takeSnapshot } from "./snapshot.ts";
import { type ScannedItem, scanItems } from "./scan.ts";
import { type SharedStoreOptions, joinStore, startSharedStore } from "./shared-store.ts";
import { type ValueCoder, valueCoder } from "./value-bytes.ts";
import { fillRuns, joinRuns } from "./runs.ts";
import { CacheError } from "./cache-error.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import type { Ttl } from "./cache-clock.ts";
import { valueBytesMax } from "./plan.ts";

const LOW_32 = 0xffff_ffffn;
const NUMBER_MAX = 2n ** 64n - 1n;

export class Cache<V = string | Uint8Array> {
  #store: CacheStore;
  readonly #coder: ValueCoder<V>;
  readonly #ttl: number | undefined;
  #notes: Notes | null;
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
  constructor(
    options: CacheOptions<V>,
    store: CacheStore = startStore(options.maxBytes, options.onEvict !== undefined),
  ) {
    const { core } = store;
    this.#store = store;
    this.#coder = valueCoder(options.codec);
    this.#ttl = options.ttl;
    this.#notes = options.onEvict === undefined ? null : new Notes(store, options.onEvict);
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
    const events = options.events === true || options.onEvict !== undefined;
    return new Cache<V>(options, startSharedStore({ ...options, events }));
  }

  /**
   * This thread's view of a shared cache. Codecs are functions and so not part of the handle: give
   * every thread the same.
   *
   * @throws CacheError THREADS when as many threads have joined as it has places for; RANGE for
   *   `onEvict` where there is no room for it
   */
  static join<V = string | Uint8Array>(
    handle: CacheHandle,
    options: ViewOptions<V> = {},
  ): Cache<V> {
    if (options.onEvict !== undefined && handle.plan.notesBytes === 0) {
      throw new CacheError("RANGE", "onEvict of a shared cache wants it started with `events`");
    }
    return new Cache<V>({ ...options, maxBytes: handle.maxBytes }, joinStore(handle));
  }

  /**
   * The cache that a snapshot was taken of, as one of its own, or with `shared` as one for several
   * threads. Time went on meanwhile: what has expired since is gone.
   *
   * @throws CacheError SNAPSHOT for bytes that are none, damaged, or of another version's layout;
   *   RANGE for more threads than it has places
   */
  static from<V = string | Uint8Array>(
    snapshot: Uint8Array,
    options: ViewOptions<V> & RestoreOptions = {},
  ): Cache<V> {
    const store = restoreStore(snapshot, options, options.onEvict !== undefined);
    return new Cache<V>({ ...options, maxBytes: store.maxBytes }, store);
  }

  // ── One key ────────────────────────────────────────────────────────────────────────────────────

  /** The value, or undefined. Counts as a use. */
  get(key: CacheKey): V | undefined {
    return this.#fetch(key) ? this.#takeValue() : undefined;
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
    this.#begin();
    const isHit = this.#abi.remove(this.#inboxPtr, length) !== 0;
    this.#end();
    return isHit;
  }

  /** Gives the item a new ttl; whether there is one. */
  touch(key: CacheKey, ttl?: Ttl): boolean {
    const expiresAt = this.#store.clock.endOf(ttl ?? this.#ttl);
    const length = putKey(key, this.#inbox);
    this.#begin();
    const isHit = this.#abi.touch(this.#inboxPtr, length, expiresAt) !== 0;
    this.#end();
    return isHit;
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
    return Array.from(keys, (key) => this.get(key));
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
    for (const { key, bytes, clientFlags } of this.#scan()) {
      yield [key, this.#coder.decode(bytes, 0, bytes.length, clientFlags)];
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
    return valueBytesMax(this.#store.itemSizeMax);
  }

  /** What was counted since the start, over all threads. */
  stats(): CacheStats {
    return cacheStats(this.#store.core, this.maxBytes, this.#notes?.untold ?? 0);
  }

  /** What `Cache.join` wants in another thread; null unless the cache is shared. */
  get handle(): CacheHandle | null {
    return this.#store.handle;
  }

  /**
   * The cache as bytes, for `Cache.from` in this or another process, on this or another host. Other
   * threads of a shared one wait meanwhile: what it holds is of one moment.
   *
   * @throws CacheError RANGE for a server's; StalledError where a thread was ended within a call
   */
  snapshot(): Uint8Array {
    return takeSnapshot(this.#store);
  }

  /** Ends the use of it: this thread's place is free, and its memory is the collector's. */
  dispose(): void {
    this.#store.leave();
    this.#store = closedStore(this.#store);
    this.#notes = null;
    this.#abi = closed();
    this.#inbox = new Uint8Array(KEY_LENGTH_MAX);
    this.#outbox = this.#bytes = new Uint8Array();
    this.#result = new Uint32Array();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  /** Before a call of the core: the time, and room for notes of what it evicts. */
  #begin(): void {
    this.#store.clock.tick();
    if (this.#notes !== null) this.#notes.open();
  }

  /** After it, and after its results were read: a listener may use the cache. */
  #end(): void {
    if (this.#notes !== null) this.#notes.tell();
  }

  #fetch(key: CacheKey): boolean {
    const length = putKey(key, this.#inbox);
    this.#begin();
    const status = this.#abi.fetchItem(this.#inboxPtr, length, this.#outboxPtr, 0, 0);
    // What is found takes nobody's place: there are notes only where there are no results.
    this.#end();
    return status === Status.OK;
  }

  /** The value that was fetched last; what was held for it is let go. */
  #takeValue(): V {
    const item = this.#result[Result.ITEM] as number;
    const length = this.#result[Result.VALUE_LENGTH] as number;
    const clientFlags = this.#result[Result.CLIENT_FLAGS] as number;
    if (item === 0) return this.#coder.decode(this.#outbox, 0, length, clientFlags);
    const start = this.#result[Result.VALUE_PTR] as number;
    try {
      if (start === 0) {
        const whole = joinRuns(this.#store.core, item, length);
        return this.#coder.decode(whole, 0, length, clientFlags);
      }
      return this.#coder.decode(this.#bytes, start, start + length, clientFlags);
    } finally {
      this.#abi.release(item);
    }
  }

  #look(key: CacheKey): boolean {
    const length = putKey(key, this.#inbox);
    this.#begin();
    const status = this.#abi.fetchItem(this.#inboxPtr, length, 0, Fetch.LOOK, 0);
    this.#end();
    return status !== Status.NOT_FOUND;
  }

  #storeAs(
    mode: StoreMode,
    key: CacheKey,
    value: V,
    options: SetOptions | undefined,
    cas = 0n,
  ): Status {
    const { bytes, clientFlags } = this.#coder.encode(value);
    const expiresAt = this.#store.clock.endOf(options?.ttl ?? this.#ttl);
    const keyLength = putKey(key, this.#inbox);
    this.#begin();
    const status = this.#put(mode, keyLength, clientFlags, expiresAt, bytes, cas);
    const reason = this.#result[Result.STATUS] as Status;
    this.#end();
    // append and prepend may find no room for the whole.
    const isExtending = mode === StoreMode.APPEND || mode === StoreMode.PREPEND;
    const isRefused = status === null || (isExtending && status === Status.NOT_STORED);
    if (isRefused && reason !== Status.OK) this.#refuse(reason, bytes.length);
    return status ?? Status.NOT_STORED;
  }

  /** Stores bytes under the key in the inbox. Null: there is no item for them, Result.STATUS. */
  #put(
    mode: StoreMode,
    keyLength: number,
    clientFlags: number,
    expiresAt: number,
    bytes: Uint8Array,
    cas: bigint,
  ): Status | null {
    const abi = this.#abi;
    const [keyPtr, result] = [this.#inboxPtr, this.#result];
    const size = bytes.length;
    const item = abi.beginSet(keyPtr, keyLength, clientFlags, expiresAt, size, mode) >>> 0;
    if (item === 0) return null;
    const start = result[Result.VALUE_PTR] as number;
    if (start !== 0) this.#bytes.set(bytes, start);
    else if (!fillRuns(this.#store.core, item, bytes)) {
      abi.release(item);
      if (mode === StoreMode.SET) abi.remove(keyPtr, keyLength);
      result[Result.STATUS] = Status.NO_MEMORY;
      return null;
    }
    if (mode !== StoreMode.CAS) return abi.endSet(item, mode, 0, 0);
    return abi.endSet(item, mode, Number(cas & LOW_32), Number((cas >> 32n) & LOW_32));
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
    const { clock, core } = this.#store;
    this.#putNumber(Argument.DELTA_LOW, by);
    if (initial !== undefined) {
      this.#putNumber(Argument.INITIAL_LOW, initial);
      core.argument[Argument.VIVIFY_EXPIRES_AT] = clock.endOf(ttl ?? this.#ttl);
    }
    const options = initial === undefined ? 0 : With.VIVIFY;
    this.#begin();
    const status = this.#abi.changeItem(this.#inboxPtr, length, isIncr, options) as Status;
    const low = this.#result[Result.NUMBER_LOW] as number;
    const high = this.#result[Result.NUMBER_HIGH] as number;
    this.#end();
    if (status === Status.NOT_FOUND) return undefined;
    if (status === Status.NOT_NUMERIC) {
      throw new CacheError("NOT_NUMERIC", "the value is no decimal number of 64 bits");
    }
    if (status !== Status.OK) this.#refuse(status, 20);
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
    const begin = (): CacheStore["core"] => {
      this.#begin();
      return this.#store.core;
    };
    return scanItems(begin, () => this.#end());
  }
}
