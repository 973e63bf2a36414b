/**
 * The numbers that cross the border between core and host.
 *
 * Goal: nobody renumbers them by accident; snapshots and other hosts (docs/embedding.md) depend on
 * them. Method: every member written out once more.
 */
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import {
  Argument,
  CrawlFound,
  Fetch,
  Gone,
  HashAlgorithm,
  ItemState,
  Lookup,
  Option,
  Result,
  Status,
  StoreMode,
  With,
} from "../../assembly/shared/status.ts";
import {
  CloseReason,
  LOG_RING_SIZE_MAX,
  LOG_RING_SIZE_MIN,
  LOG_TEXT_MAX,
  LOG_TTL_NEVER,
  LogArea,
  LogCommand,
  LogDeleter,
  LogDetail,
  LogField,
  LogKind,
  LogTransport,
  LogType,
} from "../../assembly/shared/log.ts";
import { expect, test } from "bun:test";
import { ItemFlag } from "../../assembly/shared/item-flag.ts";
import * as limits from "../../assembly/shared/limits.ts";

const ENUMS = {
  LogType: [
    LogType,
    "PAD ITEM_GET ITEM_STORE EVICTION DELETED CONN_NEW CONN_CLOSE CONN_ERROR CONN_TLS_ERROR SYSTEM",
  ],
  LogDeleter: [LogDeleter, "DELETE META_DELETE"],
  LogTransport: [LogTransport, "LOCAL TCP UDP"],
  CloseReason: [CloseReason, "ERROR NORMAL IDLE_TIMEOUT SHUTDOWN"],
  Status: [
    Status,
    "OK NOT_STORED EXISTS NOT_FOUND TOO_LARGE NO_MEMORY NOT_NUMERIC OVERHELD NO_MEMORY_NEW",
  ],
  StoreMode: [StoreMode, "SET ADD REPLACE APPEND PREPEND CAS"],
  Gone: [Gone, "EVICTED EXPIRED"],
  Lookup: [Lookup, "NONE FOUND NOT_FOUND FLUSHED EXPIRED"],
  HashAlgorithm: [HashAlgorithm, "MURMUR3 JENKINS XXH3 HOSTILE"],
  Counter: [
    Counter,
    "CMD_GET CMD_TOUCH CMD_FLUSH GET_MISSES GET_EXPIRED GET_FLUSHED DELETE_MISSES INCR_MISSES " +
      "DECR_MISSES CAS_MISSES TOUCH_MISSES STORE_TOO_LARGE STORE_NO_MEMORY TOTAL_ITEMS " +
      "LRU_BUMPS_DROPPED LOG_WRITTEN LOG_DROPPED SLAB_RESCUES SLAB_CHUNK_RESCUES " +
      "SLAB_INLINE_RECLAIM SLAB_BUSY_ITEMS SLAB_BUSY_DELETES SLAB_BUSY_NOMEM SLABS_MOVED COUNT",
  ],
  ClassCounter: [
    ClassCounter,
    "GET_HITS CMD_SET DELETE_HITS INCR_HITS DECR_HITS CAS_HITS CAS_BADVAL TOUCH_HITS EVICTED " +
      "EVICTED_NONZERO OUT_OF_MEMORY TAIL_REPAIRS RECLAIMED EXPIRED_UNFETCHED " +
      "EVICTED_UNFETCHED EVICTED_ACTIVE LRU_TAIL_REFLOCKED DIRECT_RECLAIMS HITS_TO_HOT " +
      "HITS_TO_WARM HITS_TO_COLD HITS_TO_TEMP MOVES_TO_COLD MOVES_TO_WARM MOVES_WITHIN_LRU " +
      "CRAWLER_RECLAIMED CRAWLER_ITEMS_CHECKED COUNT",
  ],
  Gauge: [
    Gauge,
    "ITEMS BYTES_LOW BYTES_HIGH HASH_POWER IS_EXPANDING HASH_BYTES CLASS_LARGEST " +
      "PAGES_TAKEN PAGES_LIMIT FLUSH_CUT PAGES_POOLED IS_CRAWLING IS_MOVING MOVE_BUSY " +
      "MOVED_FROM MOVED_TO",
  ],
  ClassGauge: [
    ClassGauge,
    "CHUNK_SIZE CHUNKS_PER_PAGE PAGES USED_CHUNKS FREE_CHUNKS ITEMS AGE REQUESTED_LOW " +
      "REQUESTED_HIGH EVICTED_IDLE ITEMS_HOT ITEMS_WARM ITEMS_COLD ITEMS_TEMP AGE_HOT AGE_WARM",
  ],
} as const;

/** Names to numbers, without the way back that TypeScript adds. */
function members(of: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of).filter(([name]) => Number.isNaN(Number(name))));
}

test.each(Object.entries(ENUMS))("%s counts from 0", (_, [values, names]) => {
  const expected = names.split(" ").map((name, index) => [name, index]);
  expect(members(values)).toEqual(Object.fromEntries(expected));
});

