/**
 * The sums around each operation: what went in, what came out, and what is there must agree.
 *
 * Items are conserved: linked ones = before + stored − unlinked by the command − evicted − dead
 * ones that were met or reclaimed. Chunks in use = linked items + orphans that somebody holds +
 * uploads. Dead items that nobody has met may or may not be there still; so `full` has bounds where
 * the model knows of dead ones, and `exact` is for a store in which all of them have been met.
 *
 * What is protected is otherwise in a store with segments (segments-audit.ts).
 */
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import type { ModelFlush, ModelItem, ModelUpload, StoreModel } from "./store-model.ts";
import type { CoreDriver } from "../support/core-driver.ts";
import { between, same } from "./difference.ts";
import { ItemState, Status } from "../../assembly/shared/status.ts";
import { listed } from "./listed-items.ts";
import { fromLatin1 } from "../support/bytes.ts";
import { heldCounts, locksTaken } from "../support/core-locks.ts";

const EXACT_COUNTERS = [
  Counter.CMD_GET,
  Counter.CMD_TOUCH,
  Counter.CMD_FLUSH,
  Counter.GET_MISSES,
  Counter.DELETE_MISSES,
  Counter.INCR_MISSES,
  Counter.DECR_MISSES,
  Counter.CAS_MISSES,
  Counter.TOUCH_MISSES,
  Counter.STORE_TOO_LARGE,
  Counter.STORE_NO_MEMORY,
  Counter.TOTAL_ITEMS,
];

const EXACT_CLASS_COUNTERS = [
  ClassCounter.GET_HITS,
  ClassCounter.CMD_SET,
  ClassCounter.DELETE_HITS,
  ClassCounter.INCR_HITS,
  ClassCounter.DECR_HITS,
  ClassCounter.CAS_HITS,
  ClassCounter.CAS_BADVAL,
  ClassCounter.TOUCH_HITS,
];

/** Bytes of a chunk that are not its item's value. */
const CHUNK_HEADER_SIZE = 30;

type Content = Pick<ModelItem, "key" | "clientFlags" | "value">;

/** Bytes of one bucket of the size histogram. */
const SIZE_BUCKET = 32;

export interface Pin {
  readonly item: ModelItem;
  readonly itemPtr: number;
  /** 0 when the value is in chunks, or its place is not known. */
  readonly valuePtr: number;
  /** The value when it was pinned; empty when its place is not known. */
  readonly value: Uint8Array;
}

interface AuditedUpload extends ModelUpload {
  readonly filled: number;
}

/** What there is to compare. */
export interface AuditedWorld {
  readonly driver: CoreDriver;
  readonly model: StoreModel;
  readonly pins: readonly Pin[];
  /** Items between beginSet and endSet. */
  readonly uploads: readonly AuditedUpload[];
  readonly isTiny: boolean;
}

export class StoreAudit {
  protected readonly world: AuditedWorld;
  #items = 0;
  #stored = 0;
  #unlinked = 0;
  #evicted = 0;
  #lost = 0;
  #failed = 0;

  constructor(world: AuditedWorld) {
    this.world = world;
  }

  /** Dead items that the core has unlinked so far, by whatever way. */
  protected lostCount(): number {
    const { driver } = this.world;
    return (
      driver.counter(Counter.GET_EXPIRED) +
      driver.counter(Counter.GET_FLUSHED) +
      driver.classSum(ClassCounter.RECLAIMED)
    );
  }

  /** Keys of all live items, as the core lists them. */
  protected keysThere(): ReadonlySet<string> {
    return new Set(listed(this.world.driver).keys());
  }

  /** A counter as far as commands move it. */
  protected counted(which: Counter): number {
    return this.world.driver.counter(which);
  }

  /** Slab pages that are somebody's. */
  protected pagesOwned(): number {
    return this.world.driver.classGaugeSum(ClassGauge.PAGES);
  }

  /** So many live items were evicted: whether that had to be. */
  protected evictionsSeen(_count: number): void {
    // With tiny memory they may be at any time, and `full` knows that with plenty none may.
  }

