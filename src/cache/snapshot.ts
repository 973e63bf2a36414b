/**
 * Snapshots: a cache as bytes. All state of the core lies in its memory, so a copy of what is in
 * use of that is the cache; blocks of nothing but zeros are left out.
 *
 *     0          16         32 …                     112          + 4 × blocks
 *     ┌──────────┬──────────┬────────────────────────┬────────────┬─────────────────────┐
 *     │ magic    │ checksum │ what the header says   │ block list │ blocks of 4 KiB     │
 *     └──────────┴──────────┴────────────────────────┴────────────┴─────────────────────┘
 *                            ◀────────────────── covered by the checksum ───────────────▶
 *
 * Words are little-endian u32, as WebAssembly's memory is; every host of today is so too.
 *
 * The memory is that of a cache of one thread, but with room for the areas of several: so any
 * snapshot may become either.
 */
import { BLOCK, blockOf, usedBlocks } from "./blocks.ts";
import { CHECKSUM_WORDS, checksum } from "./checksum.ts";
import { type CachePlan, widened } from "./plan.ts";
import { type CacheStore, ownStore } from "./cache-store.ts";
import { type SharedOptions, checkThreads, shareStore } from "./shared-store.ts";
import { STANDING_MS, TICK_MS, steadyMs } from "./cache-clock.ts";
import { CacheError } from "./cache-error.ts";
import { WASM_PAGE_SIZE } from "../../assembly/shared/limits.ts";
import { stillCopy } from "./still-copy.ts";
import { takeMemory } from "../core/load.ts";

/** `wasmcached cache\0` by its first 16 bytes. */
const MAGIC = new TextEncoder().encode("wasmcached cache");
/**
 * Raised whenever the memory's layout, the meaning of what is in it, or this format changes: a
 * snapshot of another one is refused.
 */
export const LAYOUT_VERSION = 2;

/** The plan's numbers, in the order in which they stand in the header. */
const PLAN_FIELDS = [
  "maxBytes",
  "threads",
  "places",
  "notesBytes",
  "wasmPages",
  "pageCount",
  "pageSize",
  "hashPower",
  "hashPowerMax",
] as const satisfies readonly (keyof CachePlan)[];

/** Words of the header; those of lengths and times are pairs, low and high half. */
const CHECKSUM_AT = 4;
const COVERED_AT = 8;
const VERSION_AT = 8;
const LENGTH_AT = 9;
const BLOCK_COUNT_AT = 11;
const TICK_MS_AT = 12;
const ELAPSED_AT = 14;
const TAKEN_AT = 16;
const PLAN_AT = 18;
const HEADER_WORDS = 28;

function refuse(reason: string): never {
  throw new CacheError("SNAPSHOT", `these bytes cannot be restored: ${reason}`);
}

/** Numbers of up to 2^53 as two words. */
function putLong(words: Uint32Array, at: number, value: number): void {
  words[at] = value % 2 ** 32;
  words[at + 1] = Math.floor(value / 2 ** 32);
}

function getLong(words: Uint32Array, at: number): number {
  return (words[at] as number) + (words[at + 1] as number) * 2 ** 32;
}

