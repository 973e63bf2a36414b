/**
 * Figures that the crawler, the page mover and the growing hash table move.
 */
import type { Client, Ledger } from "./ledger.ts";
import {
  MORE,
  type Row,
  type Step,
  all,
  chunk,
  linked,
  set,
  stored,
  times,
  unlinked,
} from "./row.ts";

const LENGTH = 100_000;
const SIZE = LENGTH + 39;

/** Two pages of eight chunks each for values of 100,000 bytes. */
const TWO_PAGES = ["-m", "64", "-o", "slab_sizes=130000,no_lru_maintainer,no_lru_crawler"];
const KEYS = "abcdefghijklmnop".split("");

function fill(keys: readonly string[]): Step[] {
  return keys.map((key) => set(key, LENGTH));
}

function remove(keys: readonly string[]): Step {
  return keys.map((key) => `delete ${key}`);
}

/** A client that has asked for the key, and takes nothing of it. */
function holding(key: string): Step {
  return (ledger: Ledger) => {
    const client: Client = ledger.connect();
    client.take(0);
    client.say(`get ${key}`);
  };
}

/** Chunks of 256 KiB, four to a page; the fourth of the first page is of a large item. */
const CHUNKED = [
  "-I",
  "512k",
  "-o",
  "slab_sizes=130000,slab_chunk_max=256,no_lru_maintainer,no_lru_crawler",
];
const LARGE = [set("x", 250_000), set("y", 250_000), set("l", 500_000)];

/** A page of class 1 is the pool's. */
const POOLED = {
  slabs_moved: 1,
  slab_global_page_pool: 1,
  "slabs 1:total_pages": -1,
  "slabs 1:total_chunks": -8,
  "slabs 1:free_chunks": -8,
};

const CRAWL = ["-o", "no_lru_maintainer"];

/** Where nothing but a command crawls. */
const postponed: Step = ({ server }: Ledger): void => server.start({ kind: "postponeCrawls" });

/** So many items in a table of 2^12 buckets, which is to grow at one and a half times as many. */
const BEFORE_GROWTH = 3 * 2 ** 11;