  /** How many items flush_all may have unlinked. */
  protected unlinkedByFlush(unlinked: number, { unlinkedLeast, unlinkedMost }: ModelFlush): void {
    between("items unlinked by a flush", unlinked, unlinkedLeast, unlinkedMost);
  }

  /** A dead item that was to come back is not there any more. */
  protected lost(item: ModelItem): void {
    same(`holds of the lost ${item.key}`, 0, item.holds);
    this.world.model.forget(item);
  }

  before(): void {
    const { driver, model } = this.world;
    this.#items = driver.items;
    this.#stored = model.counters[Counter.TOTAL_ITEMS];
    this.#unlinked = model.unlinked;
    this.#evicted = driver.classSum(ClassCounter.EVICTED);
    this.#lost = this.lostCount();
    this.#failed = driver.classSum(ClassCounter.OUT_OF_MEMORY);
  }

  /** Whether an allocation failed since `before`. */
  hasFailed(): boolean {
    return this.world.driver.classSum(ClassCounter.OUT_OF_MEMORY) > this.#failed;
  }

  /**
   * The same for the end of an upload. Chunks of a value that append or prepend has made too large
   * for one are not counted when they cannot be had: the status is all that tells.
   */
  hasFailedOn({ key, value }: ModelUpload, status: Status): boolean {
    const { model, isTiny } = this.world;
    const old = model.items.get(key);
    if (!isTiny || old === undefined || status !== Status.NOT_STORED) return this.hasFailed();
    const length = old.value.length + value.length;
    return this.hasFailed() || model.isChunked(key.length, old.clientFlags, length);
  }

  /** There was no memory for a chunk. */
  noRoom(): void {
    same("may want for memory", this.world.isTiny, true);
  }

  /**
   * Makes the model forget what was evicted since `before`: just as many live items must be missing
   * as the core has counted. A refused set may itself have removed `refusedKey`, which the model is
   * yet to be told of.
   */
  forgetEvicted(refusedKey: string | null): void {
    const { driver, model } = this.world;
    const evicted = driver.classSum(ClassCounter.EVICTED);
    const count = evicted - this.#evicted;
    if (count === 0) return;
    this.evictionsSeen(count);
    const there = this.keysThere();
    const live = [...model.items.values()].filter((item) => !model.isDead(item));
    let missing = live.filter(({ key }) => !there.has(key));
    if (missing.length === count + 1) missing = missing.filter(({ key }) => key !== refusedKey);
    same("evicted items", count, missing.length);
    for (const item of missing) {
      same(`holds of the evicted ${item.key}`, 0, item.holds);
      model.forget(item);
    }
    // Evictions are items that went without a command.
    this.#items -= count;
    this.#evicted = evicted;
  }

