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
  crawlSums,
  crawlTable as walkTable,
} from "./maintenance/crawler";
import { crawlGiveBack, crawlKeep, crawlTake } from "./maintenance/crawl-right";
import { freezeOne, thawOne } from "./store/freeze";
import { fetchMeta, fetchMetas } from "./store/fetch-meta";
import { fetchPackets } from "./store/fetch-packets";
import { CAS_NEXT_PTR } from "./base/region";
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
export { crawlDump, crawlExpired };

/**
 * The right to crawl is one for all threads: a `CrawlTicket`, 0 when a client is at it. `wanted` 0
 * is for a client; SERVER for a crawl that nobody asked for, which makes way for any client; or a
 * client's ticket for another store that looks like one with this.
 */
export function takeCrawl(wanted: u32): u32 {
  return crawlTake(wanted);
}

/**
 * Its holder is at work: to be said more often than every CRAWL_STALL_SECONDS. False when somebody
 * else has it by now.
 */
export function keepCrawl(ticket: u32): bool {
  return crawlKeep(ticket);
}

export function giveBackCrawl(ticket: u32): void {
  crawlGiveBack(ticket);
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

/**
 * Writes lines of the items of some classes as `crawlDump` does, by the hash table: from cursor 0
 * until it is 0 again. Bit n of `low` and `high` together stands for class n.
 */
export function crawlTable(
  cursor: u32,
  outPtr: usize,
  outEnd: usize,
  isShort: bool,
  epoch: u32,
  low: u32,
  high: u32,
): u32 {
  return walkTable(cursor, outPtr, outEnd, isShort, epoch, ((<u64>high) << 32) | low);
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
 * given up: 3 = for want of room, 4 = because of what is held.
 */
export function moveChunks(bytes: u32): u32 {
  return moveSlice(bytes);
}

/** Where the hash table begins. The slab pages follow it, to the end of memory. */
export function tablePtr(): usize {
  return <usize>state.tablePtr;
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

/** CAS uniques go on from this one: where several stores are to give different ones. */
export function setNextCas(low: u32, high: u32): void {
  store<u64>(CAS_NEXT_PTR, ((<u64>high) << 32) | low);
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
