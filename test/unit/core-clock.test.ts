/**
 * The clock's arithmetic of exptimes (specification §2.5), on a clock that the test moves.
 */
import { beforeEach, describe, expect, test } from "bun:test";
import { Clock } from "../../src/base/clock.ts";

const UNIX_START = 1_700_000_000;
const INTERNAL_START = 62;
const DAYS_30 = 2_592_000;
const EXPIRED = 1;

let monotonicMs: number;
let clock: Clock;

beforeEach(() => {
  monotonicMs = 5000;
  clock = Clock.start(() => monotonicMs, UNIX_START + 0.75);
});

describe("time", () => {
  test("starts two seconds after one update interval", () => {
    expect([clock.now, clock.uptime, clock.unixNow]).toEqual([INTERNAL_START, 2, UNIX_START]);
  });

  test("moves in whole seconds, and only by ticks", () => {
    monotonicMs += 999;
    clock.tick();
    expect(clock.now).toBe(INTERNAL_START);
    monotonicMs += 1;
    expect(clock.now).toBe(INTERNAL_START);
    clock.tick();
    expect(clock.now).toBe(INTERNAL_START + 1);
    expect(clock.unixNow).toBe(UNIX_START + 1);
  });

  test("catches up after a pause of many seconds", () => {
    monotonicMs += 100_500;
    clock.tick();
    expect(clock.now).toBe(INTERNAL_START + 100);
  });

  test("can be shifted, and goes on from there", () => {
    clock.shift(50);
    expect(clock.now).toBe(INTERNAL_START + 50);
    monotonicMs += 2000;
    clock.tick();
    expect(clock.now).toBe(INTERNAL_START + 52);
    clock.shift(-1_000_000);
    expect(clock.now).toBe(EXPIRED);
  });

  test("stands still while paused", () => {
    clock.pause();
    monotonicMs += 5000;
    clock.tick();
    expect(clock.now).toBe(INTERNAL_START);
    clock.resume();
    expect(clock.now).toBe(INTERNAL_START + 5);
  });
});

describe("expiry", () => {
  test.each([
    ["0 is never", 0, 0],
    ["-1 has passed", -1, EXPIRED],
    ["the least i32 has passed", -(2 ** 31), EXPIRED],
    ["1 is relative", 1, INTERNAL_START + 1],
    ["30 days are relative", DAYS_30, INTERNAL_START + DAYS_30],
    ["a second more is a Unix time, long ago", DAYS_30 + 1, EXPIRED],
    ["Unix time of the start", UNIX_START, INTERNAL_START],
    ["Unix time in the future", UNIX_START + 10, INTERNAL_START + 10],
    ["Unix time of internal 1", UNIX_START - INTERNAL_START + 1, 1],
    ["Unix time of internal 0 is not never", UNIX_START - INTERNAL_START, EXPIRED],
    ["Unix time before that", UNIX_START - INTERNAL_START - 1, EXPIRED],
    ["the largest i32", 2 ** 31 - 1, 2 ** 31 - 1 - UNIX_START + INTERNAL_START],
  ])("%s", (_, exptime, expected) => {
    expect(clock.expiry(exptime)).toBe(expected);
  });

  test("relative ones count from the last tick", () => {
    monotonicMs += 40_000;
    expect(clock.expiry(10)).toBe(INTERNAL_START + 10);
    clock.tick();
    expect(clock.expiry(10)).toBe(INTERNAL_START + 50);
    expect(clock.expiry(UNIX_START + 45)).toBe(INTERNAL_START + 45);
  });

  test("toUnix is its reverse", () => {
    for (const unix of [UNIX_START, UNIX_START + 1, UNIX_START + DAYS_30 * 2]) {
      expect(clock.toUnix(clock.expiry(unix))).toBe(unix);
    }
  });
});
