/**
 * Goal: several threads over one memory lose no update, tear no value, leak no chunk, whatever
 * clients do at the same time. Method: short runs of the torture fuzzer on real servers, with a
 * seed nobody chose, on the core of every day and on that with every check; and proof that what
 * the runs rely on can fail.
 */
import { Random, freshSeed } from "../support/random.ts";
import { describe, expect, test } from "bun:test";
import { markedValue, verifyMarked } from "./marked-value.ts";
import { Batch, emptyTally } from "./batch.ts";
import { type Hit, ReplyReader } from "./reply-reader.ts";
import { Logs } from "./logs.ts";
import { Registers } from "./registers.ts";
import { World } from "./workload.ts";
import { missingWork } from "./background-check.ts";
import { parseOrder } from "./main.ts";
import { planOf } from "./plan.ts";
import { runHotKey } from "./hot-key.ts";
import { runPlan } from "./run.ts";
import { smallLength } from "./value-lengths.ts";

const TIMEOUT_MS = 60_000;

describe("torture", () => {
  for (const isExact of [true, false]) {
    for (const hasChecks of [false, true]) {
      // Each of both with 4 threads and with 8.
      const threads = isExact === hasChecks ? 4 : 8;
      const world = isExact ? "exact" : "lossy";
      const core = hasChecks ? "every check" : "the core of every day";
      test(
        `${world}, ${threads} threads, ${core}`,
        async () => {
          await runPlan(planOf(freshSeed(), "short", { isExact, hasChecks, threads, memories: 1 }));
        },
        TIMEOUT_MS,
      );
    }
  }

  for (const isExact of [true, false]) {
    const world = isExact ? "exact" : "lossy";
    test(
      `${world}, 4 threads, 3 memories, every check`,
      async () => {
        const wishes = { isExact, hasChecks: true, threads: 4, memories: 3 };
        await runPlan(planOf(freshSeed(), "short", wishes));
      },
      TIMEOUT_MS,
    );
  }

  test(
    "mover, crawler, maintainer, growth and evictions at once, every check",
    async () => {
      await runPlan(planOf(freshSeed(), "short", { hasEverything: true }));
    },
    TIMEOUT_MS,
  );

  test(
    "one hot key, 8 threads: the increments sum exactly",
    async () => {
      const load = { connections: 48, increments: 500, rounds: 4 };
      const sum = await runHotKey({ threads: 8, hasChecks: false, ...load });
      expect(sum).toBe(96_000);
    },
    TIMEOUT_MS,
  );
});

describe("a marked value", () => {
  const cases = [
    ["flags", 300, true],
    ["a checksum inside", 300, false],
    ["hardly any bytes", 2, false],
  ] as const;

  test.each(cases)("with %s is accepted, and refused once a byte is wrong", (_, length, flags) => {
    const random = new Random(freshSeed());
    const value = markedValue("key", 1, 2, length, flags);
    const hit: Hit = { key: "key", flags: value.flags, value: value.bytes, cas: "" };
    expect(verifyMarked(hit)).toBe(value.fingerprint);
    value.bytes[random.below(length)]! ^= 1 + random.below(255);
    expect(() => verifyMarked(hit)).toThrow("a torn or foreign value");
  });

  test("of another key, or cut short, is refused", () => {
    const { bytes, flags } = markedValue("key", 1, 2, 300, false);
    const hit: Hit = { key: "yek", flags, value: bytes, cas: "" };
    expect(() => verifyMarked(hit)).toThrow("a torn or foreign value");
    const short: Hit = { key: "key", flags, value: bytes.subarray(1), cas: "" };
    expect(() => verifyMarked(short)).toThrow("a torn or foreign value");
  });
});

/** Fills a batch, and answers it with `replies`. */
function answer(fill: (batch: Batch) => void, replies: string): void {
  const batch = new Batch(emptyTally());
  fill(batch);
  const reader = new ReplyReader();
  reader.expect(batch.expected);
  reader.give(Buffer.from(replies, "latin1"));
}

function askVersion(batch: Batch): void {
  batch.line("version", () => undefined);
}

