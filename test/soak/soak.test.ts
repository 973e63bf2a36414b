/**
 * Goal: under mixed load and random admin commands for as long as one likes, every reply is one
 * that may come, the core stays whole, and resident memory stays flat. Method: the soak itself, for
 * a moment (WASMCACHED_SOAK_SECONDS says how long, a minute in CI); and proof that its judgements
 * can fail.
 */
import { describe, expect, test } from "bun:test";
import { freshSeed } from "../support/random.ts";
import { accountingLines } from "./accounting.ts";
import { ADMIN_COMMANDS, type AdminCommand, classOf } from "./admin-commands.ts";
import { parseOrder } from "./main.ts";
import { flatnessOf, slopeOf } from "./resident.ts";
import { runSoak } from "./run.ts";

/** For a moment's run, which says nothing about slopes; a minute's peak was 340. */
const HIGHEST_MIB = 700;
/** In CI: then there is enough for a judgement. */
const MINUTE = 60;
const SECONDS = Number(process.env["WASMCACHED_SOAK_SECONDS"] ?? 3);

describe("the soak", () => {
  for (const hasChecks of [false, true]) {
    test(
      hasChecks ? "with every check of the core" : "with the core of every day",
      async () => {
        const seconds = hasChecks ? Math.min(SECONDS, 3) : SECONDS;
        const lines: string[] = [];
        const { tally, flatness, samples } = await runSoak({
          seconds,
          seed: freshSeed(),
          threads: 4,
          connections: 8,
          hasChecks,
          program: null,
          report: (line) => lines.push(line),
        });
        expect(flatness.isFlat).not.toBe(false);
        if (seconds >= MINUTE) expect(flatness.isFlat).toBe(true);
        // The load writes some 50 MiB a second: values that stayed would soon be more than this.
        expect(flatness.highestMib).toBeLessThan(HIGHEST_MIB);
        expect(samples.length).toBeGreaterThan(5);
        expect(tally.commands).toBeGreaterThan(1000);
        expect(tally.hits).toBeGreaterThan(0);
        expect(tally.count("stats", "done")).toBeGreaterThan(0);
        expect(lines.join("\n")).toContain("accounted for");
      },
      SECONDS * 1000 + 60_000,
    );
  }
});

function commandCalled(name: string): AdminCommand {
  const command = ADMIN_COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new Error(`no command is called ${name}`);
  return command;
}

describe("the reply to an admin command", () => {
  const DUMPED = "key=a exp=-1 la=1 cas=2 fetch=no cls=1 size=70 flags=0 ";
  test.each([
    ["stats", ["STAT pid 1", "STAT version 1.6.45", "END"], "done"],
    ["stats", ["STAT pid 1", "pid 2", "END"], "wrong"],
    ["stats", ["ERROR"], "wrong"],
    ["lru tune", ["OK"], "done"],
    ["lru tune", ["ERROR"], "wrong"],
    ["lru tune", ["OKAY"], "wrong"],
    ["lru_crawler metadump", ["OK", DUMPED, "END"], "done"],
    ["lru_crawler metadump", ["OK", "key=a", "END"], "wrong"],
    ["lru_crawler metadump", ["BUSY currently processing crawler request"], "refused"],
    ["lru_crawler mgdump", ["OK", "mg a", "mg YQ== b", "EN"], "done"],
    ["slabs reassign", ["NOSPARE source class has no spare pages"], "refused"],
    ["cache_memlimit", ["SERVER_ERROR internal"], "wrong"],
  ] as const)("%s: %j is %s", (name, lines, expected) => {
    expect(classOf(commandCalled(name), lines)).toBe(expected);
  });
});

const mebibytes = (count: number): string => String(count * 2 ** 20);

/** An hour: a sample each 10 seconds. */
function hourOf(mib: (seconds: number) => number): { seconds: number; mib: number }[] {
  return Array.from({ length: 360 }, (_, i) => ({ seconds: i * 10, mib: mib(i * 10) }));
}

describe("resident memory", () => {
  test("has the slope of the line through it", () => {
    expect(slopeOf(hourOf((seconds) => 7 + seconds / 50))).toBeCloseTo(1 / 50, 9);
    expect(slopeOf([{ seconds: 1, mib: 5 }])).toBe(0);
  });

  test("that wavers is flat, and so is one that grew in the warm-up only", () => {
    const wavering = hourOf((seconds) => 150 + (seconds % 170) * (seconds > 2500 ? 1 : 0.5));
    expect(flatnessOf(wavering, 1000).isFlat).toBe(true);
    const settling = hourOf((seconds) => Math.min(200, 100 + seconds / 5));
    expect(flatnessOf(settling, 1000)).toMatchObject({ isFlat: true, highestMib: 200 });
  });

  test("that creeps is not", () => {
    const creeping = hourOf((seconds) => 150 + seconds / 100 + (seconds % 170));
    const { isFlat, growthMib } = flatnessOf(creeping, 1000);
    expect(isFlat).toBe(false);
    expect(growthMib).toBeGreaterThan(20);
    expect(growthMib).toBeLessThan(32);
  });

  test.each([
    [0.6, true],
    [2, false],
  ])("that grows by %f MiB a second in a young server: %p", (pace, isFlat) => {
    const samples = hourOf((at) => 150 + (at / 60) * pace).map(({ seconds, mib }) => {
      return { seconds: seconds / 60, mib };
    });
    expect(flatnessOf(samples, 20).isFlat).toBe(isFlat);
    // Of an older one neither passes.
    const later = hourOf((at) => 150 + at * pace);
    expect(flatnessOf(later, 1000).isFlat).toBe(false);
  });

  test("of a moment says nothing", () => {
    expect(flatnessOf([{ seconds: 1, mib: 5 }], 0).isFlat).toBeNull();
    expect(flatnessOf([], 0).isFlat).toBeNull();
  });

  test("is set beside what the server accounts for", () => {
    const stats = new Map([
      ["limit_maxbytes", mebibytes(64)],
      ["bytes", mebibytes(30)],
      ["hash_bytes", mebibytes(1)],
      ["read_buf_bytes", mebibytes(2)],
    ]);
    const slabs = new Map([["total_malloced", mebibytes(40)]]);
    const text = accountingLines(stats, slabs, { started: 70, highest: 130, ended: 120 }).join(
      "\n",
    );
    expect(text).toMatch(/^accounted for +43\.0 MiB$/m);
    expect(text).toMatch(/^neither accounted nor there at the start +7\.0 MiB$/m);
  });
});

describe("the soak's command line", () => {
  test("takes its time, seed and server", () => {
    expect(parseOrder([])).toMatchObject({ seconds: 3600, threads: 4, program: null });
    expect(parseOrder(["--minutes", "2", "--seed", "9", "--checks"])).toMatchObject({
      seconds: 120,
      seed: 9,
      hasChecks: true,
    });
    expect(parseOrder(["--seconds", "5", "--server", "x"])).toMatchObject({
      seconds: 5,
      program: "x",
    });
  });

  test.each([[["--minutes", "x"]], [["--seconds", "0"]], [["--threads", "0"]], [["--hours"]]])(
    "refuses %j",
    (words: string[]) => expect(parseOrder(words)).toBeNull(),
  );
});
