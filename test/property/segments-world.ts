/**
 * A store with segments beside its model, with everything at work that moves items in the
 * background: each of its steps between two commands, in any order.
 */
import { Gauge } from "../../assembly/shared/counters.ts";
import { CrawlTicket, MoveStatus, Result } from "../../assembly/shared/status.ts";
import { SLAB_PAGE_SIZE } from "../../assembly/shared/limits.ts";
import type { AnyOperation, MaintainOperation } from "./maintain-operation.ts";
import { SegmentsAudit, SegmentsModel } from "./segments-audit.ts";
import { StoreWorld, type WorldShape } from "./store-world.ts";
import { between, same } from "./difference.ts";
import { fromLatin1 } from "../support/bytes.ts";

const SEGMENTS = 4;
const SEGMENT_STEP = 64;

/** Items of a crawl, 0 = all; bytes of a move; seconds of a short life, -1 = no TEMP. */
const CRAWL_LIMITS = [0, 0, 1, 3, 100];
const MOVE_BYTES = [1, 500, 40_000, 1_000_000, 1_000_000];
const TEMPORARY_TTLS = [-1, -1, 0, 10, 61, 5000];
const PERCENTS = [0, 5, 20, 40];
const FACTORS = [0.01, 0.2, 2, 1e9];

/** Room for some lines of a dump; each is given 1024 bytes. */
const LINES_ROOM = 4096;

function chosen<T>(from: readonly T[], which: number): T {
  return from[which % from.length] as T;
}

export class SegmentsWorld extends StoreWorld {
  /** The queue that is being crawled, 0 = none. */
  #crawled = 0;
  #ticket: number = CrawlTicket.NOBODY;
  #isDump = false;

  constructor(shape: WorldShape) {
    super({ ...shape, lruSegmented: true }, { Model: SegmentsModel, Audit: SegmentsAudit });
  }

  runAny(operation: AnyOperation, isChecked = true): void {
    if (operation.kind !== "maintain") {
      this.run(operation, isChecked);
      return;
    }
    this.audited(() => {
      this.#maintain(operation);
      this.audit.forgetEvicted(null);
    }, isChecked);
  }

  /** Ends what is under way, too. */
  override settle(keyCount: number): void {
    this.runAny({ kind: "maintain", step: "crawl-end", a: 0, b: 0 });
    super.settle(keyCount);
  }

  #class(which: number): number {
    return 1 + (which % this.driver.core.classIdMax);
  }

  #maintain({ step, a, b }: MaintainOperation): void {
    const { abi } = this.driver.core;
    switch (step) {
      case "juggle":
        return this.#juggle(a, b % 3 === 0);
      case "bump":
        abi.bumpItems();
        return;
      case "crawl-begin":
        return this.#beginCrawl(this.#class(a) + SEGMENT_STEP * (b % SEGMENTS), a, b);
      case "crawl-on":
        return this.#crawlOn(1 + (a % 7));
      case "crawl-end":
        return this.#endCrawl(true);
      case "move":
        return this.#move(this.#owner(a) - (b % 3 === 0 ? 1 : 0), this.#owner(b));
      case "move-on":
        return this.#moveOn(chosen(MOVE_BYTES, a));
      case "yield":
        abi.yieldSpares();
        return;
      case "discard":
        return this.#discard();
      case "mode":
        abi.setLruMode(a % 4 === 0 ? 0 : 1, chosen(TEMPORARY_TTLS, b));
        return;
      case "shares":
        abi.setLruShares(
          chosen(PERCENTS, a),
          chosen(PERCENTS, b),
          chosen(FACTORS, a >> 2),
          chosen(FACTORS, b >> 2),
        );
        return;
      case "move-on-evict":
        abi.setMoveOnEvict(a % 2);
        return;
    }
  }

  /** A class or, 0, the page pool. */
  #owner(which: number): number {
    return which % (this.driver.core.classIdMax + 1);
  }

  #juggle(which: number, isAll: boolean): void {
    const { abi, classIdMax } = this.driver.core;
    if (!isAll) abi.juggle(this.#class(which));
    else for (let id = 1; id <= classIdMax; id++) abi.juggle(id);
  }

  // ── Crawls ─────────────────────────────────────────────────────────────────────────────────────

  #beginCrawl(slabId: number, a: number, b: number): void {
    const { abi } = this.driver.core;
    const isFree = this.#crawled === 0;
    // It is at work, however long ago that was said last.
    if (!isFree) abi.keepCrawl(this.#ticket);
    const ticket = abi.takeCrawl(0);
    same("right to crawl", ticket !== CrawlTicket.NOBODY, isFree);
    if (!isFree) return;
    this.#ticket = ticket;
    this.#isDump = a % 2 === 0;
    const limit = chosen(CRAWL_LIMITS, b);
    const items = abi.beginCrawl(slabId, limit);
    between("items to crawl", items, 0, limit === 0 ? this.driver.items : limit);
    this.#crawled = slabId;
  }

  #crawlOn(count: number): void {
    if (this.#crawled === 0) return;
    const { abi } = this.driver.core;
    if (this.#isDump) return this.#dumpOn();
    const looked = abi.crawlExpired(this.#crawled, count);
    between("items looked at", looked, 0, count);
    if (looked < count) this.#endCrawl(false);
  }

  /** What a dump lists lives, and was stored. */
  #dumpOn(): void {
    const { abi, outbox, outboxPtr, result } = this.driver.core;
    const looked = abi.crawlDump(this.#crawled, outboxPtr, outboxPtr + LINES_ROOM, 1, 0);
    const text = fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]));
    for (const line of text.split("\r\n").slice(0, -1)) {
      const [, name = "", mark] = line.split(" ");
      const key = mark === "b" ? Buffer.from(name, "base64").toString("latin1") : name;
      const item = this.model.items.get(key);
      same(`${key} is there`, item !== undefined && !this.model.isDead(item), true);
    }
    if (looked === 0) this.#endCrawl(false);
  }

  #endCrawl(isEarly: boolean): void {
    if (this.#crawled === 0) return;
    const { abi } = this.driver.core;
    if (isEarly) abi.endCrawl(this.#crawled);
    abi.giveBackCrawl(this.#ticket);
    this.#crawled = 0;
  }

  // ── Pages ──────────────────────────────────────────────────────────────────────────────────────

  #move(source: number, target: number): void {
    const { core } = this.driver;
    const wasMoving = core.gauge(Gauge.IS_MOVING) !== 0;
    const status: MoveStatus = core.abi.startMove(source, target);
    if (wasMoving) same("a second move begins", status === MoveStatus.OK, false);
  }

  /** Live items are where they can be found, with all that is theirs, once a page is through. */
  #moveOn(bytes: number): void {
    const { core } = this.driver;
    const wasMoving = core.gauge(Gauge.IS_MOVING) !== 0;
    core.abi.moveChunks(bytes);
    if (!wasMoving || core.gauge(Gauge.IS_MOVING) !== 0) return;
    this.audit.forgetEvicted(null);
    this.audit.sweep();
  }

  #discard(): void {
    const { abi, bytes } = this.driver.core;
    for (let ptr = abi.dirtyPage() >>> 0; ptr !== 0; ptr = abi.dirtyPage() >>> 0) {
      // What the system does: the page is zero when it is read again.
      bytes.fill(0, ptr, ptr + SLAB_PAGE_SIZE);
      abi.pageDiscarded(ptr);
    }
  }
}