  /** Compares what flush_all unlinked, and learns which dead items came back. */
  flushed(flush: ModelFlush): void {
    const { driver } = this.world;
    this.unlinkedByFlush(this.#items - driver.items, flush);
    this.#items = driver.items;
    if (flush.back.length === 0) return;
    const there = this.keysThere();
    for (const item of flush.back) {
      if (!there.has(item.key)) this.lost(item);
    }
  }

  /** The conservation of items, after every operation. */
  after(): void {
    const { driver, model } = this.world;
    const stored = model.counters[Counter.TOTAL_ITEMS] - this.#stored;
    const unlinked = model.unlinked - this.#unlinked;
    const lost = this.lostCount() - this.#lost;
    same("evictions seen", driver.classSum(ClassCounter.EVICTED), this.#evicted);
    same("items", driver.items, this.#items + stored - unlinked - lost);
  }

  /** The core's own check, all counters, and what the sums allow. */
  full(): void {
    const { driver, model, pins, isTiny } = this.world;
    same("check", driver.check(), 0);
    same("locks held", heldCounts(driver.core).join(), "0,0,0,0");
    same("locks taken", locksTaken(driver.core).length, 0);
    for (const which of EXACT_COUNTERS) {
      same(`counter ${Counter[which]}`, this.counted(which), model.counters[which]);
    }
    for (const which of EXACT_CLASS_COUNTERS) {
      const name = `class counter ${ClassCounter[which]}`;
      same(name, driver.classSum(which), model.classCounters[which]);
    }
    same("tail repairs", driver.classSum(ClassCounter.TAIL_REPAIRS), 0);
    if (!isTiny) same("evictions", driver.classSum(ClassCounter.EVICTED), 0);
    if (!isTiny) same("out of memory", driver.classSum(ClassCounter.OUT_OF_MEMORY), 0);
    this.#amounts();
    this.#chunks();
    for (const { itemPtr, valuePtr, value } of pins) {
      if (value.length === 0) continue;
      same("pinned value", driver.valueOf({ itemPtr, valuePtr, length: value.length }), value);
    }
  }

  /** Chunks of a value: its item's, and, if it is in chunks, those of what has come of it. */
  #chunksOf({ key, clientFlags, value }: Content, filled: number): number {
    const { driver, model } = this.world;
    if (!model.isChunked(key.length, clientFlags, value.length)) return 1;
    return 1 + Math.ceil(filled / (driver.settings.slabChunkMax - CHUNK_HEADER_SIZE));
  }

  #chunks(): void {
    const { driver, model, uploads } = this.world;
    let [least, most] = [0, 0];
    for (const upload of uploads) least += this.#chunksOf(upload, upload.filled);
    for (const item of model.orphans) least += this.#chunksOf(item, item.value.length);
    most = least;
    for (const item of model.items.values()) {
      const chunks = this.#chunksOf(item, item.value.length);
      most += chunks;
      if (!model.isDead(item)) least += chunks;
    }
    const used = driver.classGaugeSum(ClassGauge.USED_CHUNKS);
    // memcached's append and prepend leave more chunks than they need (core-chunks.test.ts).
    if (driver.settings.classicSizes) between("used chunks", used, least, 2 * most + 5);
    else between("used chunks", used, least, most);
  }

  #amounts(): void {
    const { driver, model } = this.world;
    let [live, liveBytes, allBytes] = [0, 0, 0];
    for (const item of model.items.values()) {
      allBytes += item.size;
      if (model.isDead(item)) continue;
      live++;
      liveBytes += item.size;
    }
    between("items", driver.items, live, model.items.size);
    between("bytes", driver.bytes, liveBytes, allBytes);
    same("items of all classes", driver.classGaugeSum(ClassGauge.ITEMS), driver.items);
    same("bytes of all classes", driver.classGaugeSum(ClassGauge.REQUESTED_LOW), driver.bytes);
    same("slab pages of all owners", this.pagesOwned(), driver.core.gauge(Gauge.PAGES_TAKEN));
  }

  /**
   * Every live item is listed once, with its data, and in order of last access: but those whose key
   * came in base64, which `stats cachedump` leaves out.
   */
  sweep(): void {
    const { driver, model } = this.world;
    let found = 0;
    for (let id = 1; id <= driver.core.classIdMax; id++) {
      let newest = model.now;
      for (const record of driver.core.dump(id, 0)) {
        const key = fromLatin1(record.key);
        const item = model.items.get(key);
        if (item === undefined || model.isDead(item)) throw new Error(`${key} is listed`);
        same(`listed length of ${key}`, record.valueLength, item.value.length);
        same(`listed expiry of ${key}`, record.expiresAt, item.expiresAt);
        between(`last access of ${key}`, item.lastAccess, 0, newest);
        newest = item.lastAccess;
        found++;
      }
    }
    const live = [...model.items.values()].filter((item) => {
      return !model.isDead(item) && (item.state & ItemState.KEY_BINARY) === 0;
    });
    same("listed items", found, live.length);
  }

  /** For a store whose dead items were all met: every sum to the byte. */
  exact(): void {
    const { driver, model } = this.world;
    const sizes = [...model.items.values()].map(({ size }) => size);
    same("items", driver.items, sizes.length);
    same(
      "bytes",
      driver.bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    const buckets = new Map<number, number>();
    for (const size of driver.settings.trackSizes ? sizes : []) {
      const bucket = Math.ceil(size / SIZE_BUCKET);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    driver.core.sizeHistogram(driver.settings.itemSizeMax).forEach((count, bucket) => {
      if (count !== 0 || buckets.has(bucket)) {
        same(`size bucket ${bucket}`, count, buckets.get(bucket) ?? 0);
      }
    });
  }
}
