/**
 * The store as a plain Map: what every call must answer, and what every counter must say.
 *
 * Goal: an oracle that is obviously right. It knows no slab, queue or bucket, so two things must be
 * told to it from outside: that an allocation failed, and which items were evicted.
 *
 * Dead items (expired or flushed) stay in the map until a command meets them: only then is it
 * certain that the core has dropped them too, since it may reclaim them at any allocation.
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { Fetch, ItemState, Status, StoreMode } from "../../assembly/shared/status.ts";
import type { Settings } from "../../src/base/settings.ts";
import { latin1 } from "../support/bytes.ts";
import { storedNumber } from "../support/stored-number.ts";

const BUMP_INTERVAL_SECONDS = 60;

export interface ModelItem {
  readonly key: string;
  value: Uint8Array;
  readonly clientFlags: number;
  expiresAt: number;
  casUnique: bigint;
  lastAccess: number;
  readonly size: number;
  /** Pins of readers; the link itself is not counted. */
  holds: number;
  /** Bits of `ItemState`. */
  state: number;
}

/** An item between beginSet and endSet. */
export interface ModelUpload {
  readonly mode: StoreMode;
  readonly key: string;
  readonly value: Uint8Array;
  readonly clientFlags: number;
  readonly expiresAt: number;
}

/** What flush_all does at once. */
export interface ModelFlush {
  /** How many items are unlinked: those that were dead already may have been gone. */
  readonly unlinkedLeast: number;
  readonly unlinkedMost: number;
  /** Dead items that are not hidden any more, if they are still there. */
  readonly back: readonly ModelItem[];
}

type Content = Omit<ModelUpload, "mode">;

export class StoreModel {
  readonly items = new Map<string, ModelItem>();
  /** Unlinked items that somebody still holds. */
  readonly orphans = new Set<ModelItem>();
  readonly counters = new Float64Array(Counter.COUNT);
  /** Sums over all classes. */
  readonly classCounters = new Float64Array(ClassCounter.COUNT);
  /** Live items that were unlinked by commands, evictions left out. */
  unlinked = 0;
  now = 100;
  #flushCut = 0;
  #casNext = 2n;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  // ── Rules ──────────────────────────────────────────────────────────────────────────────────────

  isDead(item: ModelItem): boolean {
    const cut = this.#flushCut;
    if (cut !== 0 && cut <= this.now && item.lastAccess <= cut) return true;
    return item.expiresAt !== 0 && item.expiresAt <= this.now;
  }

  #size(keyLength: number, clientFlags: number, valueLength: number, classic: boolean): number {
    const header = (classic ? 48 + 3 : 30) + (this.#settings.casEnabled ? 8 : 0);
    return header + keyLength + (clientFlags === 0 ? 0 : 4) + valueLength;
  }

  isStorable(keyLength: number, clientFlags: number, valueLength: number): boolean {
    return this.#size(keyLength, clientFlags, valueLength, true) <= this.#settings.itemSizeMax;
  }

  /** Whether a value is in several chunks: with what is around it, it is above the largest one. */
  isChunked(keyLength: number, clientFlags: number, valueLength: number): boolean {
    const { classicSizes, slabChunkMax } = this.#settings;
    return this.#size(keyLength, clientFlags, valueLength, classicSizes) > slabChunkMax;
  }

  nextCas(): bigint {
    return this.#settings.casEnabled ? this.#casNext++ : 0n;
  }

  /** The unique that a client gave, where items have one. */
  ownCas(given: bigint): bigint {
    return this.#settings.casEnabled ? given : 0n;
  }

  /** An access moves the item, and its time, at most once a minute. */
  bump(item: ModelItem): void {
    if (item.lastAccess + BUMP_INTERVAL_SECONDS < this.now) item.lastAccess = this.now;
  }

  // ── Links ──────────────────────────────────────────────────────────────────────────────────────

  /** Every lookup of the core: a dead item that is met is gone. */
  find(key: string): ModelItem | undefined {
    const item = this.items.get(key);
    if (item === undefined || !this.isDead(item)) return item;
    this.#unlink(item);
    return undefined;
  }

