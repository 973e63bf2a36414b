/**
 * Generators of admin commands: how the LRU, the crawler and the slab pages are run.
 *
 * Sub-commands are whole words: 1.6.18 does not know shortened ones (test/transcript has them).
 */
import { type Command, command } from "./command.ts";
import type { Random } from "../support/random.ts";

type Generator = (random: Random) => Command;

function oneOf(...lines: readonly string[]): Generator {
  return (random) => command(random.pick(lines).split(" "));
}

const lru = oneOf(
  "lru",
  "lru bogus",
  "lru tune",
  "lru tune 10 25 0.1 2.0",
  "lru tune 40 40 1 1",
  "lru tune 41 40 1 1",
  "lru tune x 25 0.1 2.0",
  "lru tune 10 25 0 2.0",
  "lru tune 10 25 0.1 -1",
  "lru mode flat",
  "lru mode segmented",
  "lru mode bogus",
  "lru temp_ttl 60",
  "lru temp_ttl 0",
  "lru temp_ttl -1",
  "lru temp_ttl x",
);

const slabs = oneOf(
  "slabs",
  "slabs bogus",
  "slabs reassign",
  "slabs reassign 1",
  "slabs reassign 1 1",
  "slabs reassign 1 2",
  "slabs reassign 0 1",
  "slabs reassign -1 2",
  "slabs reassign -2 2",
  "slabs reassign 1 99",
  "slabs reassign 99 1",
  "slabs reassign x 1",
  "slabs reassign 1 x",
  "slabs automove",
  "slabs automove 0",
  "slabs automove 1",
  "slabs automove 3",
  "slabs automove x",
  "slabs automove ratio 0.5",
  "slabs automove ratio x",
  "slabs automove freeratio 0.1",
  "slabs automove window 20",
);

/** Settings of the crawler, and what is refused whether it runs or not. */
const crawler = oneOf(
  "lru_crawler",
  "lru_crawler bogus",
  "lru_crawler sleep",
  "lru_crawler sleep 0",
  "lru_crawler sleep 1000000",
  "lru_crawler sleep 1000001",
  "lru_crawler sleep x",
  "lru_crawler tocrawl",
  "lru_crawler tocrawl 0",
  "lru_crawler tocrawl 5",
  "lru_crawler tocrawl x",
  "lru_crawler crawl",
  "lru_crawler metadump",
  "lru_crawler mgdump",
);

/** One walk at a time: see `CRAWL` in plan.ts. */
const crawl = oneOf(
  "lru_crawler crawl all",
  "lru_crawler crawl 1",
  "lru_crawler crawl 1,2,3",
  "lru_crawler crawl hash",
  "lru_crawler crawl 0",
  "lru_crawler crawl 64",
  "lru_crawler crawl x",
  "lru_crawler crawl 1,x",
  "lru_crawler metadump all",
  "lru_crawler metadump hash",
  "lru_crawler metadump 1,2",
  "lru_crawler metadump 0",
  "lru_crawler metadump x",
  "lru_crawler mgdump all",
);

const crawlerSwitch = oneOf("lru_crawler enable", "lru_crawler disable", "lru_crawler enable");

const classFigures = oneOf("stats items", "stats slabs");

/** For every family of commands. */
export const ADMIN_GENERATORS: Readonly<Record<string, Generator>> = {
  lru,
  slabs,
  crawler,
  classFigures,
};

/** For the family that has the crawler running. */
export const CRAWL_GENERATORS: Readonly<Record<string, Generator>> = { crawl, crawlerSwitch };
