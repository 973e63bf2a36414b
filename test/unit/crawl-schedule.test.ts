/**
 * When the crawler comes back (specification §8.7), by sums that the test makes up.
 */
import { describe, expect, test } from "bun:test";
import { CrawlSchedule } from "../../src/core/crawl-schedule.ts";
import { CrawlSum } from "../../assembly/shared/status.ts";

const QUEUE = 129;

/** Sums of a queue of which so many items are due in these minutes. */
function sumsOf(due: Readonly<Record<number, number>>, others: object = {}): Uint32Array {
  const sums = new Uint32Array(CrawlSum.COUNT);
  for (const [minute, items] of Object.entries(due)) sums[Number(minute)] = items;
  for (const [which, items] of Object.entries(others)) sums[Number(which)] = items as number;
  sums[CrawlSum.SEEN] ||= sums.reduce((sum, items) => sum + items, 0);
  return sums;
}

/** Seconds from a crawl to the next one, after so many crawls with these sums. */
function waits(sums: Uint32Array, count: number): number[] {
  const schedule = new CrawlSchedule();
  let now = 1000;
  return Array.from({ length: count }, () => {
    expect(schedule.isDue(QUEUE, now)).toBe(true);
    schedule.note(QUEUE, now, sums);
    const before = now;
    while (!schedule.isDue(QUEUE, now)) now++;
    return now - before;
  });
}

describe("the crawler", () => {
  test("crawls every queue at once for the first time", () => {
    const schedule = new CrawlSchedule();
    expect([0, QUEUE, 255].map((id) => schedule.isDue(id, 62))).toEqual([true, true, true]);
  });

  test("comes a minute later each time while nothing is due, up to an hour", () => {
    const found = waits(sumsOf({}), 70);
    expect(found.slice(0, 3)).toEqual([65, 125, 185]);
    expect(found.slice(-10)).toEqual(new Array<number>(10).fill(3605));
  });

  test("moves towards the minute in which enough is due, and stays there", () => {
    const sums = sumsOf({ 3: 50 }, { [CrawlSum.LATER]: 1000 });
    expect(waits(sums, 6)).toEqual([65, 125, 185, 185, 185, 185]);
  });

  test("comes back sooner when enough falls due sooner", () => {
    const schedule = new CrawlSchedule();
    const quiet = sumsOf({});
    for (let i = 0; i < 10; i++) schedule.note(QUEUE, 0, quiet);
    const soon = sumsOf({ 0: 100 });
    const found = Array.from({ length: 12 }, () => schedule.note(QUEUE, 0, soon).nextRun / 60);
    expect(found).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]);
  });

  test.each([
    [99, 1],
    [100, 2],
    [999, 10],
    [1000, 11],
  ])("of %i items that expire, more than %i due at once are worth it", (all, low) => {
    const nextRun = (due: number): number => {
      const schedule = new CrawlSchedule();
      for (let i = 0; i < 5; i++) schedule.note(QUEUE, 0, sumsOf({}));
      const report = schedule.note(QUEUE, 0, sumsOf({ 0: due }, { [CrawlSum.LATER]: all - due }));
      expect(report.lowMark).toBe(low);
      return report.nextRun;
    };
    expect([nextRun(low), nextRun(low + 1)]).toEqual([360, 240]);
  });

  test("counts neither what never expires nor what it reclaimed", () => {
    const others = { [CrawlSum.NO_EXPIRY]: 100_000, [CrawlSum.SEEN]: 150_010 };
    const sums = sumsOf({ 0: 10 }, { ...others, [CrawlSum.RECLAIMED]: 50_000 });
    expect(new CrawlSchedule().note(QUEUE, 0, sums).lowMark).toBe(1);
  });

  test("begins nothing before the end of a delay, and what was due later stays so", () => {
    const schedule = new CrawlSchedule();
    for (let i = 0; i < 5; i++) schedule.note(7, 1000, sumsOf({}));
    schedule.postpone(1060);
    expect([1059, 1060].map((now) => schedule.isDue(QUEUE, now))).toEqual([false, true]);
    expect([1304, 1305].map((now) => schedule.isDue(7, now))).toEqual([false, true]);
  });
});
