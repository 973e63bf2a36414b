/**
 * Driving the core in tests: keys and values as JavaScript values, every call of the ABI that
 * changes or reads items, and shapes of a store by name of the settings that differ from the
 * defaults.
 *
 * Keys are strings of one-byte characters. Nothing here judges a result.
 */
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import {
  Fetch,
  HashAlgorithm,
  Option,
  Result,
  Status,
  StoreMode,
} from "../../assembly/shared/status.ts";
import { SLAB_CLASS_COUNT_MAX, WASM_PAGE_SIZE } from "../../assembly/shared/limits.ts";
import { type Settings, defaultSettings } from "../../src/base/settings.ts";
import { fromLatin1, latin1 } from "./bytes.ts";

const MEBIBYTE = 1024 * 1024;
const TWO_32 = 2 ** 32;
const LOW_32 = 0xffff_ffffn;

/** Where the counters of slab classes begin behind the general ones, and their number, in words. */
const CLASS_COUNTERS_AT = 2 * Counter.COUNT;
const CLASS_STRIDE = 2 * ClassCounter.COUNT;
const COUNTERS_LENGTH = CLASS_COUNTERS_AT + CLASS_STRIDE * SLAB_CLASS_COUNT_MAX;

/**
 * Settings that differ from the defaults; `memoryMiB` in place of bytes. The LRU is flat unless
 * `lruSegmented` says otherwise.
 */
export interface CoreShape extends Partial<Omit<Settings, "memoryLimit">> {
  readonly memoryMiB?: number;
  /** Every key in one bucket: the debug build only. */
  readonly hostileHash?: boolean;
}

/** A value that stays in its item until `release`. */
export interface HeldValue {
  readonly itemPtr: number;
  /** 0 = it is in chunks. */
  readonly valuePtr: number;
  readonly length: number;
}

/** What a hit of `fetch` says. */
export interface FetchedItem {
  readonly key: string;
  readonly clientFlags: number;
  readonly value: Uint8Array;
  /** null when the VALUE line has none. */
  readonly casUnique: bigint | null;
  readonly held: HeldValue | null;
}

/** `memcached`'s arguments of a storage command. */
export interface StoreArguments {
  readonly key: string;
  readonly value: Uint8Array;
  readonly clientFlags?: number;
  readonly expiresAt?: number;
  readonly casUnique?: bigint;
}

export function shapeSettings({ memoryMiB = 64, ...rest }: CoreShape): Settings {
  const { hostileHash: _, ...settings } = rest;
  const own = { hashPower: 12, lruSegmented: false, memoryLimit: memoryMiB * MEBIBYTE };
  return { ...defaultSettings(), ...own, ...settings };
}

/** Lays the fresh store out once more with the hash that only tests want: nothing is stored yet. */
function layOutHostile(core: Core, settings: Settings): void {
  let options = settings.evictions ? Option.EVICT : 0;
  if (settings.casEnabled) options |= Option.CAS;
  if (settings.classicSizes) options |= Option.CLASSIC_SIZES;
  if (settings.hashExpand) options |= Option.HASH_EXPAND;
  if (settings.trackSizes) options |= Option.TRACK_SIZES;
  if (settings.lruSegmented) options |= Option.SEGMENTED;
  core.abi.init(
    core.bytes.length / WASM_PAGE_SIZE,
    options,
    HashAlgorithm.HOSTILE,
    settings.hashPower,
    settings.itemSizeMax,
    settings.memoryLimit / MEBIBYTE,
    core.share.threads,
  );
  core.abi.classesByFactor(settings.chunkSizeMin, settings.growthFactor, settings.slabChunkMax);
}

/** A store of this shape, as thread 0 sees it. */
function startCore(shape: CoreShape, build: CoreBuild, threads: number): Core {
  const settings = shapeSettings(shape);
  const core = Core.start(settings, build, threads, false);
  if (shape.hostileHash === true) layOutHostile(core, settings);
  return core;
}

export class CoreDriver {
  readonly core: Core;
  readonly settings: Settings;
  /** Counters of each thread; read here without the facade, by the layout of docs/embedding.md. */
  readonly #counters: readonly Uint32Array[];
  readonly #baseline: Uint32Array;

  constructor(
    shape: CoreShape = {},
    build: CoreBuild = "core.debug",
    core = startCore(shape, build, 1),
  ) {
    this.settings = shapeSettings(shape);
    this.core = core;
    const { abi, bytes, share } = core;
    const words = (at: number): Uint32Array => new Uint32Array(bytes.buffer, at, COUNTERS_LENGTH);
    this.#counters = Array.from({ length: share.threads }, (_, i) => words(abi.countersPtr(i)));
    this.#baseline = words(abi.baselinePtr());
  }

