/**
 * Walking over all items of a store, one at a time (assembly/store/scan.ts).
 */
import type { Core } from "../core/core.ts";
import { Result } from "../../assembly/shared/status.ts";
import { copyValue } from "./runs.ts";

export interface ScannedItem {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly clientFlags: number;
}

const decoder = new TextDecoder();

/**
 * @param begin called before each step, for the core: the cache may be disposed in between
 * @param end called after it
 */
export function* scanItems(begin: () => Core, end: () => void): Generator<ScannedItem, undefined> {
  for (let from = 0; ;) {
    const core = begin();
    const { abi, outbox, outboxPtr, result } = core;
    const item = abi.scan(from, outboxPtr) >>> 0;
    if (item === 0) {
      end();
      return;
    }
    from = item + 1;
    const key = decoder.decode(outbox.slice(0, result[Result.OUT_LENGTH]));
    const clientFlags = result[Result.CLIENT_FLAGS] as number;
    // A copy: between two items the caller may do anything, and the item is not to be held then.
    const bytes = copyValue(core, item);
    abi.release(item);
    end();
    yield { key, bytes, clientFlags };
  }
}
