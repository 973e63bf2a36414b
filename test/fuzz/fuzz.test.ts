/**
 * Every fuzzer, shortly, with a seed nobody chose; and proof that they can fail.
 */
import { describe, expect, test } from "bun:test";
import { CANARY, FUZZERS, runFuzzer } from "./registry.ts";
import { compareReaders } from "./numbers-fuzzer.ts";
import { freshSeed } from "../support/random.ts";
import { parseOrder } from "./main.ts";

const TIMEOUT_MS = 60_000;

describe("smoke", () => {
  test.each([...FUZZERS])(
    "%s",
    (name, fuzzer) => runFuzzer(name, fuzzer, freshSeed(), fuzzer.eventsSmoke),
    TIMEOUT_MS,
  );
});

/** What the canary says when it fails; empty when it does not. */
function canaryMessage(seed: number): string {
  try {
    runFuzzer("canary", CANARY, seed, 100);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("canary", () => {
  test("fails, and says how to see it again", () => {
    const seed = freshSeed();
    const run = (): void => runFuzzer("canary", CANARY, seed, 100);
    expect(run).toThrow("pinned value: the core says 20 bytes");
    expect(run).toThrow(`bun run fuzz canary ${seed}`);
  });

  test("the same seed fails in the same way", () => {
    const seed = freshSeed();
    expect(canaryMessage(seed)).not.toBe("");
    expect(canaryMessage(seed)).toBe(canaryMessage(seed));
  });
});

describe("command line", () => {
  test("takes a name, a seed and a number of events", () => {
    expect(parseOrder(["store", "42", "--events", "7"])).toEqual({
      name: "store",
      seed: 42,
      events: 7,
    });
    expect(parseOrder(["smoke"])).toMatchObject({ name: "smoke", events: null });
  });

  test.each([[[]], [["store", "x"]], [["store", "1", "2"]], [["store", "--events", "x"]]])(
    "refuses %j",
    (words: string[]) => expect(parseOrder(words)).toBeNull(),
  );
});

test.each(["", "-", "+", "-0", "0", "4294967295", "4294967296", "-2147483648", "-2147483649"])(
  "readers agree on %j",
  (text) => expect(() => compareReaders(text)).not.toThrow(),
);
