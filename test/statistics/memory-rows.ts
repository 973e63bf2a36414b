/**
 * Figures that move where memory is full, and by what segments do.
 *
 * Values are of 100,000 bytes, in one class of which a page, all there is, holds eight.
 */
import type { Core } from "../../src/core/core.ts";
import type { Client, Ledger } from "./ledger.ts";
import { type Row, type Step, all, chunk, hit, linked, set, stored, unlinked } from "./row.ts";

const LENGTH = 100_000;
/** Of an item with a key of one byte. */
const SIZE = LENGTH + 39;
const FULL = ["-m", "1", "-I", "512k", "-o", "slab_sizes=130000,slab_chunk_max=256"];
const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

function fill(exptime = 0): Step[] {
  return KEYS.map((key) => set(key, LENGTH, exptime));
}

/** All items in COLD, without a second that passes. */
const toCold: Step = ({ server }: Ledger): void => {
  const core = server.context.core.cores[0] as Core;
  core.abi.setLruShares(0, 0, 1e9, 1e9);
  core.abi.juggle(1);
  core.abi.setLruShares(20, 40, 1e9, 1e9);
};

const juggle: Step = ({ server }: Ledger): unknown =>
  (server.context.core.cores[0] as Core).abi.juggle(1);
const bump: Step = ({ server }: Ledger): unknown =>
  (server.context.core.cores[0] as Core).abi.bumpItems();

/** The core's clock alone goes on: nothing is done meanwhile. */
function later(seconds: number): Step {
  return ({ server }) => server.context.core.abi.setNow(server.context.clock.now + seconds);
}

function get(key: string, times: number): Step {
  return Array.from({ length: times }, () => `mg ${key}`);
}

/** A client that has asked for the key, and takes nothing of it. */
function holding(key: string): Step {
  return (ledger) => {
    const client: Client = ledger.connect();
    client.take(0);
    client.say(`get ${key}`);
  };
}

/** One more item of the class, for which one of COLD had to go; a round more than with room. */
const EVICTION = {
  ...all(stored(), linked(SIZE), unlinked(SIZE, 1, "cold")),
  evictions: 1,
  direct_reclaims: 1,
  "items 1:evicted": 1,
  "items 1:direct_reclaims": 1,
  // A move to COLD says that the item is a second older.
  "items 1:evicted_time": 1,
};

const UNFETCHED = { evicted_unfetched: 1, "items 1:evicted_unfetched": 1 };

