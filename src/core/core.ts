/**
 * The core facade: one store over one linear memory, and the only door to WebAssembly.
 *
 * Memory never grows, so the views here are made once and stay valid. `bytes` spans the whole
 * memory and is for values; parsing and reply building use the small views, whose indexes stay far
 * below 2^31 and so stay on the engine's fast path.
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { HashAlgorithm, Option, Result } from "../../assembly/shared/status.ts";
import {
  INBOX_SIZE,
  INBOX_SLACK,
  KEY_BATCH_MAX,
  OUTBOX_SIZE,
  SLAB_CLASS_COUNT_MAX,
  SLAB_PAGE_SIZE,
  WASM_PAGE_COUNT_MAX,
  WASM_PAGE_SIZE,
} from "../../assembly/shared/limits.ts";
import { type CoreBuild, loadCore } from "./load.ts";
import type { CoreExports } from "./abi.ts";
import type { Settings } from "../base/settings.ts";

const MEBIBYTE = 1024 * 1024;

/** Hash power when `-o hashpower` is absent. */
const HASH_POWER_DEFAULT = 16;

const ALGORITHMS = {
  murmur3: HashAlgorithm.MURMUR3,
  jenkins: HashAlgorithm.JENKINS,
  xxh3: HashAlgorithm.XXH3,
} as const;

/** A dumped item (assembly/store/dump.ts). */
export interface DumpRecord {
  readonly key: Uint8Array;
  readonly valueLength: number;
  /** Internal seconds; 0 = never. */
  readonly expiresAt: number;
}

function optionBits(settings: Settings): number {
  let bits = 0;
  if (settings.evictions) bits |= Option.EVICT;
  if (settings.casEnabled) bits |= Option.CAS;
  if (settings.classicSizes) bits |= Option.CLASSIC_SIZES;
  if (settings.hashExpand) bits |= Option.HASH_EXPAND;
  if (settings.trackSizes) bits |= Option.TRACK_SIZES;
  return bits;
}

/**
 * Wasm pages that `-m` needs at least: its slab pages, one more for each class, the hash table at
 * its largest and the fixed areas.
 */
function wasmPagesLeast(memoryLimit: number): number {
  const slabPages = Math.ceil(memoryLimit / SLAB_PAGE_SIZE) + SLAB_CLASS_COUNT_MAX;
  const fixed = 4 * MEBIBYTE;
  // The table is sized for the whole memory: at most 1/14 of it at 56-byte items, doubled by
  // rounding.
  const bytes = (slabPages * SLAB_PAGE_SIZE + fixed) * 1.15;
  return Math.min(Math.ceil(bytes / WASM_PAGE_SIZE), WASM_PAGE_COUNT_MAX);
}

export class Core {
  readonly abi: CoreExports;
  readonly inbox: Uint8Array;
  readonly inboxPtr: number;
  /** Address and length of each key of a batch, for `warm`. */
  readonly keys: Uint32Array;
  readonly outbox: Uint8Array;
  readonly outboxPtr: number;
  readonly result: Uint32Array;
  /** The whole memory. */
  readonly bytes: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  /** The areas at fixed addresses, below the inbox, as words: each stats reads hundreds. */
  readonly #fixed: Uint32Array;

  /**
   * @param build tests choose the debug or the threaded one
   * @param mayGrowLimit takes all address space there is, so that `cache_memlimit` can raise `-m`
   */
  constructor(settings: Settings, build: CoreBuild = "core", mayGrowLimit = true) {
    const least = wasmPagesLeast(settings.memoryLimit);
    const loaded = loadCore(build, mayGrowLimit ? WASM_PAGE_COUNT_MAX : least, least);
    const { abi, memory } = loaded;
    this.abi = abi;
    this.#memory = memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.inboxPtr = abi.inboxPtr();
    this.#fixed = new Uint32Array(memory.buffer, 0, this.inboxPtr / 4);
    this.inbox = new Uint8Array(memory.buffer, this.inboxPtr, INBOX_SIZE + INBOX_SLACK);
    this.keys = new Uint32Array(memory.buffer, abi.keysPtr(), 2 * KEY_BATCH_MAX);
    this.outboxPtr = abi.outboxPtr();
    this.outbox = new Uint8Array(memory.buffer, this.outboxPtr, OUTBOX_SIZE);
    this.result = new Uint32Array(memory.buffer, abi.resultPtr(), Result.COUNT);
    this.#start(settings, loaded.wasmPages);
  }

  #start(settings: Settings, wasmPages: number): void {
    this.abi.init(
      wasmPages,
      optionBits(settings),
      ALGORITHMS[settings.hashAlgorithm],
      settings.hashPower === 0 ? HASH_POWER_DEFAULT : settings.hashPower,
      settings.itemSizeMax,
      Math.floor(settings.memoryLimit / MEBIBYTE),
    );
    if (settings.slabSizes === null) {
      this.abi.classesByFactor(settings.chunkSizeMin, settings.growthFactor, settings.slabChunkMax);
    } else {
      new Uint32Array(this.#memory.buffer, this.inboxPtr).set(settings.slabSizes);
      this.abi.classesBySizes(settings.slabSizes.length, settings.slabChunkMax);
    }
    this.abi.setTailRepair(settings.tailRepairSeconds);
    if (settings.preallocate) this.abi.preallocate();
  }

  // ── Looking in ─────────────────────────────────────────────────────────────────────────────────

  #counterAt(ptr: number): number {
    const low = this.#fixed[ptr / 4] as number;
    return low + (this.#fixed[ptr / 4 + 1] as number) * 2 ** 32;
  }

  counter(which: Counter): number {
    return this.#counterAt(this.abi.countersPtr() + which * 8);
  }

  classCounter(classId: number, which: ClassCounter): number {
    return this.#counterAt(this.abi.classCountersPtr(classId) + which * 8);
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

  /** Largest class id there is, the one of whole pages included. */
  get classIdMax(): number {
    return Math.max(this.gauge(Gauge.CLASS_LARGEST), this.gauge(Gauge.CLASS_WHOLE_PAGE));
  }

  /** Counts of the size histogram: index n holds items of up to 32 × n bytes. */
  sizeHistogram(): Uint32Array {
    const buckets = SLAB_PAGE_SIZE / 32 + 1;
    return new Uint32Array(this.#memory.buffer, this.abi.sizesPtr(), buckets);
  }

  /** Live items of a class, newest first; `limit` 0 = as many as fit the dump area. */
  dump(classId: number, limit: number): DumpRecord[] {
    const records: DumpRecord[] = [];
    const view = new DataView(this.#memory.buffer);
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
    return records;
  }
}
