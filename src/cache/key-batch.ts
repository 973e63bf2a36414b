/**
 * Many keys at once: named to the core together, their lookups start side by side, so that the
 * waits for memory overlap. Fetching each of them then takes a fraction of the time.
 *
 *     inbox   │ key 0         │ key 1         │ …      a slot of 256 bytes each, up to 64
 */
import { type CacheKey, putKey } from "./key-text.ts";
import type { Core } from "../core/core.ts";
import { KEY_BATCH_MAX } from "../../assembly/shared/limits.ts";

const SLOT = 256;

/** For fewer it costs more than it saves. */
const BATCH_LEAST = 4;

/**
 * Brings the items of up to 64 keys near the processor, from index `from` on. Gives the index of
 * the first key that had to wait.
 *
 * @throws CacheError KEY
 */
export function warmKeys(core: Core, keys: readonly CacheKey[], from: number): number {
  const { inbox, inboxPtr, keys: batch } = core;
  const count = Math.min(keys.length - from, KEY_BATCH_MAX);
  if (count < BATCH_LEAST) return from + count;
  for (let index = 0; index < count; index++) {
    const start = index * SLOT;
    batch[2 * index + 1] = putKey(keys[from + index] as CacheKey, inbox, start);
    batch[2 * index] = inboxPtr + start;
  }
  core.abi.warm(count);
  return from + count;
}
