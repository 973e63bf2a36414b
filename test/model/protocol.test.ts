/**
 * The core's calls together: whoever waits for a lock gets it, whatever the others do.
 *
 * Method: all interleavings of every two calls and of every three, the same one several times
 * included, over two item locks, two queues, and the locks that there is one of. Work in the
 * background is set against every call, and against every two of a few that meet it everywhere.
 */
import { BACKGROUND, CALLS, MET } from "./calls.ts";
import { describe, expect, test } from "bun:test";
import { type Exploration, explore } from "./scheduler.ts";
import type { Program } from "./program.ts";
import { flawText } from "./trace.ts";
import { unvisited } from "./unvisited.ts";

/** Far above what the largest test takes. */
const TIMEOUT_MS = 60_000;

const ALL = [...CALLS, ...BACKGROUND];

const titled = (calls: readonly Program[]): (readonly [string, number])[] => {
  return calls.map((call, index) => [`${index}: ${call.name}`, index] as const);
};

describe("two calls", () => {
  const explorations: Exploration[] = [];

  test.each(titled(ALL))("%s, with itself and those behind it", (_title, index) => {
    for (const other of ALL.slice(index)) {
      const exploration = explore([ALL[index], other]);
      expect(flawText(exploration)).toBe("");
      explorations.push(exploration);
    }
  });

  test("come to every step that there is", () => {
    expect(unvisited(explorations)).toEqual([]);
  });
});

describe("three calls", () => {
  test.each(titled(CALLS))(
    "%s, with every two of itself and those behind it",
    (_title, index) => {
      const calls = CALLS.slice(index);
      for (const [second, a] of calls.entries()) {
        for (const b of calls.slice(second)) {
          expect(flawText(explore([calls[0], a, b]))).toBe("");
        }
      }
    },
    TIMEOUT_MS,
  );

  test.each(titled(BACKGROUND))(
    "in the background %s, with every two that meet it",
    (_title, index) => {
      for (const [second, a] of MET.entries()) {
        for (const b of MET.slice(second)) {
          expect(flawText(explore([BACKGROUND[index], a, b]))).toBe("");
        }
      }
    },
    TIMEOUT_MS,
  );
});