  #unlink(item: ModelItem): void {
    this.items.delete(item.key);
    if (item.holds > 0) this.orphans.add(item);
  }

  unlinkLive(item: ModelItem): void {
    this.#unlink(item);
    this.unlinked++;
  }

  link(content: Content, old: ModelItem | undefined, casUnique: bigint, state = 0): ModelItem {
    if (old !== undefined) this.unlinkLive(old);
    const { key, value, clientFlags, expiresAt } = content;
    const size = this.#size(key.length, clientFlags, value.length, this.#settings.classicSizes);
    const lastAccess = this.now;
    const holds = 0;
    const item = { key, value, clientFlags, expiresAt, casUnique, size, lastAccess, holds, state };
    this.items.set(key, item);
    this.counters[Counter.TOTAL_ITEMS]++;
    return item;
  }

  /** The core has evicted it, or dropped it while it was dead. */
  forget(item: ModelItem): void {
    this.items.delete(item.key);
  }

  hold(item: ModelItem): void {
    item.holds++;
  }

  release(item: ModelItem): void {
    item.holds--;
    if (item.holds === 0) this.orphans.delete(item);
  }

  // ── Storing ────────────────────────────────────────────────────────────────────────────────────

  /** beginSet; `failed`: the core found no memory. */
  begin(upload: ModelUpload, failed: boolean): boolean {
    const { mode, key, clientFlags, value } = upload;
    const isStorable = this.isStorable(key.length, clientFlags, value.length);
    if (isStorable && !failed) {
      // A value in chunks counts when there is room for all of it.
      if (!this.isChunked(key.length, clientFlags, value.length)) this.filled();
      return true;
    }
    this.counters[isStorable ? Counter.STORE_NO_MEMORY : Counter.STORE_TOO_LARGE]++;
    if (mode === StoreMode.SET) {
      const old = this.find(key);
      if (old !== undefined) this.unlinkLive(old);
    }
    return false;
  }

  filled(): void {
    this.classCounters[ClassCounter.CMD_SET]++;
  }

  /** endSet; `failed`: the core found no memory for an append or prepend. */
  end(upload: ModelUpload, givenCas: bigint, failed: boolean): Status {
    const casUnique = this.nextCas();
    return this.put(upload, this.find(upload.key), casUnique, givenCas, failed, 0);
  }

  /** Stores, or not, where `old` has the key. */
  put(
    upload: ModelUpload,
    old: ModelItem | undefined,
    casUnique: bigint,
    givenCas: bigint,
    failed: boolean,
    state: number,
  ): Status {
    const { mode } = upload;
    if (mode === StoreMode.CAS) return this.endCas(upload, old, casUnique, givenCas, state);
    if (mode === StoreMode.ADD && old !== undefined) {
      this.bump(old);
      return Status.NOT_STORED;
    }
    if (mode !== StoreMode.SET && mode !== StoreMode.ADD) {
      if (old === undefined) return Status.NOT_STORED;
      if (mode !== StoreMode.REPLACE) return this.extend(upload, old, casUnique, failed);
    }
    this.link(upload, old, casUnique, state);
    return Status.OK;
  }

  endCas(
    upload: ModelUpload,
    old: ModelItem | undefined,
    casUnique: bigint,
    given: bigint,
    state: number,
  ): Status {
    if (old === undefined) {
      this.counters[Counter.CAS_MISSES]++;
      return Status.NOT_FOUND;
    }
    if (given === 0n || given !== old.casUnique) {
      this.classCounters[ClassCounter.CAS_BADVAL]++;
      return Status.EXISTS;
    }
    this.classCounters[ClassCounter.CAS_HITS]++;
    this.link(upload, old, casUnique, state);
    return Status.OK;
  }

  extend(upload: ModelUpload, old: ModelItem, casUnique: bigint, failed: boolean): Status {
    const isAppend = upload.mode === StoreMode.APPEND;
    const [first, second] = isAppend ? [old, upload] : [upload, old];
    const length = first.value.length + second.value.length;
    if (failed || !this.isStorable(old.key.length, old.clientFlags, length)) {
      return Status.NOT_STORED;
    }
    const value = new Uint8Array(length);
    value.set(first.value);
    value.set(second.value, first.value.length);
    const { key, clientFlags, expiresAt } = old;
    this.link({ key, clientFlags, expiresAt, value }, old, casUnique);
    return Status.OK;
  }

  // ── Reading and changing ───────────────────────────────────────────────────────────────────────

  fetch(key: string, options: number, expiresAt: number): ModelItem | undefined {
    const isTouch = (options & Fetch.TOUCH) !== 0;
    this.counters[isTouch ? Counter.CMD_TOUCH : Counter.CMD_GET]++;
    const item = this.find(key);
    if (item === undefined) {
      this.counters[isTouch ? Counter.TOUCH_MISSES : Counter.GET_MISSES]++;
      return undefined;
    }
    this.classCounters[isTouch ? ClassCounter.TOUCH_HITS : ClassCounter.GET_HITS]++;
    if (isTouch) item.expiresAt = expiresAt;
    item.state |= ItemState.FETCHED;
    this.bump(item);
    return item;
  }

  touch(key: string, expiresAt: number): boolean {
    return this.fetch(key, Fetch.TOUCH, expiresAt) !== undefined;
  }

  remove(key: string): boolean {
    const item = this.find(key);
    if (item === undefined) {
      this.counters[Counter.DELETE_MISSES]++;
      return false;
    }
    this.classCounters[ClassCounter.DELETE_HITS]++;
    this.unlinkLive(item);
    return true;
  }

  /** incr and decr: the new number as text, or a status. */
  change(key: string, isIncr: boolean, delta: bigint, failed: boolean): string | Status {
    const item = this.find(key);
    if (item === undefined) {
      this.counters[isIncr ? Counter.INCR_MISSES : Counter.DECR_MISSES]++;
      return Status.NOT_FOUND;
    }
    return this.changeFound(item, isIncr, delta, failed, () => this.nextCas());
  }

  /** A value in chunks is never a number. */
  isInChunks({ size }: ModelItem): boolean {
    return size > this.#settings.slabChunkMax;
  }

  changeFound(
    item: ModelItem,
    isIncr: boolean,
    delta: bigint,
    failed: boolean,
    cas: () => bigint,
  ): string | Status {
    if (this.isInChunks(item)) return Status.NOT_NUMERIC;
    const old = storedNumber(item.value);
    if (old === null) return Status.NOT_NUMERIC;
    this.classCounters[isIncr ? ClassCounter.INCR_HITS : ClassCounter.DECR_HITS]++;
    const stopped = old > delta ? old - delta : 0n;
    const text = (isIncr ? BigInt.asUintN(64, old + delta) : stopped).toString();
    if (text.length <= item.value.length && item.holds === 0) {
      item.value = latin1(text.padEnd(item.value.length, " "));
      item.casUnique = cas();
      this.bump(item);
      return text;
    }
    if (failed) return Status.NO_MEMORY;
    const { key, clientFlags, expiresAt } = item;
    this.link({ key, clientFlags, expiresAt, value: latin1(text) }, item, cas());
    return text;
  }

  /**
   * flush_all. The cut of a new flush replaces the old one, so items that the old one hid come
   * back, here as in memcached, unless the core has dropped them meanwhile.
   */
  flush(cut: number, removeNewer: boolean): ModelFlush {
    this.counters[Counter.CMD_FLUSH]++;
    const dead = [...this.items.values()].filter((item) => this.isDead(item));
    this.#flushCut = cut;
    const isNewer = ({ lastAccess }: ModelItem): boolean => removeNewer && lastAccess > cut;
    const newer = [...this.items.values()].filter(isNewer);
    for (const item of newer) this.#unlink(item);
    const isBack = (item: ModelItem): boolean => !isNewer(item) && !this.isDead(item);
    return {
      unlinkedMost: newer.length,
      unlinkedLeast: newer.filter((item) => !dead.includes(item)).length,
      back: dead.filter(isBack),
    };
  }

  resetCounters(): void {
    this.counters.fill(0);
    this.classCounters.fill(0);
  }
}
