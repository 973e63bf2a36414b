/**
 * A server's store as that of a cache: this program and the server's clients see the same items.
 *
 * Its clock counts seconds and is the server's. Values have client flags as clients set them: a
 * cache without a codec takes what has none, or unknown ones, for text.
 */
import { Cache } from "./cache.ts";
import type { CacheOptions } from "./cache-options.ts";
import type { CacheStore } from "./cache-store.ts";
import type { Core } from "../core/core.ts";
import type { CoreFacade } from "../core/facade.ts";
import { NOTES_AT } from "./plan.ts";
import { OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Settings } from "../base/settings.ts";
import { RoutedCache } from "./routed-cache.ts";
import { cacheClock } from "./cache-clock.ts";
import { memoryOfKey } from "../core/routed/router.ts";
import { putKey } from "./key-text.ts";

const TICK_MS = 1000;
/** Internal seconds begin here (base/clock.ts). */
const FIRST_SECOND = 62;
/** No client's descriptor. */
const NO_CONNECTION = 0;

function nothing(): void {}

type Limits = Pick<Settings, "memoryLimit" | "itemSizeMax">;

/**
 * One memory of a server's store.
 *
 * @param now the server's internal seconds
 */
export function serverStore(
  core: Core,
  now: () => number,
  { memoryLimit, itemSizeMax }: Limits,
): CacheStore {
  const clock = cacheClock({
    setNow: null,
    tickMs: TICK_MS,
    elapsedMs: () => (now() - FIRST_SECOND) * TICK_MS,
    hasTtl: () => true,
    noteTtl: nothing,
  });
  return {
    core,
    // The server tells the core the time; what its log tells of a call happens now, for no client.
    clock: { ...clock, tick: () => core.events.begin(NO_CONNECTION) },
    plan: null,
    maxBytes: memoryLimit,
    itemSizeMax,
    notesBytes: OUTBOX_SIZE - NOTES_AT,
    startMs: 0,
    handle: null,
    leave: nothing,
  };
}

/**
 * A server's items as a cache.
 *
 * @param now the server's internal seconds
 */
export function serverCache<V>(
  { cores }: CoreFacade,
  now: () => number,
  limits: Limits,
  options: Omit<CacheOptions<V>, "maxBytes">,
): Cache<V> {
  const [first, ...others] = cores as readonly [Core, ...Core[]];
  const all = { ...options, maxBytes: limits.memoryLimit };
  const store = serverStore(first, now, limits);
  if (others.length === 0) return new Cache<V>(all, store);
  const stores = [store, ...others.map((core) => serverStore(core, now, limits))] as const;
  return new RoutedCache<V>(all, stores, (key) => {
    return memoryOfKey(cores, first.inboxPtr, putKey(key, first.inbox));
  });
}
