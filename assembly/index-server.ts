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
import { freezeOne, thawOne } from "./store/freeze";
import { fetchMeta, fetchMetas } from "./store/fetch-meta";
import { fetchPackets } from "./store/fetch-packets";
import { LOG_TEXT_MAX } from "./shared/log";
import { logHostEvent } from "./base/log-ring";
import { lookAheadLines, lookAheadPackets } from "./store/look-ahead";
import { moveSlice } from "./maintenance/mover";
import { moveStart } from "./slab/moving";
import { pageCleaned, pageDirty, poolShrink } from "./slab/pages";
import { state } from "./base/store-state";

export * from "./index";
export { fetchMeta, fetchMetas, fetchPackets };
export { base64Decode as decodeBase64, base64Encode as encodeBase64 };
export { lookAheadLines, lookAheadPackets };
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

/**
 * Begins to move a slab page from class `source`, -1 = any, to `target`; 0 is the page pool.
 * A `MoveStatus`.
 */
export function startMove(source: i32, target: u32): u32 {
  return moveStart(source, target);
}

/**
 * Carries a move on by `bytes` of chunks: 0 = there is none (any more), 1 = more to do, 2 = wait,
 * 3 = it has failed.
 */
export function moveChunks(bytes: u32): u32 {
  return moveSlice(bytes);
}

/** A page of slabs whose memory is to be given back to the system, 0 = none. */
export function dirtyPage(): usize {
  poolShrink();
  return pageDirty();
}

/** It was. */
export function pageDiscarded(ptr: usize): void {
  pageCleaned(ptr);
}

/** Whether each eviction asks for a page for its class (`slabs automove 2`). */
export function setMoveOnEvict(isOn: bool): void {
  state.movesOnEvict = isOn ? 1 : 0;
}

/**
 * Takes lock number `index`, from 0 on; false when there is none. Who has taken them all is alone
 * with the store, and may copy the memory; no call but `thaw` is allowed then.
 */
export function freeze(index: u32): bool {
  return freezeOne(index);
}

/** Gives it back. */
export function thaw(index: u32): void {
  thawOne(index);
}

/**
 * A record of the host's own. Its text of up to LOG_TEXT_MAX bytes stands in this thread's log
 * area.
 */
export function logEvent(type: u32, detail: u32, number: u32, textLength: u32): void {
  assert(textLength <= <u32>LOG_TEXT_MAX);
  logHostEvent(type, detail, number, textLength);
}