/** Blocks' indexes, padded so that the blocks behind them lie on words of the checksum. */
function listWords(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/**
 * @throws CacheError RANGE for a server's store; StalledError for a shared one of which a thread
 *   was ended within a call
 */
export function takeSnapshot(store: CacheStore): Uint8Array {
  const { plan } = store;
  if (plan === null) throw new CacheError("RANGE", "there is no snapshot of a server's cache");
  if (store.handle === null) return written(store, plan);
  store.clock.tick();
  return written(stillCopy(store, plan), plan);
}

function written(store: CacheStore, plan: CachePlan): Uint8Array {
  const memory = store.core.bytes;
  const blocks = usedBlocks(memory);
  const blocksAt = (HEADER_WORDS + listWords(blocks.length)) * 4;
  const snapshot = new Uint8Array(blocksAt + blocks.length * BLOCK);
  const words = new Uint32Array(snapshot.buffer);
  snapshot.set(MAGIC);
  words[VERSION_AT] = LAYOUT_VERSION;
  putLong(words, LENGTH_AT, snapshot.length);
  words[BLOCK_COUNT_AT] = blocks.length;
  words[TICK_MS_AT] = TICK_MS;
  putLong(words, ELAPSED_AT, Math.floor(Math.max(steadyMs() - store.startMs, 0)));
  putLong(words, TAKEN_AT, Date.now());
  PLAN_FIELDS.forEach((name, i) => (words[PLAN_AT + i] = plan[name]));
  words.set(blocks, HEADER_WORDS);
  blocks.forEach((block, i) => snapshot.set(blockOf(memory, block), blocksAt + i * BLOCK));
  words.set(checksum(words.subarray(COVERED_AT)), CHECKSUM_AT);
  return snapshot;
}

/** The snapshot's words, if it is whole. */
function checkedWords(snapshot: Uint8Array): Uint32Array {
  const isOurs = MAGIC.every((byte, i) => snapshot[i] === byte);
  if (!isOurs || snapshot.length < HEADER_WORDS * 4) refuse("they are no snapshot of a cache");
  // Words want an aligned start, which a view into something larger may not have.
  const aligned = snapshot.byteOffset % 4 === 0 ? snapshot : snapshot.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
  const version = words[VERSION_AT] as number;
  if (version !== LAYOUT_VERSION) {
    refuse(`they have layout version ${version}, this is version ${LAYOUT_VERSION}`);
  }
  const length = getLong(words, LENGTH_AT);
  if (length !== snapshot.length) refuse(`of ${length} bytes there are ${snapshot.length}`);
  const count = words[BLOCK_COUNT_AT] as number;
  if (length !== (HEADER_WORDS + listWords(count)) * 4 + count * BLOCK) refuse("wrong length");
  const sum = checksum(words.subarray(COVERED_AT));
  for (let i = 0; i < CHECKSUM_WORDS; i++) {
    if (sum[i] !== words[CHECKSUM_AT + i]) refuse("the checksum is wrong: they are damaged");
  }
  if (words[TICK_MS_AT] !== TICK_MS) refuse("another clock");
  return words;
}

function planOf(words: Uint32Array): CachePlan {
  const numbers = PLAN_FIELDS.map((name, i) => [name, words[PLAN_AT + i] as number] as const);
  return Object.fromEntries(numbers) as Record<(typeof PLAN_FIELDS)[number], number>;
}

/** What a restored cache is to be. */
export interface RestoreOptions extends SharedOptions {
  /** One for several threads, whatever it was; `threads` of them, or as many as it has places. */
  readonly shared?: boolean;
}

/**
 * A store as it was, over memory of its own.
 *
 * @throws CacheError SNAPSHOT; RANGE for more threads than it has places
 */
export function restoreStore(
  snapshot: Uint8Array,
  { shared = false, threads, patienceMs }: RestoreOptions,
  hasEvents: boolean,
): CacheStore {
  const words = checkedWords(snapshot);
  const was = planOf(words);
  const wanted = shared ? (threads ?? was.places) : 1;
  checkThreads(wanted);
  const plan = widened(was, wanted, hasEvents);
  const memory = takeMemory(shared ? "core.threads" : "core", plan.wasmPages, plan.wasmPages);
  const bytes = new Uint8Array(memory.buffer);
  if (bytes.length !== plan.wasmPages * WASM_PAGE_SIZE) refuse("another size of memory");
  const count = words[BLOCK_COUNT_AT] as number;
  const blocksAt = (HEADER_WORDS + listWords(count)) * 4;
  for (let i = 0; i < count; i++) {
    const block = words[HEADER_WORDS + i] as number;
    if ((block + 1) * BLOCK > bytes.length) refuse("a block lies outside");
    bytes.set(snapshot.subarray(blocksAt + i * BLOCK, blocksAt + (i + 1) * BLOCK), block * BLOCK);
  }
  // Both clocks of that time are known: the cache's own, and the calendar's, which tells how long
  // the snapshot lay about.
  // A calendar may be wrong, and time is not turned back; but where it stands, as workerd's does
  // until the first event, the steady clock stands too, and what both lack is the same.
  const wallMs = Date.now();
  const away = wallMs - getLong(words, TAKEN_AT);
  const asleep = wallMs === STANDING_MS ? away : Math.max(away, 0);
  const startMs = steadyMs() - getLong(words, ELAPSED_AT) - asleep;
  return shared
    ? shareStore(memory, plan, startMs, true, patienceMs)
    : ownStore(memory, plan, startMs, true);
}