test.each([
  [
    "Result",
    Result,
    "ITEM VALUE_PTR VALUE_LENGTH LOOKUP CAS_LOW CAS_HIGH STATUS OUT_LENGTH CLIENT_FLAGS " +
      "EXPIRES_AT LAST_ACCESS ITEM_STATE SIZE CLASS_ID NUMBER_LOW NUMBER_HIGH",
  ],
  [
    "Argument",
    Argument,
    "CAS_LOW CAS_HIGH NEW_CAS_LOW NEW_CAS_HIGH EXPIRES_AT VIVIFY_EXPIRES_AT RECACHE_AT " +
      "CLIENT_FLAGS DELTA_LOW DELTA_HIGH INITIAL_LOW INITIAL_HIGH NOTES_AT NOTES_END " +
      "NOTES_UNTOLD",
  ],
])("%s names slots of an area", (_, values, text) => {
  const names = text.split(" ");
  const expected = Object.fromEntries(names.map((name, index) => [name, index]));
  expect(members(values)).toEqual({ ...expected, COUNT: names.length });
});

test("Fetch, With, ItemState and Option are single bits", () => {
  expect(members(Fetch)).toEqual({ WITH_CAS: 1, TOUCH: 2, PIN: 4, NO_VALUE: 8, LOOK: 16 });
  expect(members(With)).toEqual({
    CAS: 1,
    NEW_CAS: 2,
    EXPIRY: 4,
    VIVIFY: 8,
    INVALIDATE: 16,
    DROP_VALUE: 32,
    KEY_BINARY: 64,
    VALUE: 128,
    NO_BUMP: 256,
    PIN: 512,
    COUNT_EXISTS: 1024,
  });
  expect(members(ItemState)).toEqual({
    FETCHED: 2,
    KEY_BINARY: 64,
    STALE: 128,
    TOKEN_SENT: 256,
    CREATED: 65536,
  });
  expect(members(Option)).toEqual({
    EVICT: 1,
    CAS: 2,
    CLASSIC_SIZES: 4,
    HASH_EXPAND: 8,
    TRACK_SIZES: 16,
    PREALLOCATED: 32,
    SEGMENTED: 64,
    SEIZE_PAGES: 128,
  });
});

test("of the crawler: what it tells of an item", () => {
  expect(members(CrawlFound)).toEqual({ FLAGS: 256, SLAB_ID: 260, KEY_LENGTH: 264, KEY: 268 });
  expect(members(ItemFlag)).toEqual({
    LINKED: 1,
    FETCHED: 2,
    SLABBED: 4,
    HAS_CAS: 8,
    HAS_CLIENT_FLAGS: 16,
    ACTIVE: 32,
    KEY_BINARY: 64,
    STALE: 128,
    TOKEN_SENT: 256,
    CHUNKED: 512,
    CHUNK: 1024,
    LISTED: 2048,
    LOOSE: 4096,
    CHECKED: 32768,
  });
});

test("of the log: kinds, fields of a record, parts of its detail, fields of an area", () => {
  expect(members(LogKind)).toEqual({
    FETCHES: 1,
    MUTATIONS: 2,
    EVICTIONS: 4,
    DELETIONS: 8,
    CONNECTIONS: 16,
    SYSTEM: 32,
  });
  expect(members(LogField)).toEqual({
    LENGTH: 0,
    TYPE: 2,
    TEXT_LENGTH: 3,
    DETAIL: 4,
    GID: 8,
    TIME: 16,
    CONNECTION: 24,
    NUMBER: 28,
    TTL: 32,
    IDLE: 36,
    TEXT: 40,
  });
  expect(members(LogDetail)).toEqual({
    STATUS_MASK: 255,
    COMMAND_SHIFT: 8,
    CLASS_SHIFT: 16,
    FETCHED: 1 << 24,
  });
  expect(members(LogCommand)).toEqual({ NA: 6, NULL: 7 });
  expect(members(LogArea)).toEqual({
    KINDS: 0,
    RING: 4,
    SIZE: 8,
    CONNECTION: 12,
    TIME: 16,
    TAIL: 24,
    HEAD: 64,
    TEXT: 128,
    LENGTH: 384,
  });
  expect([LOG_TTL_NEVER, LOG_TEXT_MAX]).toEqual([2 ** 32 - 1, 255]);
  expect([LOG_RING_SIZE_MIN, LOG_RING_SIZE_MAX]).toEqual([1024, 1024 * 1024]);
});

test("limits", () => {
  expect({ ...limits }).toEqual({
    KEY_LENGTH_MAX: 250,
    SLAB_PAGE_SIZE: 1048576,
    SLAB_CLASS_COUNT_MAX: 64,
    QUEUE_COUNT: 256,
    SEGMENT_HOT: 0,
    SEGMENT_WARM: 64,
    SEGMENT_COLD: 128,
    SEGMENT_TEMP: 192,
    THREADS_MAX: 1024,
    WASM_PAGE_SIZE: 65536,
    WASM_PAGE_COUNT_MAX: 65536,
    INBOX_SIZE: 16384,
    INBOX_SLACK: 256,
    OUTBOX_SIZE: 262144,
    COPY_LENGTH_MAX: 32768,
    KEY_BATCH_MAX: 64,
    VALUE_LINE_SIZE_MAX: 320,
    META_LINE_SIZE_MAX: 512,
    CRAWL_STALL_SECONDS: 5,
    DUMP_SIZE: 2097152,
    SIZE_BUCKET: 32,
  });
});
