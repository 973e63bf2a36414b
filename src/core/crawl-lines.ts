/**
 * What the crawler prints with `-vv` and `-vvv`, in memcached's words (specification §8.7, §10.8).
 */
import { CrawlFound } from "../../assembly/shared/status.ts";
import { ItemFlag } from "../../assembly/shared/item-flag.ts";

/** Bits of an item's flags here, and where memcached has them. */
const FLAGS: readonly (readonly [ItemFlag, number])[] = [
  [ItemFlag.LINKED, 1],
  [ItemFlag.HAS_CAS, 2],
  [ItemFlag.FETCHED, 8],
  [ItemFlag.ACTIVE, 16],
  [ItemFlag.CHUNKED, 32],
  [ItemFlag.HAS_CLIENT_FLAGS, 256],
  [ItemFlag.TOKEN_SENT, 512],
  [ItemFlag.STALE, 2048],
  [ItemFlag.KEY_BINARY, 4096],
];

export const CRAWLER_STARTS = "Starting LRU crawler background thread\n";
export const CRAWLER_SLEEPS = "LRU crawler thread sleeping\n";
export const MAINTAINER_STARTS = "Starting LRU maintainer background thread\n";

export function crawlBegins(slabId: number): string {
  return `Kicking LRU crawler off for LRU ${slabId}\n`;
}

export function crawlEnds(slabId: number): string {
  return `Nothing left to crawl for ${slabId}\n`;
}

/**
 * The line of the item that the crawler reclaimed last. `slab` has class and segment, as
 * memcached's.
 *
 * @param sumsPtr where the crawler's sums begin in `bytes`
 */
export function itemReclaimed(bytes: Uint8Array, sumsPtr: number): string {
  const view = new DataView(bytes.buffer, sumsPtr);
  const own = view.getUint32(CrawlFound.FLAGS, true);
  const flags = FLAGS.reduce((sum, [bit, theirs]) => ((own & bit) === 0 ? sum : sum | theirs), 0);
  const slabId = view.getUint32(CrawlFound.SLAB_ID, true);
  const start = sumsPtr + CrawlFound.KEY;
  const end = start + view.getUint32(CrawlFound.KEY_LENGTH, true);
  const key = Buffer.from(bytes.slice(start, end)).toString("latin1");
  return `LRU crawler found an expired item (flags: ${flags}, slab: ${slabId}): ${key}\n`;
}
