/**
 * stats items and stats slabs: figures by slab class, in memcached's order (specification §9.3,
 * §9.4).
 */
import { ClassCounter, ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import type { Context } from "./context.ts";
import { SLAB_PAGE_SIZE } from "../../assembly/shared/limits.ts";
import type { StatLines } from "./stat-lines.ts";

/** Counters of stats items, in order. */
const ITEM_COUNTERS: readonly (readonly [string, ClassCounter])[] = [
  ["evicted", ClassCounter.EVICTED],
  ["evicted_nonzero", ClassCounter.EVICTED_NONZERO],
  ["outofmemory", ClassCounter.OUT_OF_MEMORY],
  ["tailrepairs", ClassCounter.TAIL_REPAIRS],
  ["reclaimed", ClassCounter.RECLAIMED],
  ["expired_unfetched", ClassCounter.EXPIRED_UNFETCHED],
  ["evicted_unfetched", ClassCounter.EVICTED_UNFETCHED],
  ["evicted_active", ClassCounter.EVICTED_ACTIVE],
  ["crawler_reclaimed", ClassCounter.CRAWLER_RECLAIMED],
  ["crawler_items_checked", ClassCounter.CRAWLER_ITEMS_CHECKED],
  ["lrutail_reflocked", ClassCounter.LRU_TAIL_REFLOCKED],
  ["moves_to_cold", ClassCounter.MOVES_TO_COLD],
  ["moves_to_warm", ClassCounter.MOVES_TO_WARM],
  ["moves_within_lru", ClassCounter.MOVES_WITHIN_LRU],
  ["direct_reclaims", ClassCounter.DIRECT_RECLAIMS],
  ["hits_to_hot", ClassCounter.HITS_TO_HOT],
  ["hits_to_warm", ClassCounter.HITS_TO_WARM],
  ["hits_to_cold", ClassCounter.HITS_TO_COLD],
  ["hits_to_temp", ClassCounter.HITS_TO_TEMP],
];

/** Left out where the maintainer was switched off, as in memcached. */
const MAINTAINER_KEYS = /^(evicted_active|moves_|direct_reclaims|hits_to_)/;

const SLAB_COUNTERS: readonly (readonly [string, ClassCounter])[] = [
  ["get_hits", ClassCounter.GET_HITS],
  ["cmd_set", ClassCounter.CMD_SET],
  ["delete_hits", ClassCounter.DELETE_HITS],
  ["incr_hits", ClassCounter.INCR_HITS],
  ["decr_hits", ClassCounter.DECR_HITS],
  ["cas_hits", ClassCounter.CAS_HITS],
  ["cas_badval", ClassCounter.CAS_BADVAL],
  ["touch_hits", ClassCounter.TOUCH_HITS],
];

export function itemsStats({ core, settings }: Context, lines: StatLines): void {
  for (let id = 1; id <= core.classIdMax; id++) {
    const gauge = (which: ClassGauge): number => core.classGauge(id, which);
    const items = gauge(ClassGauge.ITEMS);
    if (items === 0) continue;
    const add = (name: string, value: number): void => lines.add(`items:${id}:${name}`, value);
    add("number", items);
    add("number_hot", gauge(ClassGauge.ITEMS_HOT));
    add("number_warm", gauge(ClassGauge.ITEMS_WARM));
    add("number_cold", gauge(ClassGauge.ITEMS_COLD));
    if (settings.tempLru) add("number_temp", gauge(ClassGauge.ITEMS_TEMP));
    if (settings.lruMaintainer) {
      add("age_hot", gauge(ClassGauge.AGE_HOT));
      add("age_warm", gauge(ClassGauge.AGE_WARM));
    }
    add("age", gauge(ClassGauge.AGE));
    const high = gauge(ClassGauge.REQUESTED_HIGH);
    add("mem_requested", gauge(ClassGauge.REQUESTED_LOW) + high * 2 ** 32);
    for (const [name, counter] of ITEM_COUNTERS) {
      if (!settings.lruMaintainer && MAINTAINER_KEYS.test(name)) continue;
      add(name, core.classCounter(id, counter));
      if (counter === ClassCounter.EVICTED_NONZERO) {
        add("evicted_time", gauge(ClassGauge.EVICTED_IDLE));
      }
    }
  }
}

/** A page that is on its way is the class's until it is empty. */
function pagesOf({ core }: Context, id: number): number {
  const moving = core.cores.filter((one) => {
    return one.gauge(Gauge.IS_MOVING) !== 0 && one.gauge(Gauge.MOVED_FROM) === id;
  });
  return core.classGauge(id, ClassGauge.PAGES) + moving.length;
}

export function slabsStats(context: Context, lines: StatLines): void {
  const { core } = context;
  let active = 0;
  for (let id = 1; id <= core.classIdMax; id++) {
    const gauge = (which: ClassGauge): number => core.classGauge(id, which);
    const pages = pagesOf(context, id);
    if (pages === 0) continue;
    active++;
    const add = (name: string, value: number): void => lines.add(`${id}:${name}`, value);
    const perPage = gauge(ClassGauge.CHUNKS_PER_PAGE);
    add("chunk_size", gauge(ClassGauge.CHUNK_SIZE));
    add("chunks_per_page", perPage);
    add("total_pages", pages);
    add("total_chunks", pages * perPage);
    add("used_chunks", gauge(ClassGauge.USED_CHUNKS));
    add("free_chunks", gauge(ClassGauge.FREE_CHUNKS));
    add("free_chunks_end", 0);
    for (const [name, counter] of SLAB_COUNTERS) add(name, core.classCounter(id, counter));
  }
  lines.add("active_slabs", active);
  lines.add("total_malloced", core.gauge(Gauge.PAGES_TAKEN) * SLAB_PAGE_SIZE);
}
