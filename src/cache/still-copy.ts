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

/** What is needed of each item, by the order in which they are met. */
interface Met {
  readonly address: Uint32Array;
  readonly lastAccess: Uint32Array;
  /** Rises with each store: it tells the order of those that were accessed at the same tick. */
  readonly cas: Float64Array;
}

function meetAll({ abi, outboxPtr, result }: Core): Met {
  const most = abi.gauge(Gauge.ITEMS) >>> 0;
  const address = new Uint32Array(most);
  const lastAccess = new Uint32Array(most);
  const cas = new Float64Array(most);
  let count = 0;
  for (let from = 0; ;) {
    const item = abi.scan(from, outboxPtr) >>> 0;
    if (item === 0) break;
    from = item + 1;
    abi.fetchItem(outboxPtr, result[Result.OUT_LENGTH] as number, 0, Fetch.LOOK, 0);
    address[count] = item;
    lastAccess[count] = result[Result.LAST_ACCESS] as number;
    const [low, high] = [result[Result.CAS_LOW] as number, result[Result.CAS_HIGH] as number];
    cas[count] = high * 2 ** 32 + low;
    count++;
    abi.release(item);
  }
  return {
    address: address.subarray(0, count),
    lastAccess: lastAccess.subarray(0, count),
    cas: cas.subarray(0, count),
  };
}

function after(all: Uint32Array | Float64Array, a: number, b: number): number {
  return (all[a] as number) - (all[b] as number);
}

/** Indexes of the items, what was accessed last at the end. */
function byAge({ address, lastAccess, cas }: Met): Uint32Array {
  const indexes = Uint32Array.from(address, (_, i) => i);
  return indexes.sort((a, b) => after(lastAccess, a, b) || after(cas, a, b));
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
  const met = meetAll(image);
  for (const i of byAge(met)) {
    target.abi.setNow(met.lastAccess[i] as number);
    carry(image, met.address[i] as number, target);
  }
  return ownStore(memory, plan, store.startMs, true);
}
