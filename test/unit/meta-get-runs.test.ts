/**
 * Goal: lines of mg that come together are answered as they are one by one: same bytes, same
 * counters, whatever else stands between them and wherever the outbox runs full.
 * Method: random lines to two servers in process. One takes many at a time; the other is watched
 * (`-vv`), so that each line goes its own way. What a failing test prints repeats it.
 */
import { describe, expect, test } from "bun:test";
import { Random, freshSeed } from "../support/random.ts";
import { LocalServer } from "../support/in-process.ts";
import { executeMetaGets } from "../../src/command/meta-get-run.ts";
import { latin1 } from "../support/bytes.ts";

const LF = 0x0a;

const KEYS = [
  "a",
  "b",
  "key:1",
  "large",
  "short-lived",
  "k".repeat(250),
  "none",
  "\x01",
  "bGFyZ2U=",
];
/** Lines to an event: more than `-R` lets pass at once, and more than the key batch holds. */
const LINES_MAX = 90;
/** Above what is copied into the outbox. */
const LARGE = 40_000;

const PLAIN = [
  "v",
  "k",
  "q",
  "s",
  "t",
  "c",
  "f",
  "h",
  "l",
  "u",
  "O1234",
  "O",
  `O${"x".repeat(31)}`,
];
/** What ends a run: numbers, base64, mistakes, and a CR that is not the line's end. */
const OTHER = [
  "T60",
  "N30",
  "R100",
  "b",
  "E77",
  "v",
  "vv",
  `O${"x".repeat(32)}`,
  "!",
  "O\r1",
  "Tx",
];

function flagsText(random: Random): string {
  const count = random.below(5);
  const flags = Array.from({ length: count }, () => random.pick(random.oneIn(8) ? OTHER : PLAIN));
  return flags.map((flag) => (random.oneIn(40) ? `  ${flag}` : ` ${flag}`)).join("");
}

function lineText(random: Random): string {
  const key = random.pick(KEYS);
  if (random.oneIn(60)) return `mg ${"k".repeat(251)} v\r\n`;
  if (random.oneIn(60))
    return random.pick(["mg\r\n", "mg \r\n", "mgx a\r\n", "mg\ta\r\n", "m", "mn\r\n"]);
  if (random.oneIn(30)) return `md ${key}\r\n`;
  if (random.oneIn(15)) {
    const length = key === "large" ? LARGE : random.below(40);
    return `ms ${key} ${length} T${random.pick([0, 0, 900])}\r\n${"v".repeat(length)}\r\n`;
  }
  return `mg ${key}${flagsText(random)}${random.oneIn(10) ? "\n" : "\r\n"}`;
}

/** One side of the comparison: what it answered in all, and its counters. */
function answers(
  options: readonly string[],
  events: readonly string[],
  room: number,
): { replies: string; stats: string } {
  const server = new LocalServer([...options, "-m", "64"], "core.debug");
  const { connection, transport } = server.open();
  for (const event of events) {
    transport.room = room;
    connection.receive(latin1(event));
    server.settle();
    for (let rounds = 0; transport.wantsDrain && rounds < 10_000; rounds++) {
      transport.wantsDrain = false;
      transport.room = room;
      connection.drained();
      server.settle();
    }
  }
  const replies = Buffer.from(transport.received()).toString("latin1");
  const asking = server.open();
  asking.connection.receive(latin1("stats\r\nstats items\r\n"));
  const stats = Buffer.from(asking.transport.received()).toString("latin1");
  const counted = stats
    .split("\r\n")
    .filter((line) => / (items:|(cmd_|get_|touch_|curr_items))/.test(line));
  return { replies, stats: counted.join("\n") };
}

function eventsOf(random: Random): string[] {
  const fill = KEYS.slice(0, 5).map((key) => {
    const length = key === "large" ? LARGE : 5;
    return `ms ${key} ${length} F7\r\n${"w".repeat(length)}\r\n`;
  });
  const events = Array.from({ length: 12 }, () =>
    Array.from({ length: 1 + random.below(LINES_MAX) }, () => lineText(random)).join(""),
  );
  return [fill.join(""), ...events];
}

describe("as one by one", () => {
  test.each([
    ["a socket that takes everything", Number.POSITIVE_INFINITY],
    ["one that takes 7000 bytes at a time", 7000],
  ])("%s", (_name, room) => {
    let replies = "";
    for (let round = 0; round < 12; round++) {
      const seed = freshSeed();
      const events = eventsOf(new Random(seed));
      const together = answers([], events, room);
      const each = answers(["-vv"], events, room);
      if (together.replies !== each.replies) console.error(`seed ${seed}, round ${round}`);
      expect(together.replies).toBe(each.replies);
      expect(together.stats).toBe(each.stats);
      expect(together.stats).toContain("get_misses");
      replies += together.replies;
    }
    // Of all rounds: the first lines of one may already have the server close.
    expect(replies).toContain("VA ");
  });
});

/** Of 20 lines at most, which lines a run takes. */
function runOf(text: string): { lines: number; rest: string } {
  const { context } = new LocalServer([]);
  const { inbox } = context.core;
  const bytes = latin1(text);
  inbox.set(bytes, 0);
  inbox[bytes.length] = LF;
  const run = { lines: 0, next: 0 };
  executeMetaGets(context, run, 0, bytes.length, 20);
  return { lines: run.lines, rest: text.slice(run.next) };
}

test.each([
  ["mg a\r\n", 1, ""],
  ["mg a v\nmg b k O1 q\r\nget a\r\n", 2, "get a\r\n"],
  [`mg a ${PLAIN.slice(0, 10).join(" ")} O1\r\n`, 1, ""],
  ["mg a v\r\nmg b v", 1, "mg b v"],
  ["mg a v\r\nmg b v\r", 1, "mg b v\r"],
  ["mg a v\r\nm", 1, "m"],
  ["mg a v\r\nmg", 1, "mg"],
  ["mg a v\r\nmg ", 1, "mg "],
  ["mg a v\r\n", 1, ""],
  ["mg a v\r\n".repeat(25), 20, "mg a v\r\n".repeat(5)],
  ...[
    "mg a v T60\r\n",
    "mg YQ== b\r\n",
    "mg a v v\r\n",
    "mg a vx\r\n",
    "mg a  v\r\n",
    "mg a v \r\n",
    "mg  a v\r\n",
    "mg\r\n",
    "mg \r\n",
    "mg a\tb v\r\n",
    "mg a O\rx\r\n",
    `mg a O${"x".repeat(32)}\r\n`,
    `mg ${"k".repeat(251)} v\r\n`,
    "ms a 1\r\n1\r\n",
    "mgx a\r\n",
  ].map((line): [string, number, string] => [`mg a v\r\n${line}`, 1, line]),
])("%j is a run of %i", (text, lines, rest) => {
  expect(runOf(text)).toEqual({ lines, rest });
});
