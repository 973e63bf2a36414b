/**
 * Counters and gauges that the host reads.
 *
 * Counters only rise (until `stats reset`) and are u64 slots of an array in linear memory; gauges
 * are computed when asked for. The names are those of memcached's statistics (specification §9).
 */

/** Slots of each thread's counter array. */
export enum Counter {
  CMD_GET = 0,
  CMD_TOUCH = 1,
  CMD_FLUSH = 2,
  GET_MISSES = 3,
  GET_EXPIRED = 4,
  GET_FLUSHED = 5,
  DELETE_MISSES = 6,
  INCR_MISSES = 7,
  DECR_MISSES = 8,
  CAS_MISSES = 9,
  TOUCH_MISSES = 10,
  STORE_TOO_LARGE = 11,
  STORE_NO_MEMORY = 12,
  TOTAL_ITEMS = 13,
  LRU_BUMPS_DROPPED = 14,
  /** Records written to this thread's log ring, and those that found it full. */
  LOG_WRITTEN = 15,
  LOG_DROPPED = 16,
  SLAB_RESCUES = 17,
  SLAB_CHUNK_RESCUES = 18,
  SLAB_INLINE_RECLAIM = 19,
  SLAB_BUSY_ITEMS = 20,
  SLAB_BUSY_DELETES = 21,
  SLAB_BUSY_NOMEM = 22,
  SLABS_MOVED = 23,
  COUNT = 24,
}

/** Slots of each thread's counter array of a slab class. */
export enum ClassCounter {
  GET_HITS = 0,
  CMD_SET = 1,
  DELETE_HITS = 2,
  INCR_HITS = 3,
  DECR_HITS = 4,
  CAS_HITS = 5,
  CAS_BADVAL = 6,
  TOUCH_HITS = 7,
  EVICTED = 8,
  EVICTED_NONZERO = 9,
  OUT_OF_MEMORY = 10,
  TAIL_REPAIRS = 11,
  RECLAIMED = 12,
  EXPIRED_UNFETCHED = 13,
  EVICTED_UNFETCHED = 14,
  EVICTED_ACTIVE = 15,
  LRU_TAIL_REFLOCKED = 16,
  DIRECT_RECLAIMS = 17,
  /** Hits by segment, in the order of the segments' ids. */
  HITS_TO_HOT = 18,
  HITS_TO_WARM = 19,
  HITS_TO_COLD = 20,
  HITS_TO_TEMP = 21,
  MOVES_TO_COLD = 22,
  MOVES_TO_WARM = 23,
  MOVES_WITHIN_LRU = 24,
  CRAWLER_RECLAIMED = 25,
  CRAWLER_ITEMS_CHECKED = 26,
  COUNT = 27,
}

/** What `classGauge` tells of a slab class. */
export enum ClassGauge {
  CHUNK_SIZE = 0,
  CHUNKS_PER_PAGE = 1,
  PAGES = 2,
  USED_CHUNKS = 3,
  FREE_CHUNKS = 4,
  /** Linked items. */
  ITEMS = 5,
  /** Idle seconds of COLD's tail. */
  AGE = 6,
  /** Sum of the sizes of linked items, low and high half. */
  REQUESTED_LOW = 7,
  REQUESTED_HIGH = 8,
  /** Idle seconds of the item evicted last. */
  EVICTED_IDLE = 9,
  /** Items by segment. */
  ITEMS_HOT = 10,
  ITEMS_WARM = 11,
  ITEMS_COLD = 12,
  ITEMS_TEMP = 13,
  /** Idle seconds of HOT's and WARM's tail. */
  AGE_HOT = 14,
  AGE_WARM = 15,
}

/** What `gauge` tells of the store. */
export enum Gauge {
  ITEMS = 0,
  /** Sum of the sizes of linked items, low and high half. */
  BYTES_LOW = 1,
  BYTES_HIGH = 2,
  HASH_POWER = 3,
  IS_EXPANDING = 4,
  HASH_BYTES = 5,
  /** Largest class id in use by the class table. */
  CLASS_LARGEST = 6,
  PAGES_TAKEN = 7,
  PAGES_LIMIT = 8,
  /** The cut of flush_all in internal seconds. */
  FLUSH_CUT = 9,
  PAGES_POOLED = 10,
  /** 1 while somebody crawls. */
  IS_CRAWLING = 11,
  /** 1 while the mover has a page. */
  IS_MOVING = 12,
  /** A `MoveBusy`. */
  MOVE_BUSY = 13,
  /** Classes between which the last page moved, 0 = the pool. */
  MOVED_FROM = 14,
  MOVED_TO = 15,
}
