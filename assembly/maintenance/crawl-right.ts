/**
 * The right to crawl: one crawl or dump at a time, for all threads (specification §2.12).
 *
 *     CRAWL_PTR   holder's ticket, 0 = nobody │ when it was last at work │ tickets given so far
 *
 * It decides who is told BUSY and who goes on, and guards nothing: who has lost it may carry on.
 * Nobody keeps it for ever. What the server does of its own accord makes way for any client, and a
 * holder who has not been at work for a while, a dump whose client does not read, for anybody.
 */
import { CRAWL_PTR } from "../base/region";
import { CRAWL_STALL_SECONDS } from "../shared/limits";
import { CrawlTicket } from "../shared/status";
import { THREADED } from "../base/thread";
import { state } from "../base/store-state";

const SEEN_AT: usize = 4;
const GIVEN_AT: usize = 8;

/** Numbers of clients' tickets come round again after so many. */
const NUMBERS: u32 = 0x3fffffff;

function holder(): u32 {
  return THREADED ? atomic.load<u32>(CRAWL_PTR) : load<u32>(CRAWL_PTR);
}

/** Replaces the holder; false when it was another one. */
function replace(before: u32, after: u32): bool {
  if (THREADED) return atomic.cmpxchg<u32>(CRAWL_PTR, before, after) === before;
  if (load<u32>(CRAWL_PTR) !== before) return false;
  store<u32>(CRAWL_PTR, after);
  return true;
}

function nextTicket(): u32 {
  const ptr = CRAWL_PTR + GIVEN_AT;
  const given = THREADED ? atomic.add<u32>(ptr, 1) : load<u32>(ptr);
  if (!THREADED) store<u32>(ptr, given + 1);
  return <u32>CrawlTicket.FIRST + (given & NUMBERS);
}

function makesWay(ticket: u32): bool {
  if (ticket === <u32>CrawlTicket.NOBODY || ticket === <u32>CrawlTicket.SERVER) return true;
  return state.now - load<u32>(CRAWL_PTR, SEEN_AT) > <u32>CRAWL_STALL_SECONDS;
}

/**
 * A ticket; or 0, when a client is at it. SERVER is for the server, which has but one crawl of its
 * own, and may take the right to go on with it as often as it likes.
 *
 * @param wanted the ticket, or 0 = a new one
 */
export function crawlTake(wanted: u32): u32 {
  const before = holder();
  if (!makesWay(before)) return 0;
  const ticket = wanted === 0 ? nextTicket() : wanted;
  // Before the right changes hands: the new holder must not be taken for one that has stalled.
  store<u32>(CRAWL_PTR, state.now, SEEN_AT);
  return replace(before, ticket) ? ticket : 0;
}

/** The holder is at work; false when this is no longer the holder. */
export function crawlKeep(ticket: u32): bool {
  if (holder() !== ticket) return false;
  store<u32>(CRAWL_PTR, state.now, SEEN_AT);
  return true;
}

/** Does nothing when somebody else has it by now. */
export function crawlGiveBack(ticket: u32): void {
  replace(ticket, <u32>CrawlTicket.NOBODY);
}
