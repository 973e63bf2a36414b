/**
 * A server's store as that of a cache: this program and the server's clients see the same items.
 *
 * Its clock counts seconds and is the server's. Values have client flags as clients set them: a
 * cache without a codec takes what has none, or unknown ones, for text.
 */
import { CacheError } from "./cache-error.ts";
import type { CacheStore } from "./cache-store.ts";
import type { Core } from "../core/core.ts";
import type { CoreFacade } from "../core/facade.ts";
import { NOTES_AT } from "./plan.ts";
import { OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Settings } from "../base/settings.ts";
import { cacheClock } from "./cache-clock.ts";

const TICK_MS = 1000;
/** Internal seconds begin here (base/clock.ts). */
const FIRST_SECOND = 62;

function nothing(): void {}

/**
 * @param now the server's internal seconds
 * @throws CacheError RANGE for a store over several memories
 */
export function serverStore(
  { cores }: CoreFacade,
  now: () => number,
  { memoryLimit, itemSizeMax }: Pick<Settings, "memoryLimit" | "itemSizeMax">,
): CacheStore {
  if (cores.length > 1) {
    throw new CacheError("RANGE", "a cache of a server wants a `memoryLimit` of 3584 MiB at most");
  }
  const [core] = cores as readonly [Core];
  const clock = cacheClock({
    setNow: null,
    tickMs: TICK_MS,
    elapsedMs: () => (now() - FIRST_SECOND) * TICK_MS,
    hasTtl: () => true,
    noteTtl: nothing,
  });
  const limits = { maxBytes: memoryLimit, itemSizeMax, notesBytes: OUTBOX_SIZE - NOTES_AT };
  return { core, clock, plan: null, ...limits, startMs: 0, handle: null, leave: nothing };
}
