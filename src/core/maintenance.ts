/**
 * Maintenance: what is done in the background, slice by slice. One caller for each store: a thread
 * of its own, or a timer of the only thread.
 */
import { Automover, POOL } from "./automover.ts";
import { HostCounter, type HostCounters } from "../base/host-counters.ts";
import type { Core } from "./core.ts";
import { Crawler } from "./crawler.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import type { LogWriter } from "../base/log.ts";
import { MAINTAINER_STARTS } from "./crawl-lines.ts";
import { LruMaintainer } from "./lru-maintainer.ts";
import { type Discard, PageMover } from "./page-mover.ts";
import type { Settings } from "../base/settings.ts";

/** Buckets of a growing hash table that a slice splits: less than a millisecond of work. */
const EXPAND_PER_SLICE = 4096;

/** Time between two looks when there is nothing to do. */
const REST_MS = 1000;

/** Milliseconds between two visits of a class at least, where slices are short. */
const VISIT_MS_SERVING = 5;

/** The part of a slice that crawling may take. */
const CRAWL_PART = 1 / 4;

/** Time between two looks of the automover. */
const AUTOMOVE_MS = 1000;

/** What a client may ask the background to do. Can be posted. */
export interface CrawlJob {
  readonly kind: "crawl";
  /** The queues to crawl. */
  readonly slabIds: readonly number[];
  /** Who asks has taken the right to. */
  readonly ticket: number;
}

/** The crawler begins nothing of its own accord for a while. */
export interface PostponeJob {
  readonly kind: "postponeCrawls";
}

/** A page is to move: the core knows which. */
export interface MoveJob {
  readonly kind: "move";
}

/** `debugfail`: the background's next slice is to fail, or the main thread when it is told. */
export interface FailJob {
  readonly kind: "fail";
  readonly where: "maintenance" | "main";
}

export type Job = CrawlJob | PostponeJob | MoveJob | FailJob;

export class Maintenance {
  readonly #core: Core;
  readonly #settings: Settings;
  readonly #counters: HostCounters;
  readonly #log: LogWriter;
  readonly #sliceMs: number;
  readonly #clock: () => number;
  readonly #maintainer: LruMaintainer;
  readonly #crawler: Crawler;
  readonly #mover: PageMover;
  readonly #automover: Automover;
  #wasExpanding = false;
  #isToFail = false;
  #crawlAt = 0;
  #moveAt = 0;
  #automoveAt = 0;
  /** The automover's last move was one to the pool. */
  #isFillingPool = false;

  /**
   * @param sliceMs how long one slice may take, about
   * @param clock milliseconds of a clock that never goes back
   * @param discard gives memory back to the system
   */
  constructor(
    core: Core,
    settings: Settings,
    counters: HostCounters,
    log: LogWriter,
    sliceMs: number,
    clock: () => number,
    discard: Discard = () => undefined,
  ) {
    this.#clock = clock;
    this.#core = core;
    this.#settings = settings;
    this.#counters = counters;
    this.#log = log;
    this.#sliceMs = sliceMs;
    this.#maintainer = new LruMaintainer(core, sliceMs < 1 ? VISIT_MS_SERVING : undefined);
    this.#crawler = new Crawler(core, settings, counters, log);
    this.#mover = new PageMover(core, discard);
    this.#automover = new Automover(core, settings);
    if (settings.lruMaintainer && settings.verbosity > 2) log(MAINTAINER_STARTS);
  }

  start(job: Job): void {
    if (job.kind === "postponeCrawls") {
      this.#crawler.postpone();
    } else if (job.kind === "move") {
      this.#moveAt = 0;
    } else if (job.kind === "fail") {
      this.#isToFail = true;
    } else {
      this.#crawler.start(job.slabIds, job.ticket);
      this.#crawlAt = 0;
    }
  }

  /**
   * Does one slice; milliseconds until the next one is wanted.
   *
   * @param seconds the internal time
   */
  slice(seconds: number): number {
    if (this.#isToFail) throw new Error("debugfail was asked for");
    const now = this.#clock();
    let wait = this.#expand() ? 0 : REST_MS;
    if (this.#settings.lruMaintainer) wait = Math.min(wait, this.#juggle(now));
    if (now >= this.#crawlAt) this.#crawlAt = now + this.#crawl(seconds);
    if (this.#settings.slabReassign && now >= this.#moveAt) this.#moveAt = now + this.#move(now);
    return Math.max(0, Math.min(wait, this.#crawlAt - now, this.#moveAt - now));
  }

  /** Several slices, if the time allows: a timer would make each pause a millisecond at least. */
  #crawl(seconds: number): number {
    const until = this.#clock() + this.#sliceMs * CRAWL_PART;
    for (;;) {
      const wait = this.#crawler.run(seconds);
      if (wait >= 1 || this.#clock() >= until) return wait;
    }
  }

  #move(now: number): number {
    if (this.#settings.slabAutomove > 0) this.#automove(now);
    return this.#mover.run();
  }

  /** A look each second; behind a page that went to the pool the next one may go there at once. */
  #automove(now: number): void {
    const isDue = now >= this.#automoveAt;
    if (!isDue && (!this.#isFillingPool || this.#core.gauge(Gauge.IS_MOVING) !== 0)) return;
    if (isDue) this.#automoveAt = now + AUTOMOVE_MS;
    const move = isDue ? this.#automover.decide() : this.#automover.idleMove();
    if (move !== null) this.#core.abi.startMove(move.from, move.to);
    this.#isFillingPool = move?.to === POOL;
  }

  #juggle(now: number): number {
    this.#counters.add(HostCounter.MAINTAINER_JUGGLES, 1);
    const until = now + this.#sliceMs;
    return this.#maintainer.run(now, this.#core.classIdMax, () => this.#clock() > until);
  }

  /** Carries a growing hash table on; whether there is more to do. */
  #expand(): boolean {
    const isExpanding = this.#core.gauge(Gauge.IS_EXPANDING) !== 0;
    if (this.#settings.verbosity > 1 && isExpanding !== this.#wasExpanding) {
      this.#log(`Hash table expansion ${isExpanding ? "starting" : "done"}\n`);
    }
    this.#wasExpanding = isExpanding;
    if (isExpanding) this.#core.abi.expand(EXPAND_PER_SLICE);
    return isExpanding;
  }
}
