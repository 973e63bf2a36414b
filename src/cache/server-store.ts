/**
 * A server's store as that of a cache: this program and the server's clients see the same items.
 *
 * Its clock counts seconds and is the server's. Values have client flags as clients set them: a
 * cache without a codec takes what has none, or unknown ones, for text.
 */
import type { CacheStore } from "./cache-store.ts";
import type { Core } from "../core/core.ts";
import { NOTES_AT } from "./plan.ts";
import { OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Settings } from "../base/settings.ts";
import { cacheClock } from "./cache-clock.ts";

const TICK_MS = 1000;
/** Internal seconds begin here (base/clock.ts). */
const FIRST_SECOND = 62;

function nothing(): void {}

/** @param now the server's internal seconds */
export function serverStore(
  core: Core,
  now: () => number,
  { memoryLimit, itemSizeMax }: Pick<Settings, "memoryLimit" | "itemSizeMax">,
): CacheStore {
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
