/**
 * Every figure of `stats`, `stats items`, `stats slabs`, `stats sizes` and `stats conns`: what
 * moves it, by how much, and that nothing else moves it.
 *
 * Method: a table. Each row is something that is done to a server in process, and all figures that
 * move by it; any other one that moves is a failure. So a figure that moved without cause would be
 * found by nearly every row. Bytes, time and uptime are compared in all of them (ledger.ts). Then
 * `stats reset` has to bring counters back to 0, and to leave all else alone.
 */
import type { Core } from "../../src/core/core.ts";
import { CONSTANT, IN_EVERY_ROW, OF_TIME, everyName, general, isReset } from "./names.ts";
import { describe, expect, test } from "bun:test";
import { BACKGROUND_ROWS } from "./background-rows.ts";
import { COMMAND_ROWS } from "./command-rows.ts";
import { CONNECTION_ROWS } from "./connection-rows.ts";
import { Ledger } from "./ledger.ts";
import { MEMORY_ROWS } from "./memory-rows.ts";
import { type Row, roughly, set, take } from "./row.ts";

const TABLE = [
  ["commands", COMMAND_ROWS],
  ["memory", MEMORY_ROWS],
  ["background", BACKGROUND_ROWS],
  ["connections", CONNECTION_ROWS],
] as const;

/** The ledger of a row whose `given` steps are done. */
async function prepared({ options, greeting, given = [] }: Row): Promise<Ledger> {
  const ledger = new Ledger(options, greeting);
  await take(ledger, given);
  return ledger;
}

describe.each(TABLE)("%s", (_, rows) => {
  for (const row of rows) {
    test(row.title, async () => {
      const ledger = await prepared(row);
      ledger.begin();
      await take(ledger, row.when);
      expect(roughly(ledger.changes(), row.moves)).toEqual(row.moves);
    });
  }
});

describe("stats reset", () => {
  for (const row of TABLE.flatMap(([, rows]) => rows)) {
    test(`after ${row.title}`, async () => {
      const ledger = await prepared(row);
      await take(ledger, row.when);
      const before = ledger.figures();
      ledger.reset();
      const after = ledger.figures();
      for (const name of Object.keys(row.moves)) {
        const isWord = before.get(name)?.startsWith("busy_") === true;
        const zero = isWord ? "none" : "0";
        const expected = isReset(name) ? zero : before.get(name);
        // A class without items has no figures.
        const there = before.get(name) === undefined ? undefined : expected;
        expect([name, after.get(name)]).toEqual([name, there]);
      }
    });
  }
});

describe("of itself", () => {
  test("time goes on", async () => {
    const ledger = new Ledger(["-o", "no_lru_crawler"]);
    ledger.say(...set("a"));
    const before = ledger.figures();
    await ledger.wait(5);
    const after = ledger.figures();
    const since = (name: string): number => Number(after.get(name)) - Number(before.get(name));
    expect([since("uptime"), since("time"), before.get("uptime")]).toEqual([5, 5, "2"]);
    expect(since("conns 27:secs_since_last_cmd")).toBe(5);
    expect(since("lru_maintainer_juggles")).toBeGreaterThan(0);
    // The maintainer has moved it to COLD, as of the second before.
    expect(since("items 1:age")).toBeGreaterThanOrEqual(5);
    expect(after.get("rusage_user")).toMatch(/^\d+\.\d{6}$/);
    expect(since("rusage_user") + since("rusage_system")).toBeGreaterThanOrEqual(0);
  });

  test("ages are those of the tails", () => {
    const ledger = new Ledger();
    const { abi } = ledger.server.context.core.cores[0] as Core;
    const now = ledger.server.context.clock.now;
    abi.setLruShares(100, 100, 1e9, 1e9);
    ledger.say(...set("c"));
    abi.setNow(now + 1);
    // Where COLD is empty, whatever is older than this second goes there.
    abi.juggle(1);
    ledger.say(...set("a"), ...set("b"));
    abi.setNow(now + 3);
    expect(ledger.figure("items 1:age_hot")).toBe("2");
    ledger.say("mg a", "mg a");
    abi.juggle(1);
    abi.setNow(now + 10);
    const names = ["items 1:age_hot", "items 1:age_warm", "items 1:age"];
    expect(names.map((name) => ledger.figure(name))).toEqual(["9", "8", "10"]);
  });

  test.each(Object.entries(CONSTANT))("%s stays", async (name, [like]) => {
    const ledger = new Ledger();
    ledger.say(...set("a"));
    const value = (): [string, string][] =>
      [...ledger.figures()].filter(([each]) => general(each) === name);
    const before = value();
    expect(before.length).toBeGreaterThan(0);
    for (const [, text] of before) expect(text).toMatch(like);
    ledger.reset();
    await ledger.wait(1);
    expect(value()).toEqual(before);
  });
});

test("each figure that memcached shows has a row, or stays, or goes with time", () => {
  const moved = TABLE.flatMap(([, rows]) => rows.flatMap(({ moves }) => Object.keys(moves)));
  const covered = new Set([
    ...moved.map((name) => general(name)),
    ...Object.keys(CONSTANT),
    ...IN_EVERY_ROW,
    ...OF_TIME,
  ]);
  const names = [...everyName()].filter((name) => !name.startsWith("settings "));
  expect(names.filter((name) => !covered.has(name))).toEqual([]);
  const known = everyName();
  expect([...covered].filter((name) => !known.has(name))).toEqual([]);
});

test("a row that leaves a figure out is wrong", async () => {
  const ledger = new Ledger();
  ledger.begin();
  ledger.say(...set("a"));
  const { cmd_set: _, ...rest } = ledger.changes();
  expect(ledger.changes()).not.toEqual(rest);
});