describe("what no server may say", () => {
  test("a log without a record that was stored", () => {
    const logs = new Logs(new World(true, 1), 1, 1000);
    answer((batch) => logs.prepare(batch), "STORED\r\n");
    const random = new Random(1);
    const read = (): void => {
      // Appends and reads in turn: all are STORED, and every read finds the log empty.
      for (let i = 0; i < 200; i++) {
        const batch = new Batch(emptyTally());
        logs.add(batch, random, 0);
        const isRead = batch.bytes.toString("latin1").startsWith("get");
        const empty = "VALUE log:0 0 1\r\n|\r\nEND\r\n";
        const replies = isRead ? empty : "STORED\r\n".repeat(batch.expected.length);
        const reader = new ReplyReader();
        reader.expect(batch.expected);
        reader.give(Buffer.from(replies));
      }
    };
    expect(read).toThrow("a lost update: records that were STORED are not there");
  });

  test("a register's value that nobody wrote", () => {
    const registers = new Registers(new World(true, 1), 1, smallLength);
    const [key = ""] = registers.keys();
    const { bytes, flags } = markedValue(key, 0, 77, 20, true);
    const value = `VALUE ${key} ${flags} 20\r\n${bytes.toString("latin1")}\r\nEND\r\n`;
    const read = (batch: Batch): void => {
      // Writer 1 owns nothing: it only reads.
      while (batch.expected.length === 0 || batch.bytes.toString("latin1").startsWith("gets")) {
        batch.clear();
        registers.add(batch, new Random(freshSeed()), 1);
      }
    };
    expect(() => answer(read, value)).toThrow("a value that is not current");
  });

  test("bytes that no command asked for", () => {
    expect(() => answer(askVersion, "VERSION 1\r\nEND\r\n")).toThrow(
      "bytes that no command asked for",
    );
  });
});

test("replies are taken apart wherever they are split", () => {
  const text =
    "STORED\r\nVALUE a 1 5 9\r\nx\r\ny\n\r\nVALUE b 0 0\r\n\r\nEND\r\nSTAT x 1\r\nEND\r\n";
  for (let split = 1; split < text.length; split++) {
    const taken: string[] = [];
    const reader = new ReplyReader();
    reader.expect([
      { kind: "line", take: (line) => taken.push(line) },
      {
        kind: "values",
        hit: ({ key, flags, value, cas }) => taken.push(`${key} ${flags} ${value.length} ${cas}`),
        end: (line) => taken.push(line),
      },
      { kind: "lines", take: (lines) => taken.push(...lines) },
    ]);
    reader.give(Buffer.from(text.slice(0, split)));
    reader.give(Buffer.from(text.slice(split)));
    expect(taken).toEqual(["STORED", "a 1 5 9", "b 0 0 ", "END", "STAT x 1", "END"]);
  }
});

describe("work in the background", () => {
  const before = new Map(
    ["slabs_moved", "crawler_items_checked", "lru_maintainer_juggles", "evictions"].map((name) => {
      return [name, "0"];
    }),
  ).set("hash_power_level", "13");

  test.each([...before.keys()])("is missed where %s has not risen", (name) => {
    const after = new Map([...before].map(([each, value]) => [each, String(Number(value) + 1)]));
    expect(missingWork(before, after)).toEqual([]);
    after.set(name, before.get(name) ?? "");
    expect(missingWork(before, after)).toEqual([expect.stringContaining(name)]);
  });
});

describe("the fuzzer's command line", () => {
  test("takes a seed, seconds, threads, memories and which core", () => {
    const line = "42 --seconds 7 --threads 3 --memories 2 --checks --lossy --short";
    const words = line.split(" ");
    expect(parseOrder(words)).toEqual({
      seed: 42,
      seconds: 7,
      size: "short",
      wishes: { threads: 3, memories: 2, hasChecks: true, isExact: false },
    });
    expect(parseOrder([])).toMatchObject({ seconds: 60, size: "long", wishes: {} });
  });

  test.each([[["x"]], [["1", "2"]], [["--seconds"]], [["--threads", "-1"]]])(
    "refuses %j",
    (words: string[]) => expect(parseOrder(words)).toBeNull(),
  );
});
