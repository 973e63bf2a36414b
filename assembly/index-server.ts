/**
 * The ABI of the builds for a server: all of index.ts, answers in the words of the meta and binary
 * protocols, and the crawler. The build for embedding goes without, and stays small.
 */
import { QUEUE_COUNT } from "./shared/limits";
import { base64Decode, base64Encode } from "./base/base64";
import {
  crawlBegin,
  crawlDump,
  crawlEnd,
  crawlExpired,
  crawlGiveBack,
  crawlSums,
  crawlTable,
  crawlTake,
} from "./maintenance/crawler";
import { fetchMeta, fetchMetas } from "./store/fetch-meta";
import { fetchPackets } from "./store/fetch-packets";

export * from "./index";
export { fetchMeta, fetchMetas, fetchPackets };
export { base64Decode as decodeBase64, base64Encode as encodeBase64 };
export { crawlDump, crawlExpired, crawlTable };

/** The right to crawl is one for all threads: false when somebody has it. */
export function takeCrawl(): bool {
  return crawlTake();
}

export function giveBackCrawl(): void {
  crawlGiveBack();
}

/** Goes to the tail of a queue, for up to `limit` items, 0 = all; how many there are. */
export function beginCrawl(slabId: u32, limit: u32): u32 {
  assert(slabId < <u32>QUEUE_COUNT);
  return crawlBegin(slabId, limit);
}

export function endCrawl(slabId: u32): void {
  assert(slabId < <u32>QUEUE_COUNT);
  crawlEnd(slabId);
}

/** Sums of the queue that is crawled: u32 by `CrawlSum`. */
export function crawlSumsPtr(): usize {
  return crawlSums();
}
