/**
 * Walking over all items of a cache, each of which is held only while it is looked at.
 */
import type { CacheStore } from "./cache-store.ts";
import { Result } from "../../assembly/shared/status.ts";

/** An item as it is met: its value's bytes are valid until the next one is asked for. */
export interface ScannedItem {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly clientFlags: number;
}

const decoder = new TextDecoder();

/** @param abiNow asked anew for each item, since the cache may be disposed in between */
export function* scanItems(
  abiNow: () => CacheStore["core"]["abi"],
  { core, clock }: CacheStore,
): Generator<ScannedItem, undefined> {
  const { bytes, outbox, outboxPtr, result } = core;
  for (let from = 0; ;) {
    clock.tick();
    const item = abiNow().scan(from, outboxPtr) >>> 0;
    if (item === 0) return;
    from = item + 1;
    const key = decoder.decode(outbox.slice(0, result[Result.OUT_LENGTH]));
    // A copy: between two items the caller may do anything, and the item is not to be held then.
    const start = result[Result.VALUE_PTR] as number;
    const value = bytes.slice(start, start + (result[Result.VALUE_LENGTH] as number));
    const clientFlags = result[Result.CLIENT_FLAGS] as number;
    abiNow().release(item);
    yield { key, bytes: value, start: 0, end: value.length, clientFlags };
  }
}