export const BACKGROUND_ROWS: readonly Row[] = [
  {
    title: "a crawl that finds one live item and one expired",
    options: CRAWL,
    given: [postponed, set("a"), set("b", 1, -1)],
    when: [["lru_crawler crawl 1"]],
    moves: {
      ...unlinked(40, 1, "cold"),
      lru_crawler_starts: 1,
      crawler_items_checked: 2,
      crawler_reclaimed: 1,
      expired_unfetched: 1,
      "items 1:crawler_items_checked": 2,
      "items 1:crawler_reclaimed": 1,
      "items 1:expired_unfetched": 1,
    },
  },
  {
    title: "a crawl of an expired item that was fetched",
    options: CRAWL,
    given: [postponed, set("a"), set("b"), ["get b", "md b I T-1"]],
    when: [["lru_crawler crawl 1"]],
    moves: {
      ...unlinked(40, 1, "cold"),
      lru_crawler_starts: 1,
      crawler_items_checked: 2,
      crawler_reclaimed: 1,
      "items 1:crawler_items_checked": 2,
      "items 1:crawler_reclaimed": 1,
    },
  },
  {
    title: "a dump of keys counts as no crawl",
    options: CRAWL,
    given: [postponed, set("a")],
    when: [["lru_crawler metadump all"]],
    moves: {},
  },
  {
    title: "a dump that its client does not read",
    options: CRAWL,
    given: [postponed, set("a"), (ledger) => ledger.connect().take(0)],
    when: [({ others }) => others[0]?.say("lru_crawler metadump 1")],
    moves: { lru_crawler_running: 1, "conns 29:state": "conn_read → conn_watch" },
  },
  {
    title: "a page that moves to the pool, with nothing in it",
    options: TWO_PAGES,
    given: [...fill(KEYS), remove(KEYS.slice(0, 8))],
    when: [["slabs reassign 1 0"]],
    moves: POOLED,
  },
  {
    title: "a page that moves, with live items",
    options: TWO_PAGES,
    given: [...fill(KEYS), remove(KEYS.slice(8))],
    when: [["slabs reassign 1 0"]],
    // Each of them is linked once more.
    moves: { ...POOLED, slab_reassign_rescues: 8, total_items: 8 },
  },
  {
    title: "a page that moves to another class",
    options: TWO_PAGES,
    given: [...fill(KEYS), set("large", 1_000_000), remove(KEYS.slice(0, 8))],
    when: [["slabs reassign 1 2"]],
    moves: {
      slabs_moved: 1,
      "slabs 1:total_pages": -1,
      "slabs 1:total_chunks": -8,
      "slabs 1:free_chunks": -8,
      "slabs 2:total_pages": 1,
      "slabs 2:total_chunks": 1,
      "slabs 2:free_chunks": 1,
    },
  },
  {
    title: "a page that moves, with an expired item",
    options: TWO_PAGES,
    given: [...fill(KEYS), remove(KEYS.slice(1, 8)), ["md a I T-1"]],
    when: [["slabs reassign 1 0"]],
    moves: { ...all(POOLED, unlinked(SIZE, 1, "cold")), slab_reassign_inline_reclaim: 1 },
  },
  {
    title: "a page that moves, with a chunk of a large item",
    options: CHUNKED,
    given: [...LARGE, set("z", 250_000), ["delete x"]],
    when: [["slabs reassign 2 0"]],
    moves: {
      slabs_moved: 1,
      slab_global_page_pool: 1,
      slab_reassign_rescues: 1,
      slab_reassign_chunk_rescues: 2,
      total_items: 1,
      "slabs 2:total_pages": -1,
      "slabs 2:total_chunks": -4,
      "slabs 2:free_chunks": -4,
    },
  },
  {
    title: "a page that moves, with an item that is held",
    options: TWO_PAGES,
    given: [...fill(KEYS), remove(KEYS.slice(1, 8)), holding("a")],
    when: [["slabs reassign 1 0"]],
    // It is the class's until it is empty.
    moves: {
      slab_reassign_running: 1,
      slab_reassign_busy_items: MORE,
      slab_reassign_last_busy_status: "none → busy_active",
    },
  },
  {
    title: "a page that moves, with a large item that is held for very long",
    options: CHUNKED,
    given: [...LARGE, set("z", 250_000), holding("l"), ["slabs reassign 2 0"]],
    when: [300],
    // It is deleted in the end, and the move given up: its memory is its holder's still.
    moves: {
      ...all(unlinked(500_039, 2, "cold"), chunk(2)),
      slab_reassign_busy_items: MORE,
      slab_reassign_busy_deletes: 1,
      slab_reassign_last_busy_status: "busy_active → busy_uploading",
      slab_reassign_running: -1,
    },
  },
  {
    title: "a page that moves, without room for what lives there",
    options: ["-m", "2", "-M", "-o", "slab_sizes=130000,no_lru_maintainer,no_lru_crawler"],
    given: fill(KEYS),
    when: [["slabs reassign 1 0"]],
    moves: {
      slab_reassign_running: 1,
      slab_reassign_busy_nomem: MORE,
      slab_reassign_last_busy_status: "none → busy_active",
    },
  },
  {
    title: "the hash table begins to grow",
    options: ["-t", "1", "-o", "hashpower=12,no_lru_maintainer,no_lru_crawler"],
    given: [(ledger) => fillKeys(ledger, BEFORE_GROWTH)],
    when: [(ledger) => fillKeys(ledger, 64, BEFORE_GROWTH)],
    moves: {
      ...times(64, all(stored(), linked(45, 1, "cold"))),
      hash_power_level: 1,
      hash_bytes: 4 * 2 ** 12,
      hash_is_expanding: 1,
    },
  },
  {
    title: "the hash table has grown",
    options: ["-t", "1", "-o", "hashpower=12,no_lru_maintainer,no_lru_crawler"],
    given: [(ledger) => fillKeys(ledger, BEFORE_GROWTH + 64)],
    when: [1],
    moves: { hash_is_expanding: -1 },
  },
];

/** Stores keys of six bytes. */
function fillKeys(ledger: Ledger, count: number, from = 0): void {
  for (let index = from; index < from + count; index++) ledger.say(...set(`k${10_000 + index}`));
}
