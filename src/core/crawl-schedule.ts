/**
 * When the crawler visits which queue on its own: soon after so many items fall due that it pays
 * (specification §8.7).
 *
 * Each crawl of a queue sums up its items by minutes to their expiry. Where within some minute more
 * than one in a hundred of the expirable ones are due, the next crawl moves towards that minute;
 * where nothing is, it moves away; a minute at a time.
 */
import { CrawlSum } from "../../assembly/shared/status.ts";
import { QUEUE_COUNT } from "../../assembly/shared/limits.ts";

const STEP_SECONDS = 60;
const WAIT_MAX_SECONDS = 3600;

/** The crawl comes so much later than the minute that it waits for. */
const MARGIN_SECONDS = 5;

/** One in so many expirable items, and one more, make a crawl worth its while. */
const WORTH_PART = 100;

/** What became of a queue's crawl: what the log tells. */
export interface CrawlReport {
  /** More items than that within a minute are worth a crawl. */
  readonly lowMark: number;
  /** How many are due by the next one. */
  readonly nextReclaims: number;
  readonly sinceRun: number;
  /** Seconds until it. */
  readonly nextRun: number;
}

export class CrawlSchedule {
  readonly #waits = new Float64Array(QUEUE_COUNT);
  readonly #dueAt = new Float64Array(QUEUE_COUNT);
  readonly #lastAt = new Float64Array(QUEUE_COUNT);

  isDue(slabId: number, now: number): boolean {
    return (this.#dueAt[slabId] as number) <= now;
  }

  /** A queue was crawled at internal second `now`; `sums` by `CrawlSum`. */
  note(slabId: number, now: number, sums: Uint32Array): CrawlReport {
    const sum = (which: CrawlSum): number => sums[which] as number;
    const expirable = sum(CrawlSum.SEEN) - sum(CrawlSum.NO_EXPIRY) - sum(CrawlSum.RECLAIMED);
    const lowMark = Math.floor(expirable / WORTH_PART) + 1;
    let nextReclaims = 0;
    let minute = 0;
    for (; minute < CrawlSum.LATER; minute++) {
      nextReclaims += sums[minute] as number;
      if (nextReclaims > lowMark) break;
    }
    const wait = this.#waits[slabId] as number;
    const isEarlier = minute < CrawlSum.LATER && minute * STEP_SECONDS < wait;
    const wanted = isEarlier ? wait - STEP_SECONDS : wait + STEP_SECONDS;
    const isReached = minute < CrawlSum.LATER && minute * STEP_SECONDS === wait;
    const next = isReached ? wait : Math.max(0, Math.min(WAIT_MAX_SECONDS, wanted));
    const sinceRun = now - (this.#lastAt[slabId] as number);
    this.#waits[slabId] = next;
    this.#lastAt[slabId] = now;
    this.#dueAt[slabId] = now + next + MARGIN_SECONDS;
    return { lowMark, nextReclaims, sinceRun, nextRun: next };
  }

  /** Nothing is crawled before then: somebody wanted to, and was told that it is busy. */
  postpone(until: number): void {
    for (let id = 0; id < QUEUE_COUNT; id++) {
      if ((this.#dueAt[id] as number) < until) this.#dueAt[id] = until;
    }
  }
}
