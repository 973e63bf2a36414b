/**
 * The differential fuzzer, shortly: native against native, ours against native, and canaries that
 * prove a difference is found. A failure prints its seed and how to replay it.
 */

import { describe, expect, test } from "bun:test";
import type { Subject } from "../support/subject.ts";
import { inProcessSubject } from "../support/in-process.ts";
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { command } from "./command.ts";
import { DECLARED, type Profile, allowed, normaliser } from "./declared.ts";
import { FAMILIES, type Family } from "./family.ts";
import { type Mutation, mutatedSubject } from "./mutated-subject.ts";
import { type Batch, cutPlaces, plan } from "./plan.ts";
import { freshSeed } from "../support/random.ts";
import { type Report, run } from "./run.ts";
import { shortened } from "./shortening.ts";

const SECONDS = 3;

/** A canary ends when it is found; what it changes is rare. */
const CANARY_SECONDS = 30;
const TIMEOUT_MS = 60_000;

function short(
  a: Subject,
  b: Subject,
  profile: Profile,
  family: Family = "data",
  seed = freshSeed(),
  seconds = SECONDS,
): Promise<Report> {
  const batches = Number.POSITIVE_INFINITY;
  return run([a, b], { seed, seconds, batches, profile, family, shorten: true });
}

function firstBatches(seed: number, count: number, profile: Profile): Batch[] {
  const batches: Batch[] = [];
  for (const batch of plan(seed, profile, "data")) {
    if (batches.push(batch) === count) break;
  }
  return batches;
}

async function equal(a: Subject, b: Subject, profile: Profile, family: Family): Promise<void> {
  const report = await short(a, b, profile, family);
  if (report.different) throw new Error(report.text);
  expect(report.commands).toBeGreaterThan(100);
}

const native = nativeSubject();
const own = ownSubject();

describe.each(FAMILIES)("differential fuzzing, %s", (family) => {
  if (native === null) test.skip(skipped("with native memcached", NO_NATIVE), () => {});
  else test("native against native", () => equal(native, native, "older", family), TIMEOUT_MS);

  test("ours against ours", () => equal(own, own, "same", family), TIMEOUT_MS);

  // Dumps go memory by memory, in an order of their own.
  if (family !== "crawler") {
    test(
      "one memory against three",
      () => equal(inProcessSubject(1), inProcessSubject(3), "memories", family),
      TIMEOUT_MS,
    );
  }

  if (native === null) test.skip(skipped("ours against native", NO_NATIVE), () => {});
  else test("ours against native", () => equal(native, own, "older", family), TIMEOUT_MS);
});

describe("canaries", () => {
  const mutations: [string, Mutation][] = [
    ["a wrong word", (text) => text.replaceAll("NOT_STORED", "NOT_STOREX")],
    [
      "a changed data byte",
      (text) => text.replaceAll(/^VALUE (a|foo) 0 2\r\n1/gm, "VALUE $1 0 2\r\n2"),
    ],
    ["changed flags", (text) => text.replaceAll(/^(VALUE \S+) 5 /gm, "$1 6 ")],
    ["a lost padding", (text) => text.replaceAll(/^99 \r$/gm, "99x\r")],
    ["a reply for a miss", (text) => text.replaceAll("NOT_FOUND", "NOT_FOUNT")],
  ];
  for (const [name, mutation] of mutations) {
    if (native === null) test.skip(skipped(`finds ${name}`, NO_NATIVE), () => {});
    else {
      test(
        `finds ${name}`,
        async () => {
          const seed = freshSeed();
          const mutated = mutatedSubject(native, mutation);
          const report = await short(native, mutated, "older", "data", seed, CANARY_SECONDS);
          if (!report.different) throw new Error(`seed ${seed} did not show it: ${report.text}`);
          expect(report.text).toContain(`--seed ${seed}`);
        },
        TIMEOUT_MS,
      );
    }
  }
});

describe("plans", () => {
  test("the same seed makes the same plan", () => {
    const seed = freshSeed();
    expect({ seed, plan: firstBatches(seed, 30, "same") }).toEqual({
      seed,
      plan: firstBatches(seed, 30, "same"),
    });
  });

  test("cuts lie inside and ascend", () => {
    for (const batch of firstBatches(freshSeed(), 50, "same")) {
      const places = cutPlaces(100, batch);
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      expect(places.every((place) => place > 0 && place < 100)).toBe(true);
    }
  });

  test("shortening finds the one command that matters", async () => {
    const [first, ...rest] = firstBatches(1, 8, "same");
    if (first === undefined) throw new Error("no batch");
    const culprit = command(["culprit"]);
    const guilty: Batch = { ...first, commands: [...first.commands, culprit, ...first.commands] };
    const has = (batches: readonly Batch[]): Promise<boolean> => {
      return Promise.resolve(batches.some(({ commands }) => commands.includes(culprit)));
    };
    const [left, ...others] = await shortened([...rest, guilty, ...rest], has, {
      attempts: 1000,
      until: Number.POSITIVE_INFINITY,
    });
    expect(left?.commands).toEqual([culprit]);
    expect(others).toEqual([]);
  });
});

describe("declared differences", () => {
  test("each has a reason", () => {
    for (const { reason } of DECLARED) expect(reason.length).toBeGreaterThan(20);
  });

  test("between equal versions hardly anything may differ", () => {
    const normalise = normaliser("same");
    expect(normalise("VERSION 1.2.3\r\n")).toBe("VERSION\r\n");
    expect(normalise("ERROR\r\nSTAT cmd_get 1\r\nSTAT pid 5\r\nEND\r\n")).toBe(
      "ERROR\r\nSTAT cmd_get 1\r\nEND\r\n",
    );
    expect(normalise("PREFIX b 1\r\nPREFIX a 1\r\nEND\r\n")).toBe(
      "PREFIX a 1\r\nPREFIX b 1\r\nEND\r\n",
    );
    expect(allowed(command(["get"]), "same")).toBe(true);
  });

  test.each([
    [["delete", "k", "5"]],
    [["incr", "k", "+1"]],
    [["gat", "0"]],
    [["bogus", "noreply"]],
    [["get", "k".repeat(251)]],
    [["touch", "k", "-"]],
  ])("%j is not sent to an older server", (words) => {
    expect(allowed(command(words), "older")).toBe(false);
    expect(allowed(command(words), "same")).toBe(true);
  });
});