  /** The threads of one store, each an instance of its own; all live in the caller's thread. */
  static threads(shape: CoreShape, build: CoreBuild, count: number): CoreDriver[] {
    const first = startCore(shape, build, count);
    return Array.from({ length: count }, (_, index) => {
      const core = index === 0 ? first : Core.join(first.share, index);
      return new CoreDriver(shape, build, core);
    });
  }

  /** Puts a key into the inbox; returns its length. */
  #putKey(key: string): number {
    const { inbox } = this.core;
    for (let i = 0; i < key.length; i++) inbox[i] = key.charCodeAt(i);
    return key.length;
  }

  set now(seconds: number) {
    this.core.abi.setNow(seconds);
  }

  // ── Storing ────────────────────────────────────────────────────────────────────────────────────

  /** beginSet: the address of the item to fill, or 0. */
  begin(mode: StoreMode, key: string, length: number, clientFlags = 0, expiresAt = 0): number {
    const { abi, inboxPtr } = this.core;
    const keyLength = this.#putKey(key);
    return abi.beginSet(inboxPtr, keyLength, clientFlags, expiresAt, length, mode) >>> 0;
  }

  /** Where the value of the item that `begin` gave last belongs. */
  get valuePtr(): number {
    return this.result(Result.VALUE_PTR);
  }

  /** endSet. */
  end(itemPtr: number, mode: StoreMode, casUnique = 0n): Status {
    const [low, high] = [Number(casUnique & LOW_32), Number(casUnique >> 32n)];
    return this.core.abi.endSet(itemPtr, mode, low, high);
  }

  /** A whole storage command; a refusal by `begin` comes back as its status. */
  store(mode: StoreMode, given: StoreArguments): Status {
    const { key, value, clientFlags, expiresAt, casUnique } = given;
    const itemPtr = this.begin(mode, key, value.length, clientFlags, expiresAt);
    if (itemPtr === 0) return this.result(Result.STATUS);
    if (this.fill(itemPtr, this.valuePtr, value) < 0) {
      this.release(itemPtr);
      return Status.NO_MEMORY;
    }
    return this.end(itemPtr, mode, casUnique);
  }

  /**
   * Writes value[from …) into the item that `begin` gave, in up to `runsMax` runs if it is in
   * chunks. Returns how far that came, or -1 when there was no memory.
   */
  fill(itemPtr: number, valuePtr: number, value: Uint8Array, from = 0, runsMax = 1e9): number {
    const { abi, bytes } = this.core;
    if (valuePtr !== 0) {
      bytes.set(value, valuePtr);
      return value.length;
    }
    let at = from;
    for (let run = 0; run < runsMax && at < value.length; run++) {
      const length = abi.addRun(itemPtr, value.length - at);
      if (length === 0) return -1;
      bytes.set(value.subarray(at, at + length), this.valuePtr);
      at += length;
    }
    return at;
  }

  /** `set` with a text or so many bytes as value. */
  set(key: string, value: string | number, expiresAt = 0, clientFlags = 0): Status {
    const bytes = typeof value === "string" ? latin1(value) : new Uint8Array(value);
    return this.store(StoreMode.SET, { key, value: bytes, clientFlags, expiresAt });
  }

  // ── Reading and changing ───────────────────────────────────────────────────────────────────────

  /** fetchText, its answer taken apart. */
  fetch(key: string, options = 0, expiresAt = 0): FetchedItem | null {
    const { abi, inboxPtr, outbox, outboxPtr, bytes } = this.core;
    const written = abi.fetchText(inboxPtr, this.#putKey(key), outboxPtr, options, expiresAt);
    if (written === 0) return null;
    const lineEnd = outbox.indexOf(0x0a) + 1;
    const line = fromLatin1(outbox.subarray(0, lineEnd));
    const words = line.slice(0, -2).split(" ");
    if (words[0] !== "VALUE" || !line.endsWith("\r\n")) throw new Error(`not a VALUE: ${line}`);
    const length = Number(words[3]);
    const held = written < 0 ? this.#heldValue(-written, lineEnd) : null;
    if (held === null && written !== lineEnd + length + 2) throw new Error(`wrong end: ${line}`);
    const at = outboxPtr + lineEnd;
    const wantsCas = (options & Fetch.WITH_CAS) !== 0;
    if (words.length !== (wantsCas ? 5 : 4)) throw new Error(`words of ${line}`);
    return {
      key: words[1],
      clientFlags: Number(words[2]),
      value: held === null ? bytes.slice(at, at + length) : this.valueOf(held),
      casUnique: wantsCas ? BigInt(words[4]) : null,
      held,
    };
  }

  #heldValue(written: number, lineEnd: number): HeldValue {
    if (written !== lineEnd) throw new Error("more than the VALUE line was written");
    return {
      itemPtr: this.result(Result.ITEM),
      valuePtr: this.result(Result.VALUE_PTR),
      length: this.result(Result.VALUE_LENGTH),
    };
  }

  /** Lengths of the runs that the value of a held item is in. */
  runsOf(itemPtr: number): number[] {
    const lengths: number[] = [];
    let at = itemPtr;
    while ((at = this.core.abi.nextRun(at) >>> 0) !== 0) {
      lengths.push(this.result(Result.VALUE_LENGTH));
    }
    return lengths;
  }

  /** A copy of a held value, however it lies. */
  valueOf({ itemPtr, valuePtr, length }: HeldValue): Uint8Array {
    const { abi, bytes } = this.core;
    if (valuePtr !== 0) return bytes.slice(valuePtr, valuePtr + length);
    const value = new Uint8Array(length);
    let end = 0;
    let at = itemPtr;
    while ((at = abi.nextRun(at) >>> 0) !== 0) {
      const from = this.valuePtr;
      const runEnd = from + this.result(Result.VALUE_LENGTH);
      value.set(bytes.subarray(from, runEnd), end);
      end += runEnd - from;
    }
    if (end !== length) throw new Error(`runs of ${end} bytes for a value of ${length}`);
    return value;
  }

  /** `get` by somebody who takes the value at once: its bytes, and no hold. */
  read(key: string): Uint8Array | null {
    const found = this.fetch(key);
    if (found === null) return null;
    if (found.held !== null) this.release(found.held.itemPtr);
    return found.value;
  }

  touch(key: string, expiresAt: number): boolean {
    return this.core.abi.touch(this.core.inboxPtr, this.#putKey(key), expiresAt) !== 0;
  }

  remove(key: string): boolean {
    return this.core.abi.remove(this.core.inboxPtr, this.#putKey(key)) !== 0;
  }

  /** The item's address, held until `release`; 0 on a miss. */
  hold(key: string): number {
    return this.core.abi.hold(this.core.inboxPtr, this.#putKey(key)) >>> 0;
  }

  release(itemPtr: number): void {
    this.core.abi.release(itemPtr);
  }

  /** incr and decr: the new number as text, or the status of a failure. */
  change(key: string, isIncr: boolean, delta: bigint): string | Status {
    const { abi, inboxPtr, outbox, outboxPtr } = this.core;
    const [low, high] = [Number(delta & LOW_32), Number(delta >> 32n)];
    const keyLength = this.#putKey(key);
    const answer = abi.changeNumber(inboxPtr, keyLength, isIncr ? 1 : 0, low, high, outboxPtr);
    if ((answer & 0xff) !== 0) return answer & 0xff;
    return fromLatin1(outbox.subarray(0, answer >>> 8));
  }

  /** flush_all for now, or (`cut` given) for later. */
  flush(cut: number, removeNewer: boolean): void {
    this.core.abi.flush(cut, removeNewer ? 1 : 0);
  }

  // ── Looking in ─────────────────────────────────────────────────────────────────────────────────

  result(slot: Result): number {
    return this.core.result[slot];
  }

  /** The count at this word, of all threads since the last reset. */
  #sum(at: number): number {
    const [baseline, threads] = [this.#baseline, this.#counters];
    let sum = -(baseline[at] + baseline[at + 1] * TWO_32);
    for (let i = 0; i < threads.length; i++) sum += threads[i][at] + threads[i][at + 1] * TWO_32;
    return sum;
  }

  counter(which: Counter): number {
    return this.#sum(2 * which);
  }

  /** A class counter summed over all classes, without allocating. */
  classSum(which: ClassCounter): number {
    let sum = 0;
    for (let id = 0; id < SLAB_CLASS_COUNT_MAX; id++) {
      sum += this.#sum(CLASS_COUNTERS_AT + id * CLASS_STRIDE + 2 * which);
    }
    return sum;
  }

  classGauge(classId: number, which: ClassGauge): number {
    return this.core.abi.classGauge(classId, which) >>> 0;
  }

  classGaugeSum(which: ClassGauge): number {
    let sum = 0;
    for (let id = 1; id <= this.core.classIdMax; id++) sum += this.classGauge(id, which);
    return sum;
  }

  get items(): number {
    return this.core.gauge(Gauge.ITEMS);
  }

  /** Sum of the sizes of all linked items. */
  get bytes(): number {
    return this.core.gauge(Gauge.BYTES_LOW) + this.core.gauge(Gauge.BYTES_HIGH) * TWO_32;
  }

  /** Keys of the live items of a class, newest first. */
  keys(classId: number): string[] {
    return this.core.dump(classId, 0).map(({ key }) => fromLatin1(key));
  }

  /** Keys of all live items. */
  allKeys(): string[] {
    const ids = Array.from({ length: this.core.classIdMax }, (_, index) => index + 1);
    return ids.flatMap((id) => this.keys(id));
  }

  /** 0, or the number of what is wrong. */
  check(): number {
    return this.core.abi.check();
  }
}
