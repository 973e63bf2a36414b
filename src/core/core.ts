/**
 * The core facade (facade.ts) of one store over one linear memory, and the only door to
 * WebAssembly.
 *
 * `Core.start` takes a memory and lays a store out in it; `Core.join` is another thread's facade of
 * the same store. Each has its own instance, and its own inbox, outbox, results and counters in the
 * memory.
 *
 * Memory never grows, so the views here are made once and stay valid. `bytes` spans the whole
 * memory and is for values; parsing and reply building use the small views, whose indexes stay far
 * below 2^31 and so stay on the engine's fast path.
 */
import { ClassCounter, type ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { Argument, HashAlgorithm, Option, Result } from "../../assembly/shared/status.ts";
import { LOG_RING_SIZE_MAX, LOG_RING_SIZE_MIN } from "../../assembly/shared/log.ts";
import {
  INBOX_SIZE,
  INBOX_SLACK,
  KEY_BATCH_MAX,
  OUTBOX_SIZE,
  SIZE_BUCKET,
  SLAB_CLASS_COUNT_MAX,
  SLAB_PAGE_SIZE,
  WASM_PAGE_COUNT_MAX,
  WASM_PAGE_SIZE,
} from "../../assembly/shared/limits.ts";
import {
  type CoreBuild,
  type CoreShare,
  type MemorySource,
  instantiate,
  moduleOf,
  takeMemory,
} from "./load.ts";
import type { CoreExports } from "./abi.ts";
import { EventLog } from "./event-log.ts";
import { HASH_POWER_DEFAULT } from "./routed/plan.ts";
import type { Settings } from "../base/settings.ts";

const MEBIBYTE = 1024 * 1024;

/** Bytes of a thread's area, or more (assembly/base/thread.ts). */
const THREAD_AREA_SIZE = 512 * 1024;

/** Words of the u64 counters: those of a class start behind the general ones. */
const CLASS_COUNTERS_AT = 2 * Counter.COUNT;
const COUNTERS_LENGTH = CLASS_COUNTERS_AT + 2 * ClassCounter.COUNT * SLAB_CLASS_COUNT_MAX;

const ALGORITHMS = {
  murmur3: HashAlgorithm.MURMUR3,
  jenkins: HashAlgorithm.JENKINS,
  xxh3: HashAlgorithm.XXH3,
} as const;

/** Buckets of the size histogram, as the core has them. */
function sizeBuckets(itemSizeMax: number): number {
  return Math.floor(itemSizeMax / SIZE_BUCKET) + 1;
}

/** A dumped item (assembly/store/dump.ts). */
export interface DumpRecord {
  readonly key: Uint8Array;
  readonly valueLength: number;
  /** Internal seconds; 0 = never. */
  readonly expiresAt: number;
}

/** The u64 at words[at]; another thread may be counting it up. */
function readU64(words: Uint32Array, at: number): number {
  for (;;) {
    const high = words[at + 1] as number;
    const low = words[at] as number;
    if (words[at + 1] === high) return low + high * 2 ** 32;
  }
}

/** Whether each eviction asks for a slab page for its class: never where nothing would move it. */
export function movesOnEvict({ slabReassign, slabAutomove }: Settings): boolean {
  return slabReassign && slabAutomove === 2;
}

function optionBits(settings: Settings): number {
  let bits = 0;
  if (settings.evictions) bits |= Option.EVICT;
  if (settings.casEnabled) bits |= Option.CAS;
  if (settings.classicSizes) bits |= Option.CLASSIC_SIZES;
  if (settings.hashExpand) bits |= Option.HASH_EXPAND;
  if (settings.trackSizes) bits |= Option.TRACK_SIZES;
  if (settings.lruSegmented) bits |= Option.SEGMENTED;
  return bits;
}

/** `-o worker_logbuf_size`, or the next smaller size that a ring can have. */
function logRingSize({ watchEnabled, workerLogBufferSize }: Settings): number {
  if (!watchEnabled) return 0;
  const power = 31 - Math.clz32(Math.min(workerLogBufferSize, LOG_RING_SIZE_MAX));
  return Math.max(2 ** power, LOG_RING_SIZE_MIN);
}

/**
 * Wasm pages that `-m` needs at least: its slab pages, one more for each class, the hash table at
 * its largest and the fixed areas.
 */
function wasmPagesLeast(settings: Settings, threads: number): number {
  const { memoryLimit } = settings;
  const slabPages = Math.ceil(memoryLimit / SLAB_PAGE_SIZE) + SLAB_CLASS_COUNT_MAX;
  const sizes = settings.trackSizes ? 4 * sizeBuckets(settings.itemSizeMax) : 0;
  const fixed = 4 * MEBIBYTE + sizes + threads * (THREAD_AREA_SIZE + logRingSize(settings));
  // The table is sized for the whole memory: at most 1/14 of it at 56-byte items, doubled by
  // rounding.
  const bytes = (slabPages * SLAB_PAGE_SIZE + fixed) * 1.15;
  return Math.min(Math.ceil(bytes / WASM_PAGE_SIZE), WASM_PAGE_COUNT_MAX);
}

/**
 * From here on a copy past the caches takes half the time (bench/results/
 * 2026-11-30-40a1029-large-sets.md); what is smaller is worth more in them.
 */
const LARGE_COPY = 32 * 1024;

export class Core {
  readonly abi: CoreExports;
  readonly inbox: Uint8Array;
  readonly inboxPtr: number;
  /** Address and length of each key of a batch, for `warm`. */
  readonly keys: Uint32Array;
  readonly outbox: Uint8Array;
  readonly outboxPtr: number;
  readonly result: Uint32Array;
  /** What a call's options name: slots of `Argument`. */
  readonly argument: Uint32Array;
  /** What this thread tells those who watch. */
  readonly events: EventLog;
  /** The whole memory. */
  readonly bytes: Uint8Array;
  readonly memories: readonly Uint8Array[];
  readonly cores: readonly Core[];
  /** The host's own way to put at an address what is too large for the caches, if it has one. */
  copyLarge: ((address: number, bytes: Uint8Array) => void) | null = null;
  /** What another thread needs to join. */
  readonly share: CoreShare;
  /** Counters of each thread, as words: low half, high half. */
  readonly #counters: readonly Uint32Array[];
  /** Where they stood at the last reset. */
  readonly #baseline: Uint32Array;

  private constructor(share: CoreShare, thread: number, patienceMs?: number) {
    const { memory, module, threads } = share;
    const abi = instantiate(module, memory, patienceMs);
    const { buffer } = memory;
    abi.attach(thread);
    this.events = new EventLog(abi, buffer, thread);
    this.share = share;
    this.abi = abi;
    this.bytes = new Uint8Array(buffer);
    this.memories = [this.bytes];
    this.cores = [this];
    this.inboxPtr = abi.inboxPtr();
    this.inbox = new Uint8Array(buffer, this.inboxPtr, INBOX_SIZE + INBOX_SLACK);
    this.keys = new Uint32Array(buffer, abi.keysPtr(), 2 * KEY_BATCH_MAX);
    this.outboxPtr = abi.outboxPtr();
    this.outbox = new Uint8Array(buffer, this.outboxPtr, OUTBOX_SIZE);
    this.result = new Uint32Array(buffer, abi.resultPtr(), Result.COUNT);
    this.argument = new Uint32Array(buffer, abi.argumentPtr(), Argument.COUNT);
    const words = (ptr: number): Uint32Array => new Uint32Array(buffer, ptr, COUNTERS_LENGTH);
    this.#counters = Array.from({ length: threads }, (_, i) => words(abi.countersPtr(i)));
    this.#baseline = words(abi.baselinePtr());
  }

  /**
   * A fresh store.
   *
   * @param build with `core` only one thread can use it
   * @param threads how many will: this one is thread 0, the others join
   * @param mayGrowLimit takes all address space there is, so that `cache_memlimit` can raise `-m`
   * @param take a source of memory that is all zeros
   */
  static start(
    settings: Settings,
    build: CoreBuild = "core",
    threads = 1,
    mayGrowLimit = true,
    take: MemorySource = takeMemory,
  ): Core {
    const least = wasmPagesLeast(settings, threads);
    const wanted = mayGrowLimit ? WASM_PAGE_COUNT_MAX : least;
    const memory = take(build, wanted, least);
    const core = new Core({ module: moduleOf(build), memory, threads }, 0);
    core.#layOut(settings, threads);
    return core;
  }

  /**
   * Thread `index`'s facade of a store that was laid out before, by another thread as a rule.
   *
   * @param patienceMs how long it may wait for one lock before it throws a StalledError
   */
  static join(share: CoreShare, index: number, patienceMs?: number): Core {
    return new Core(share, index, patienceMs);
  }

  #layOut(settings: Settings, threads: number): void {
    if (settings.watchEnabled) this.abi.setLogRing(logRingSize(settings));
    this.abi.init(
      this.bytes.length / WASM_PAGE_SIZE,
      optionBits(settings),
      ALGORITHMS[settings.hashAlgorithm],
      settings.hashPower === 0 ? HASH_POWER_DEFAULT : settings.hashPower,
      settings.itemSizeMax,
      Math.floor(settings.memoryLimit / MEBIBYTE),
      threads,
    );
    if (settings.slabSizes === null) {
      this.abi.classesByFactor(settings.chunkSizeMin, settings.growthFactor, settings.slabChunkMax);
    } else {
      new Uint32Array(this.bytes.buffer, this.inboxPtr).set(settings.slabSizes);
      this.abi.classesBySizes(settings.slabSizes.length, settings.slabChunkMax);
    }
    this.abi.setTailRepair(settings.tailRepairSeconds);
    this.setLru(settings);
    // What a build for embedding does not have, nobody asks it for.
    if (movesOnEvict(settings)) this.abi.setMoveOnEvict(1);
    if (settings.preallocate) this.abi.preallocate();
  }

  /** Takes over the settings of the LRU: at start, and whenever a command changed them. */
  setLru(settings: Settings): void {
    const { hotLruPercent, warmLruPercent, hotMaxFactor, warmMaxFactor } = settings;
    const temporaryTtl = settings.tempLru ? settings.temporaryTtlSeconds : -1;
    this.abi.setLruMode(settings.lruSegmented ? 1 : 0, temporaryTtl);
    this.abi.setLruShares(hotLruPercent, warmLruPercent, hotMaxFactor, warmMaxFactor);
  }

  /** asc returns addresses as signed numbers. */
  address(returned: number): number {
    return returned >>> 0;
  }

  write(address: number, bytes: Uint8Array): void {
    if (bytes.length >= LARGE_COPY && this.copyLarge !== null) this.copyLarge(address, bytes);
    else this.bytes.set(bytes, address);
  }

  // ── Looking in ─────────────────────────────────────────────────────────────────────────────────

  /** The u64 at this word of all threads' counters together, since the last reset. */
  #sum(at: number): number {
    let sum = -readU64(this.#baseline, at);
    for (const counters of this.#counters) sum += readU64(counters, at);
    return sum;
  }

  counter(which: Counter): number {
    return this.#sum(which * 2);
  }

  classCounter(classId: number, which: ClassCounter): number {
    return this.#sum(CLASS_COUNTERS_AT + (classId * ClassCounter.COUNT + which) * 2);
  }

  /** A class counter, summed over all classes. */
  classCounterSum(which: ClassCounter): number {
    let sum = 0;
    for (let id = 1; id < SLAB_CLASS_COUNT_MAX; id++) sum += this.classCounter(id, which);
    return sum;
  }

  gauge(which: Gauge): number {
    return this.abi.gauge(which) >>> 0;
  }

  classGauge(classId: number, which: ClassGauge): number {
    return this.abi.classGauge(classId, which) >>> 0;
  }

  /** Largest class id there is. */
  get classIdMax(): number {
    return this.gauge(Gauge.CLASS_LARGEST);
  }

  /**
   * Counts of the size histogram: index n holds items of up to 32 × n bytes. Empty where sizes are
   * not tracked.
   */
  sizeHistogram(itemSizeMax: number): Uint32Array {
    const ptr = this.abi.sizesPtr() >>> 0;
    return new Uint32Array(this.bytes.buffer, ptr, ptr === 0 ? 0 : sizeBuckets(itemSizeMax));
  }

  /** Live items of a class, newest first; `limit` 0 = as many as fit the dump area. */
  dump(classId: number, limit: number): DumpRecord[] {
    const records: DumpRecord[] = [];
    const view = new DataView(this.bytes.buffer);
    let at = this.abi.dumpPtr();
    for (let left = this.abi.dump(classId, limit); left > 0; left--) {
      const keyLength = view.getUint8(at + 8);
      records.push({
        valueLength: view.getUint32(at, true),
        expiresAt: view.getUint32(at + 4, true),
        key: this.bytes.slice(at + 9, at + 9 + keyLength),
      });
      at += 9 + keyLength;
    }
    this.abi.dumpEnd();
    return records;
  }
}
