/**
 * `stats detail dump`: which commands count for the prefix of their key, and as what
 * (specification §2.11); what `stats reset` and `stats detail off` do to the counts.
 */
import { type Changes, Ledger } from "./ledger.ts";
import { expect, test } from "bun:test";
import { set } from "./row.ts";

/** Gets, hits, sets and deletes of the prefix `p`; null = it is not listed. */
function counts(ledger: Ledger): readonly number[] | null {
  const dump = ledger.say("stats detail dump");
  const found = /^PREFIX p get (\d+) hit (\d+) set (\d+) del (\d+)\r$/m.exec(dump);
  return found === null ? null : found.slice(1).map(Number);
}

/** A server that counts, and has a number and a text under the prefix; both are counted. */
function counting(): Ledger {
  const ledger = new Ledger();
  ledger.say("stats detail on");
  ledger.say("set p:n 0 0 1", "1", "set p:a 0 0 1", "v");
  expect(counts(ledger)).toEqual([0, 0, 2, 0]);
  return ledger;
}

const COMMANDS: readonly (readonly [lines: readonly string[], by: readonly number[]])[] = [
  [["get p:a"], [1, 1, 0, 0]],
  [["get p:x"], [1, 0, 0, 0]],
  [["gets p:a p:x p:n"], [3, 2, 0, 0]],
  [["gat 0 p:a"], [1, 1, 0, 0]],
  [set("p:b"), [0, 0, 1, 0]],
  [
    ["add p:a 0 0 1", "v"],
    [0, 0, 1, 0],
  ],
  [
    ["append p:a 0 0 1", "v"],
    [0, 0, 1, 0],
  ],
  [
    ["cas p:a 0 0 1 99", "v"],
    [0, 0, 1, 0],
  ],
  [["delete p:a"], [0, 0, 0, 1]],
  [["delete p:x"], [0, 0, 0, 1]],
  [["touch p:a 0"], [0, 0, 0, 0]],
  [["incr p:n 1"], [0, 0, 0, 0]],
  [["mg p:a v"], [0, 0, 0, 0]],
  [
    ["ms p:a 1", "v"],
    [0, 0, 0, 0],
  ],
  [["md p:a"], [0, 0, 0, 0]],
  [["ma p:n"], [0, 0, 0, 0]],
  [["get pa q:a :a"], [0, 0, 0, 0]],
];

test.each(COMMANDS)("%j", (lines, by) => {
  const ledger = counting();
  ledger.say(...lines);
  expect(counts(ledger)).toEqual([0, 0, 2, 0].map((count, index) => count + (by[index] ?? 0)));
});

test("stats reset forgets all prefixes, and they are counted on", () => {
  const ledger = counting();
  ledger.reset();
  expect(counts(ledger)).toBeNull();
  ledger.say("get p:a");
  expect(counts(ledger)).toEqual([1, 1, 0, 0]);
});

test("while it is off nothing is counted, and nothing forgotten", () => {
  const ledger = counting();
  ledger.say("stats detail off", "get p:a");
  expect(counts(ledger)).toEqual([0, 0, 2, 0]);
});

/** What some commands move while it is on or off. */
function moves(word: string): Changes {
  const ledger = new Ledger();
  ledger.say(`stats detail ${word}`, ...set("p:a"));
  ledger.begin();
  ledger.say("get p:a", "delete p:x", ...set("p:a"));
  return ledger.changes();
}

test("figures of stats do not depend on it", () => {
  expect(moves("on")).toEqual(moves("off"));
});
