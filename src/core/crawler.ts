/**
 * The crawler's work in the background: expired items are reclaimed, slice by slice; when its time
 * has come, or when a client asked for it (specification §8.7).
 *
 * What is due makes way for clients: for a dump it rests where it is, and goes on behind it; for a
 * client's crawl it is dropped, and is due again afterwards.
 */
import {
  CRAWLER_SLEEPS,
  CRAWLER_STARTS,
  crawlBegins,
  crawlEnds,
  itemReclaimed,
} from "./crawl-lines.ts";
import { ClassGauge } from "../../assembly/shared/counters.ts";
import { CrawlSum, CrawlTicket } from "../../assembly/shared/status.ts";
import type { Core } from "./core.ts";
import { type CrawlReport, CrawlSchedule } from "./crawl-schedule.ts";
import { HostCounter, type HostCounters } from "../base/host-counters.ts";
import type { LogWriter } from "../base/log.ts";
import { QUEUE_COUNT, SEGMENT_WARM, SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";
import type { Settings } from "../base/settings.ts";

/** Items of a slice: well below a millisecond of work. */
const SLICE = 500;

/** memcached pauses for `lru_crawler_sleep` after so many items. */
const ITEMS_PER_SLEEP = 1000;

/** Milliseconds between two looks whether a crawl is due. */
const REST_MS = 1000;

const POSTPONED_SECONDS = 60;

/** Verbosity that tells of each reclaimed item, and of when the crawler works and rests. */
const EACH_ITEM = 2;
const LIFE = 3;

/** Segments by their number, as the log names them. */
const SEGMENTS = ["hot", "warm", "cold", "temp"];

/** The queues of a slab class: one for each segment. */
export function queuesOf(classId: number): number[] {
  const ids: number[] = [];
  for (let id = classId; id < QUEUE_COUNT; id += SEGMENT_WARM) ids.push(id);
  return ids;
}

function segmentOf(slabId: number): number {
  return Math.floor(slabId / SLAB_CLASS_COUNT_MAX);
}

export class Crawler {
  readonly #core: Core;
  readonly #settings: Settings;
  readonly #counters: HostCounters;
  readonly #log: LogWriter;
  readonly #schedule = new CrawlSchedule();
  readonly #sums: Uint32Array;
  /** Queues still to crawl; the first one is being crawled. */
  #todo: number[] = [];
  #hasBegun = false;
  /** When that one was begun. */
  #begunAt = 0;
  /** For these queues; those of a client's crawl are not told of in the log. */
  #ticket: number = CrawlTicket.SERVER;
  #isPostponed = false;
  #isOn = false;

  constructor(core: Core, settings: Settings, counters: HostCounters, log: LogWriter) {
    this.#log = log;
    this.#core = core;
    this.#settings = settings;
    this.#counters = counters;
    const { buffer } = core.bytes;
    this.#sums = new Uint32Array(buffer, core.abi.crawlSumsPtr(), CrawlSum.COUNT);
  }

  /** Crawls these queues by a client's ticket, which is given back at the end. */
  start(slabIds: readonly number[], ticket: number): void {
    this.#drop();
    this.#ticket = ticket;
    this.#todo = [...slabIds];
  }

  /** Begins nothing of its own accord for a minute: a client wants to crawl. */
  postpone(): void {
    this.#isPostponed = true;
  }

  /** Does one slice at internal second `now`. Milliseconds until there is something to do again. */
  run(now: number): number {
    const wasOn = this.#isOn;
    this.#isOn = this.#settings.lruCrawler;
    if (!this.#isOn) {
      this.#abandon();
      return REST_MS;
    }
    if (!wasOn) this.#print(LIFE, CRAWLER_STARTS);
    if (this.#isPostponed) this.#schedule.postpone(now + POSTPONED_SECONDS);
    this.#isPostponed = false;
    if (!(this.#todo.length > 0 ? this.#mayGoOn() : this.#takeDue(now))) return REST_MS;
    this.#crawl(now);
    if (this.#todo.length > 0) return this.#pauseMs;
    this.#core.abi.giveBackCrawl(this.#ticket);
    this.#print(LIFE, CRAWLER_SLEEPS);
    return REST_MS;
  }

  get #isDueCrawl(): boolean {
    return this.#ticket === CrawlTicket.SERVER;
  }

  /** What is due waits while a client has the right. Who has lost it by stalling goes on. */
  #mayGoOn(): boolean {
    const { abi } = this.#core;
    if (this.#isDueCrawl) return abi.takeCrawl(1) !== 0;
    abi.keepCrawl(this.#ticket);
    return true;
  }

  /** For those who asked for that much. */
  #print(level: number, text: string): void {
    if (this.#settings.verbosity >= level) this.#log(text);
  }

  get #pauseMs(): number {
    const perSlice = this.#settings.lruCrawlerSleepMicroseconds * (SLICE / ITEMS_PER_SLEEP);
    return perSlice / 1000;
  }

  /**
   * Whether queues are due, and nobody else crawls. It is the maintainer that decides about that,
   * as with memcached: without it only clients crawl.
   */
  #takeDue(now: number): boolean {
    if (!this.#settings.lruMaintainer) return false;
    const due: number[] = [];
    for (let id = 1; id <= this.#core.classIdMax; id++) {
      due.push(...queuesOf(id).filter((slabId) => this.#isDue(slabId, now)));
    }
    if (due.length === 0 || this.#core.abi.takeCrawl(1) === 0) return false;
    this.#ticket = CrawlTicket.SERVER;
    this.#todo = due;
    return true;
  }

  /** A queue without items stays due: it is crawled soon after the first ones came. */
  #isDue(slabId: number, now: number): boolean {
    return this.#schedule.isDue(slabId, now) && this.#itemsOf(slabId) > 0;
  }

  #itemsOf(slabId: number): number {
    const classId = slabId % SLAB_CLASS_COUNT_MAX;
    return this.#core.abi.classGauge(classId, ClassGauge.ITEMS_HOT + segmentOf(slabId));
  }

  /** One slice's worth of items, of as many queues as that takes. */
  #crawl(now: number): void {
    const { abi } = this.#core;
    let left = SLICE;
    while (left > 0 && this.#todo.length > 0) {
      const slabId = this.#todo[0] as number;
      if (!this.#hasBegun) {
        const items = abi.beginCrawl(slabId, this.#settings.lruCrawlerToCrawl);
        if (items === 0) {
          this.#todo.shift();
          continue;
        }
        this.#counters.add(HostCounter.CRAWLER_STARTS, 1);
        this.#begunAt = now;
        this.#print(LIFE, crawlBegins(slabId));
      }
      const wanted = this.#settings.verbosity < EACH_ITEM ? left : 1;
      const looked = this.#lookAt(slabId, wanted);
      this.#hasBegun = looked === wanted;
      left -= looked;
      if (this.#hasBegun) continue;
      this.#print(LIFE, crawlEnds(slabId));
      const report = this.#schedule.note(slabId, now, this.#sums);
      if (this.#isDueCrawl) this.#tell(slabId, report, now - this.#begunAt);
      this.#todo.shift();
    }
  }

  /** Of several reclaimed items only the last one is known: who wants to see each asks for one. */
  #lookAt(slabId: number, wanted: number): number {
    const { abi, bytes } = this.#core;
    const before = this.#sums[CrawlSum.RECLAIMED];
    const looked = abi.crawlExpired(slabId, wanted);
    if (wanted === 1 && this.#sums[CrawlSum.RECLAIMED] !== before) {
      this.#print(EACH_ITEM, itemReclaimed(bytes, this.#sums.byteOffset));
    }
    return looked;
  }

  #tell(slabId: number, report: CrawlReport, elapsed: number): void {
    const { lowMark, nextReclaims, sinceRun, nextRun } = report;
    const [classId, lru] = [slabId % SLAB_CLASS_COUNT_MAX, SEGMENTS[segmentOf(slabId)]];
    const [examined, reclaimed] = [this.#sums[CrawlSum.SEEN], this.#sums[CrawlSum.RECLAIMED]];
    this.#core.events.system(
      `type=lru_crawler crawler=${classId} lru=${lru} low_mark=${lowMark}` +
        ` next_reclaims=${nextReclaims} since_run=${sinceRun} next_run=${nextRun}` +
        ` elapsed=${elapsed} examined=${examined} reclaimed=${reclaimed}`,
    );
  }

  #abandon(): void {
    if (this.#todo.length === 0) return;
    this.#drop();
    this.#core.abi.giveBackCrawl(this.#ticket);
  }

  /** Nothing is left to crawl: what was not come to, or was begun, stays due. */
  #drop(): void {
    if (this.#hasBegun) this.#core.abi.endCrawl(this.#todo[0] as number);
    this.#hasBegun = false;
    this.#todo = [];
  }
}
