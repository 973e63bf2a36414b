/**
 * Goal: the page mover comes back when there is something to do, says which page it moved, and
 * gives pages beyond the limit back. Method: a core that answers what the test says.
 */
import { describe, expect, test } from "bun:test";
import { Gauge } from "../../assembly/shared/counters.ts";
import { LocalServer } from "../support/in-process.ts";
import { PageMover, type Pages } from "../../src/core/page-mover.ts";
import { SLAB_PAGE_SIZE } from "../../assembly/shared/limits.ts";

const [IDLE, WORKING, WAITING, FAILED, STUCK] = [0, 1, 2, 3, 4];
const REST_MS = 1000;

class FakePages implements Pages {
  readonly gauges = new Map([
    [Gauge.MOVED_FROM, 3],
    [Gauge.MOVED_TO, 7],
  ]);
  readonly told: string[] = [];
  readonly started: string[] = [];
  dirty: number[] = [];
  /** What the next slices answer. */
  answers: number[] = [];
  /** Runs within a slice: what other threads do meanwhile. */
  meanwhile: () => void = () => undefined;

  readonly events = { system: (line: string): void => void this.told.push(line) };

  readonly abi = {
    dirtyPage: (): number => this.dirty[0] ?? 0,
    pageDiscarded: (ptr: number): void => {
      this.dirty = this.dirty.filter((each) => each !== ptr);
    },
    startMove: (source: number, target: number): number => {
      this.started.push(`${source} ${target}`);
      this.gauges.set(Gauge.IS_MOVING, 1);
      return 0;
    },
    moveChunks: (): number => {
      const answer = this.answers.shift();
      if (answer === undefined) throw new Error("a slice too many");
      if (answer !== WORKING && answer !== WAITING) this.gauges.set(Gauge.IS_MOVING, 0);
      this.meanwhile();
      return answer;
    },
  };

  gauge(which: Gauge): number {
    return this.gauges.get(which) ?? 0;
  }
}

/** Five pages are taken, and the limit was five when its mover began. */
function lowered(pages: FakePages, discarded: number[] = []): PageMover {
  pages.gauges.set(Gauge.PAGES_TAKEN, 5).set(Gauge.PAGES_LIMIT, 5);
  const mover = moverOf(pages, discarded);
  pages.gauges.set(Gauge.PAGES_LIMIT, 4);
  return mover;
}

function moverOf(pages: FakePages, discarded: number[] = []): PageMover {
  return new PageMover(pages, (ptr, length) => discarded.push(ptr, length));
}

describe("the page mover", () => {
  test("rests while there is nothing to move", () => {
    expect(moverOf(new FakePages()).run()).toBe(REST_MS);
  });

  test("works slice after slice, and backs off up to 5 ms while something is in the way", () => {
    const pages = new FakePages();
    pages.gauges.set(Gauge.IS_MOVING, 1);
    pages.answers = [WORKING, WORKING, WAITING, WAITING, WAITING, WAITING, WAITING];
    pages.answers.push(WORKING, WAITING, IDLE);
    const mover = moverOf(pages);
    const waits = Array.from({ length: 10 }, () => mover.run());
    expect(waits).toEqual([0, 0, 1, 2, 4, 5, 5, 0, 1, 0]);
    expect(pages.told).toEqual(["type=slab_move src=3 dst=7 state=ok"]);
    expect(mover.run()).toBe(REST_MS);
  });

  test("tells of the page that it moved, though another move begins at once", () => {
    const pages = new FakePages();
    pages.gauges.set(Gauge.IS_MOVING, 1);
    pages.answers = [IDLE];
    pages.meanwhile = () => pages.gauges.set(Gauge.MOVED_FROM, 4).set(Gauge.MOVED_TO, 5);
    moverOf(pages).run();
    expect(pages.told).toEqual(["type=slab_move src=3 dst=7 state=ok"]);
  });

  test("tells of a failure, and tries pages beyond the limit only a minute later again", () => {
    const pages = new FakePages();
    pages.answers = [FAILED, WAITING];
    const mover = lowered(pages);
    expect(mover.run()).toBe(REST_MS);
    expect(pages.told).toEqual(["type=slab_move src=3 dst=7 state=fail"]);
    for (let second = 0; second < 60; second++) expect(mover.run()).toBe(REST_MS);
    expect(pages.started).toEqual(["-1 0"]);
    mover.run();
    expect(pages.started).toEqual(["-1 0", "-1 0"]);
  });

  test("tries another page at once when one is stuck", () => {
    const pages = new FakePages();
    pages.answers = [STUCK, WAITING];
    const mover = lowered(pages);
    expect(mover.run()).toBe(0);
    expect(pages.told).toEqual(["type=slab_move src=3 dst=7 state=fail"]);
    mover.run();
    expect(pages.started).toEqual(["-1 0", "-1 0"]);
  });

  test("moves pages beyond the limit to the pool, and gives dirty ones back to the system", () => {
    const pages = new FakePages();
    pages.answers = [IDLE];
    const discarded: number[] = [];
    const mover = lowered(pages, discarded);
    expect(mover.run()).toBe(0);
    expect(pages.started).toEqual(["-1 0"]);
    pages.gauges.set(Gauge.PAGES_TAKEN, 4);
    pages.dirty = [0x10_0000, 0x40_0000];
    expect(mover.run()).toBe(REST_MS);
    expect(discarded).toEqual([0x10_0000, SLAB_PAGE_SIZE, 0x40_0000, SLAB_PAGE_SIZE]);
  });

  test("leaves first pages of classes beyond the limit, before and behind a lower one", () => {
    const pages = new FakePages();
    const mover = lowered(pages);
    pages.answers = [IDLE];
    pages.meanwhile = () => pages.gauges.set(Gauge.PAGES_TAKEN, 4);
    expect([mover.run(), mover.run()]).toEqual([0, REST_MS]);
    pages.gauges.set(Gauge.PAGES_TAKEN, 6);
    expect(mover.run()).toBe(REST_MS);
    expect(pages.started).toEqual(["-1 0"]);
    const untouched = new FakePages();
    untouched.gauges.set(Gauge.PAGES_TAKEN, 6).set(Gauge.PAGES_LIMIT, 5);
    expect(moverOf(untouched).run()).toBe(REST_MS);
    expect(untouched.started).toEqual([]);
  });

  test("a full server keeps all it has, beyond the limit by first pages", async () => {
    const server = new LocalServer(["-m", "3", "-o", "slab_automove=0,no_lru_crawler"]);
    const client = await server.connect();
    const set = (key: string, length: number): void => {
      const value = "v".repeat(length);
      client.send(Buffer.from(`set ${key} 0 0 ${length}\r\n${value}\r\n`));
    };
    for (let i = 0; i < 40; i++) set(`large${i}`, 100_000);
    for (const length of [10, 1000, 5000]) set(`first${length}`, length);
    const { core } = server.context;
    const figures = (): number[] =>
      [Gauge.PAGES_TAKEN, Gauge.ITEMS].map((which) => core.gauge(which));
    const before = figures();
    expect(before[0]).toBeGreaterThan(core.gauge(Gauge.PAGES_LIMIT));
    await server.advance(5);
    expect(figures()).toEqual(before);
    await server.stop();
  });
});
