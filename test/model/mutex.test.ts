/**
 * The lock of assembly/base/lock.ts, alone: nobody is in together with another one, nobody sleeps
 * for ever, and the word is FREE in the end.
 *
 * Method: all interleavings of two to four threads that take the lock once or twice, with any
 * number of looks before sleeping, a notify that wakes any of the sleepers, and early wake-ups.
 * That it is this lock is seen by the source's lines, which the model quotes.
 */
import { describe, expect, test } from "bun:test";
import { MUTEX, lockTry, unlock } from "./mutex.ts";
import type { Program } from "./program.ts";
import { Word } from "./words.ts";
import { readFileSync } from "node:fs";
import { explore } from "./scheduler.ts";
import { flawText } from "./trace.ts";
import { program } from "./protocol.ts";
import { unvisited } from "./unvisited.ts";

const { SLABS } = Word;

function taker(times: number): Program {
  return program(`taker of ${times}`, (code) => {
    for (let i = 0; i < times; i++) {
      MUTEX.lock(code, SLABS);
      MUTEX.unlock(code, SLABS);
    }
  });
}

const TRIER = program("trier", (code) => lockTry(code, SLABS, () => unlock(code, SLABS)));

function lines(path: string): string[] {
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return text.split("\n").map((line) => line.trim());
}

describe("the lock", () => {
  test.each([
    [[1, 1]],
    [[2, 2]],
    [[1, 1, 1]],
    [[2, 1, 1]],
    [[2, 2, 2]],
    [[1, 1, 1, 1]],
    [[2, 2, 1, 1]],
    [[2, 2, 2, 2]],
  ])("taken by threads so many times each: %p", (times) => {
    expect(flawText(explore(times.map(taker)))).toBe("");
  });

  test("taken by some while others only try", () => {
    expect(flawText(explore([taker(2), TRIER]))).toBe("");
    expect(flawText(explore([taker(2), taker(1), TRIER, TRIER]))).toBe("");
  });

  test("has no step that nobody comes to", () => {
    expect(unvisited([explore([taker(2), taker(2)])])).toEqual([]);
  });
});

describe("the model", () => {
  /** Every line of the source that touches a lock word, without what the debug build adds. */
  const source = lines("../../assembly/base/lock.ts")
    .filter((line) => /\b(atomic\.\w+(<u32>)?|wait)\(ptr\b/.test(line))
    .toSorted();

  test("quotes the source line by line", () => {
    const quotes = lines("mutex.ts").flatMap((line) => {
      const [, quote] = /^\/\/ +(.*\(ptr\b.*;)$/.exec(line) ?? [];
      return quote === undefined ? [] : [quote];
    });
    expect(source.length).toBeGreaterThan(5);
    expect(quotes.toSorted()).toEqual(source);
  });
});