export const MEMORY_ROWS: readonly Row[] = [
  {
    title: "an eviction",
    options: FULL,
    given: [...fill(), toCold],
    when: [set("i", LENGTH)],
    moves: all(EVICTION, UNFETCHED),
  },
  {
    title: "an eviction of what was fetched once",
    options: FULL,
    given: [...fill(), toCold, get("a", 1)],
    when: [set("i", LENGTH)],
    moves: EVICTION,
  },
  {
    title: "an eviction of what is active",
    options: FULL,
    given: [...fill(), toCold, get("a", 2)],
    when: [set("i", LENGTH)],
    moves: all(EVICTION, { evicted_active: 1, "items 1:evicted_active": 1 }),
  },
  {
    title: "an eviction of what would have expired",
    options: FULL,
    given: [...fill(1000), toCold],
    when: [set("i", LENGTH)],
    moves: all(EVICTION, UNFETCHED, { "items 1:evicted_nonzero": 1 }),
  },
  {
    title: "an eviction of what was idle for a while",
    options: [...FULL.slice(0, -1), `${FULL.at(-1)},no_lru_maintainer,no_lru_crawler`],
    given: [...fill(), 30],
    when: [set("i", LENGTH)],
    // Without segments: no figures of theirs; the newest item is in COLD as the others are.
    moves: {
      ...stored(),
      total_items: 1,
      evictions: 1,
      ...UNFETCHED,
      "items 1:evicted": 1,
      "items 1:evicted_time": 30,
    },
  },
  {
    title: "an expired item at the tail makes room, and one more goes, as with memcached",
    options: FULL,
    given: [...fill(), toCold, ["md a I T-1"]],
    when: [set("i", LENGTH)],
    moves: all(EVICTION, UNFETCHED, unlinked(SIZE, 1, "cold"), {
      reclaimed: 1,
      expired_unfetched: 1,
      "items 1:reclaimed": 1,
      "items 1:expired_unfetched": 1,
    }),
  },
  {
    title: "no room, where nothing may be evicted",
    options: [...FULL, "-M"],
    given: fill(),
    when: [set("i", LENGTH)],
    // Ten rounds, and in each one item moved on to where it could have been evicted.
    moves: {
      store_no_memory: 1,
      direct_reclaims: 10,
      moves_to_cold: 8,
      "items 1:outofmemory": 1,
      "items 1:direct_reclaims": 10,
      "items 1:moves_to_cold": 8,
      "items 1:number_hot": -8,
      "items 1:number_cold": 8,
      "items 1:age": 1,
    },
  },
  {
    title: "a held item at the tail is passed over",
    options: FULL,
    given: [...fill(), toCold, holding("a")],
    when: [set("i", LENGTH)],
    moves: all(EVICTION, UNFETCHED, { lrutail_reflocked: 1, "items 1:lrutail_reflocked": 1 }),
  },
  {
    title: "what was held for too long is given up",
    options: [...FULL.slice(0, -1), `${FULL.at(-1)},tail_repair_time=10`],
    given: [...fill(), toCold, holding("a"), later(12)],
    when: [juggle],
    // Its chunk stays its holder's.
    moves: {
      ...all(unlinked(SIZE, 1, "cold"), chunk()),
      lrutail_reflocked: 1,
      "items 1:lrutail_reflocked": 1,
      "items 1:tailrepairs": 1,
    },
  },
  {
    title: "HOT beyond its share, which is a fifth",
    options: FULL,
    given: fill(),
    when: [juggle],
    moves: {
      moves_to_cold: 7,
      "items 1:moves_to_cold": 7,
      "items 1:number_hot": -7,
      "items 1:number_cold": 7,
      "items 1:age": 1,
    },
  },
  {
    title: "an active item of HOT's tail",
    options: FULL,
    given: [...fill(), toCold, set("a", LENGTH), get("a", 2)],
    when: [juggle],
    moves: {
      moves_to_warm: 1,
      "items 1:moves_to_warm": 1,
      "items 1:number_hot": -1,
      "items 1:number_warm": 1,
      "items 1:age_warm": 1,
    },
  },
  {
    title: "an active item of WARM's tail",
    options: FULL,
    given: [...fill(), toCold, set("a", LENGTH), get("a", 2), juggle, get("a", 2)],
    when: [juggle],
    moves: { moves_within_lru: 1, "items 1:moves_within_lru": 1 },
  },
  {
    title: "an active item of COLD",
    options: FULL,
    given: [...fill(), toCold, get("c", 2)],
    when: [bump],
    moves: {
      moves_to_warm: 1,
      "items 1:moves_to_warm": 1,
      "items 1:number_cold": -1,
      "items 1:number_warm": 1,
      "items 1:age_warm": 1,
    },
  },
  {
    title: "hits in WARM, COLD and TEMP",
    options: [...FULL.slice(0, -1), `${FULL.at(-1)},temporary_ttl=60`],
    given: [
      ...KEYS.slice(0, 6).map((key) => set(key, LENGTH)),
      toCold,
      get("c", 2),
      bump,
      set("t", LENGTH, 30),
    ],
    when: [["mg a", "mg c", "mg t"]],
    moves: all(hit(1, "cold"), hit(1, "warm"), hit(1, "temp")),
  },
  {
    title: "an item in TEMP",
    options: [...FULL.slice(0, -1), `${FULL.at(-1)},temporary_ttl=60`],
    given: [set("a", LENGTH)],
    when: [set("t", LENGTH, 30)],
    moves: all(stored(), linked(SIZE, 1, "temp")),
  },
  {
    title: "a chunk for a value that is on its way, in several",
    options: FULL,
    given: [set("a", LENGTH)],
    when: [({ client }) => client.send("set large 0 0 300000\r\nvvv")],
    // Its head, and a first chunk; it counts as a set when all of it has come.
    moves: {
      ...chunk(),
      "slabs 2:chunk_size": 262144,
      "slabs 2:chunks_per_page": 4,
      "slabs 2:total_pages": 1,
      "slabs 2:total_chunks": 4,
      "slabs 2:used_chunks": 1,
      "slabs 2:free_chunks": 3,
      "slabs active_slabs": 1,
      "slabs total_malloced": 1048576,
      "conns 27:state": "conn_read → conn_nread",
    },
  },
];
