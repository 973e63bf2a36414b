/**
 * What a cache has counted: memcached's own counters under names of this API.
 */
import { ClassCounter, Counter, Gauge } from "../../assembly/shared/counters.ts";
import type { Core } from "../core/core.ts";

export interface CacheStats {
  /** Items there are now. */
  readonly size: number;
  /** Bytes of them: keys, values, headers. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Misses of those that met an item which had expired. */
  readonly expired: number;
  /** Values that came to be stored, in any way. */
  readonly sets: number;
  readonly deletes: number;
  /** Live items that had to go for others. */
  readonly evictions: number;
  /** Expired items whose memory was used again. */
  readonly reclaimed: number;
  /** Items of which `onEvict` was not told: more were gone at once than there is room to note. */
  readonly untold: number;
}

/** Sum of the sizes of all items. */
export function itemBytes(abi: Core["abi"]): number {
  return (abi.gauge(Gauge.BYTES_HIGH) >>> 0) * 2 ** 32 + (abi.gauge(Gauge.BYTES_LOW) >>> 0);
}

export function cacheStats(core: Core, maxBytes: number, untold: number): CacheStats {
  return {
    size: core.gauge(Gauge.ITEMS),
    bytes: itemBytes(core.abi),
    maxBytes,
    hits: core.classCounterSum(ClassCounter.GET_HITS),
    misses: core.counter(Counter.GET_MISSES),
    expired: core.counter(Counter.GET_EXPIRED),
    sets: core.classCounterSum(ClassCounter.CMD_SET),
    deletes: core.classCounterSum(ClassCounter.DELETE_HITS),
    evictions: core.classCounterSum(ClassCounter.EVICTED),
    reclaimed: core.classCounterSum(ClassCounter.RECLAIMED),
    untold,
  };
}
