/**
 * Figures that commands of clients move.
 *
 * An item of a key and a value of one byte has 40 bytes and is in class 1.
 */
import { type Row, all, chunk, hit, linked, set, stored, unlinked } from "./row.ts";

const SIZE = 40;

/** Where an item is already, so that its class has figures. */
const given = [set("a")];

export const COMMAND_ROWS: readonly Row[] = [
  {
    title: "set of a new key",
    given,
    when: [set("b")],
    moves: all(stored(), linked(SIZE)),
  },
  {
    title: "set of the first key of all: its class has a page",
    when: [set("a")],
    moves: {
      ...all(stored(), linked(SIZE)),
      "slabs 1:free_chunks": 16383,
      "slabs 1:chunk_size": 64,
      "slabs 1:chunks_per_page": 16384,
      "slabs 1:total_pages": 1,
      "slabs 1:total_chunks": 16384,
      "slabs active_slabs": 1,
      "slabs total_malloced": 1048576,
    },
  },
  {
    title: "set of a key that is there",
    given,
    when: [set("a")],
    moves: all(stored(), { total_items: 1 }),
  },
  {
    title: "append makes an item of its own",
    given,
    when: [["append a 0 0 1", "v"]],
    moves: all(stored(), { total_items: 1, bytes: 1, "items 1:mem_requested": 1 }),
  },
  {
    title: "add to a key that is there",
    given,
    when: [["add a 0 0 1", "v"]],
    moves: stored(),
  },
  {
    title: "a value that is on its way",
    given,
    when: [({ client }) => client.send("set b 0 0 10\r\nvvv")],
    moves: {
      ...all(stored(), chunk()),
      "conns 27:state": "conn_read → conn_nread",
    },
  },
  { title: "get of what is there", given, when: [["get a"]], moves: hit() },
  { title: "mg of what is there", given, when: [["mg a v"]], moves: hit() },
  {
    title: "get of several keys, of which some are there",
    given,
    when: [["get a b c"]],
    moves: all(hit(), { cmd_get: 2, get_misses: 2 }),
  },
  {
    title: "get of an expired item",
    given: [...given, set("b", 1, -1)],
    when: [["get b"]],
    moves: all(unlinked(SIZE), { cmd_get: 1, get_misses: 1, get_expired: 1 }),
  },
  {
    title: "get of a flushed item",
    options: ["-o", "no_lru_crawler"],
    given: [...given, 1, ["flush_all"], set("b")],
    when: [["get a"]],
    moves: {
      ...all(unlinked(SIZE, 1, "cold"), { cmd_get: 1, get_misses: 1, get_flushed: 1 }),
      // COLD has no tail any more.
      "items 1:age": -1,
    },
  },
  {
    title: "touch of what is there",
    given,
    when: [["touch a 0"]],
    moves: { cmd_touch: 1, touch_hits: 1, "slabs 1:touch_hits": 1 },
  },
  {
    title: "touch of what is not there",
    given,
    when: [["touch b 0"]],
    moves: { cmd_touch: 1, touch_misses: 1 },
  },
  {
    title: "gat of what is there",
    given,
    when: [["gat 0 a"]],
    moves: { cmd_touch: 1, touch_hits: 1, "slabs 1:touch_hits": 1, "items 1:hits_to_hot": 1 },
  },
  { title: "me", given, when: [["me a"]], moves: { cmd_meta: 1 } },
  {
    title: "delete",
    given: [...given, set("b")],
    when: [["delete b"]],
    moves: all(unlinked(SIZE), { delete_hits: 1, "slabs 1:delete_hits": 1 }),
  },
  { title: "delete of nothing", given, when: [["delete b"]], moves: { delete_misses: 1 } },
  {
    title: "md of an item with another unique",
    given,
    when: [["md a C999"]],
    moves: { delete_misses: 1 },
  },
  {
    title: "incr in place",
    given: [["set a 0 0 1", "1"]],
    when: [["incr a 1"]],
    moves: { incr_hits: 1, "slabs 1:incr_hits": 1 },
  },
  {
    title: "incr to one digit more",
    given: [["set a 0 0 1", "9"]],
    when: [["incr a 1"]],
    moves: {
      incr_hits: 1,
      "slabs 1:incr_hits": 1,
      total_items: 1,
      bytes: 1,
      "items 1:mem_requested": 1,
    },
  },
  { title: "incr of nothing", given, when: [["incr b 1"]], moves: { incr_misses: 1 } },
  {
    title: "decr",
    given: [["set a 0 0 1", "9"]],
    when: [["decr a 1"]],
    moves: { decr_hits: 1, "slabs 1:decr_hits": 1 },
  },
  { title: "decr of nothing", given, when: [["decr b 1"]], moves: { decr_misses: 1 } },
  { title: "ma that makes the number", given, when: [["ma b N0"]], moves: linked(SIZE) },
  {
    title: "cas with the unique of the item",
    given,
    when: [["cas a 0 0 1 2", "v"]],
    moves: all(stored(), { cas_hits: 1, "slabs 1:cas_hits": 1, total_items: 1 }),
  },
  {
    title: "cas with another unique",
    given,
    when: [["cas a 0 0 1 1", "v"]],
    moves: all(stored(), { cas_badval: 1, "slabs 1:cas_badval": 1 }),
  },
  {
    title: "cas of nothing",
    given,
    when: [["cas b 0 0 1 2", "v"]],
    moves: all(stored(), { cas_misses: 1 }),
  },
  {
    title: "a value that is too large, whose key is stored",
    given: [...given, set("b")],
    when: [set("b", 1048577)],
    moves: all(unlinked(SIZE), { store_too_large: 1 }),
  },
  {
    title: "flush_all",
    given: [...given, 2],
    when: [["flush_all"]],
    // Items are hidden; whoever meets them takes them away.
    moves: { cmd_flush: 1, "settings oldest": 63 },
  },
  {
    title: "flush_all in the second of the items",
    given,
    when: [["flush_all"]],
    moves: {
      ...unlinked(SIZE),
      cmd_flush: 1,
      "settings oldest": 61,
    },
  },
  {
    title: "flush_all where it is forbidden",
    options: ["-F"],
    given,
    when: [["flush_all"]],
    moves: { cmd_flush: 1 },
  },
  {
    title: "an item that is tracked by size",
    options: ["-o", "track_sizes"],
    given,
    when: [set("b", 30)],
    moves: {
      ...all(stored(2), linked(69, 2)),
      "sizes 96": 1,
      "slabs 2:chunk_size": 80,
      "slabs 2:chunks_per_page": 13107,
      "slabs 2:total_pages": 1,
      "slabs 2:total_chunks": 13107,
      "slabs 2:free_chunks": 13106,
      "slabs active_slabs": 1,
      "slabs total_malloced": 1048576,
    },
  },
  {
    title: "verbosity",
    when: [["verbosity 1"]],
    moves: { "settings verbosity": 1 },
  },
  {
    title: "cache_memlimit",
    when: [["cache_memlimit 100"]],
    moves: { limit_maxbytes: 37748736, "settings maxbytes": 37748736 },
  },
  {
    title: "stats detail on",
    when: [["stats detail on"]],
    moves: { "settings detail_enabled": "no → yes" },
  },
  {
    title: "lru tune",
    when: [["lru tune 30 45 0.3 2.5"]],
    moves: {
      "settings hot_lru_pct": 10,
      "settings warm_lru_pct": 5,
      "settings hot_max_factor": 0.1,
      "settings warm_max_factor": 0.5,
    },
  },
  {
    title: "lru mode",
    when: [["lru mode flat"]],
    moves: { "settings lru_segmented": "yes → no" },
  },
  {
    title: "lru temp_ttl",
    when: [["lru temp_ttl 71"]],
    moves: { "settings temp_lru": "no → yes", "settings temporary_ttl": 10 },
  },
  {
    title: "lru_crawler sleep and tocrawl",
    when: [["lru_crawler sleep 150", "lru_crawler tocrawl 7"]],
    moves: { "settings lru_crawler_sleep": 50, "settings lru_crawler_tocrawl": 7 },
  },
  {
    title: "lru_crawler disable",
    given: [set("a")],
    when: [["lru_crawler disable"]],
    moves: { "settings lru_crawler": "yes → no" },
  },
  {
    title: "slabs automove",
    when: [["slabs automove 0", "slabs automove ratio 0.7", "slabs automove window 20"]],
    moves: {
      "settings slab_automove": -1,
      "settings slab_automove_ratio": -0.1,
      "settings slab_automove_window": 10,
    },
  },
  {
    title: "slabs automove freeratio",
    when: [["slabs automove freeratio 0.025"]],
    moves: { "settings slab_automove_freeratio": 0.015 },
  },
];
