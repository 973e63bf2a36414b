/**
 * A copy of a shared store as it was at one moment, as a store of one thread.
 *
 *     shared memory ──▶ all locks are held: its used blocks ──▶ image ──▶ item by item ──▶ copy
 *
 * While every lock is held nothing that is linked changes. But some thread may be filling an item
 * or holding one, and such chunks would be nobody's for ever in a memory where that thread is not:
 * so the image is only read. What is in the copy was stored, whole, at that moment.
 *
 * Items keep value, ttl and place in the LRU; counters begin anew, and so do CAS uniques.
 */
import { Fetch, Result, StoreMode } from "../../assembly/shared/status.ts";
import { blockOf, usedBlocks } from "./blocks.ts";
import { type CacheStore, layOut, ownStore } from "./cache-store.ts";
import { copyValue, fillRuns } from "./runs.ts";
import { moduleOf, takeMemory } from "../core/load.ts";
import type { CachePlan } from "./plan.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { Core } from "../core/core.ts";

/** The core over a memory that only this thread has. */
function alone(memory: WebAssembly.Memory): Core {
  return Core.join({ module: moduleOf("core"), memory, threads: 1 }, 0);
}

/** Stops all threads at their next lock, for the time that the copy takes. */
function imageOf({ abi, bytes }: Core, { wasmPages }: CachePlan): WebAssembly.Memory {
  const memory = takeMemory("core", wasmPages, wasmPages);
  const image = new Uint8Array(memory.buffer);
  let taken = 0;
  try {
    while (abi.freeze(taken) !== 0) taken++;
    for (const block of usedBlocks(bytes)) blockOf(image, block).set(blockOf(bytes, block));
  } finally {
    while (taken > 0) abi.thaw(--taken);
  }
  return memory;
}

/** Pairs of words, address and last access of each item: oldest first, as numbers of 64 bits. */
function itemsByAge({ abi, outboxPtr, result }: Core): Uint32Array {
  const words = new Uint32Array(2 * (abi.gauge(Gauge.ITEMS) >>> 0));
  let count = 0;
  for (let from = 0; ;) {
    const item = abi.scan(from, outboxPtr) >>> 0;
    if (item === 0) break;
    from = item + 1;
    abi.fetchItem(outboxPtr, result[Result.OUT_LENGTH] as number, 0, Fetch.LOOK, 0);
    words[2 * count] = item;
    words[2 * count + 1] = result[Result.LAST_ACCESS] as number;
    count++;
    abi.release(item);
  }
  new BigUint64Array(words.buffer, 0, count).sort();
  return words.subarray(0, 2 * count);
}

/** Stores the item at this address of one store in another one, where the time is that of now. */
function carry(source: Core, item: number, target: Core): void {
  source.abi.scan(item, source.outboxPtr);
  const { result } = source;
  const keyLength = result[Result.OUT_LENGTH] as number;
  const clientFlags = result[Result.CLIENT_FLAGS] as number;
  const expiresAt = result[Result.EXPIRES_AT] as number;
  target.inbox.set(source.outbox.subarray(0, keyLength));
  const value = copyValue(source, item);
  source.abi.release(item);
  const { abi, inboxPtr } = target;
  const { SET } = StoreMode;
  const { length } = value;
  const fresh = abi.beginSet(inboxPtr, keyLength, clientFlags, expiresAt, length, SET) >>> 0;
  if (fresh === 0) return;
  const start = target.result[Result.VALUE_PTR] as number;
  if (start !== 0) target.bytes.set(value, start);
  else if (!fillRuns(target, fresh, value)) {
    abi.release(fresh);
    return;
  }
  abi.endSet(fresh, SET, 0, 0);
}

/** @throws StalledError where a thread has been ended within a call */
export function stillCopy(store: CacheStore, plan: CachePlan): CacheStore {
  const image = alone(imageOf(store.core, plan));
  const memory = layOut("core", plan);
  const target = alone(memory);
  const items = itemsByAge(image);
  for (let i = 0; i < items.length; i += 2) {
    target.abi.setNow(items[i + 1] as number);
    carry(image, items[i] as number, target);
  }
  return ownStore(memory, plan, store.startMs, true);
}
