/**
 * The benchmark of the embedded cache still works: it fills and asks every library, finds wrong
 * values, and its report has a figure in every place.
 *
 * Method: a quick run with few entries, whose figures mean nothing, and the parts of the report by
 * themselves, with figures made up.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkValues } from "../../bench/cache/library-measurement.ts";
import { LIBRARIES, libraryOf } from "../../bench/cache/libraries.ts";
import { isMet, limitsOf } from "../../bench/cache/limits.ts";
import { KeyMaker, type Value, ValueMaker, carries } from "../../bench/cache/numbered.ts";
import { isWhole, parseOptions, sizesOf } from "../../bench/cache/options.ts";
import { Outcomes } from "../../bench/cache/outcomes.ts";
import { planOf } from "../../bench/cache/plan.ts";
import { svgOf } from "../../bench/cache/plots.ts";
import {
  type LibraryTask,
  OPERATIONS,
  type Operation,
  type Times,
} from "../../bench/cache/task.ts";
import { hasPeer } from "../support/peers.ts";

const ROOT = join(import.meta.dir, "../..");
const LIMIT_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), "wasmcached-bench-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<string> {
  const child = Bun.spawn([process.execPath, "bench/cache/main.ts", ...words], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(errors + out);
  return out;
}

/** Rows of the first table behind a heading, by their first cell. */
function rowsBehind(report: string, heading: string): Map<string, string[]> {
  const [, rest = ""] = report.split(`${heading}\n`);
  const [part = ""] = rest.split(/\n#/);
  const rows = part.split("\n").filter((line) => line.startsWith("| "));
  return new Map(
    rows.slice(2).map((line): [string, string[]] => {
      const [, title = "", ...cells] = line.split("|").map((cell) => cell.trim());
      return [title, cells.slice(0, -1)];
    }),
  );
}

test(
  "a quick run of every library and part",
  async () => {
    const out = join(folder, "report.md");
    const printed = await run("--quick", "--entries", "5000", "--out", out);
    const report = readFileSync(out, "utf8");
    expect(printed).toContain(report);
    const titles = LIBRARIES.filter(({ isExtra = false }) => !isExtra).map(({ title }) => title);
    for (const scene of ["strings of 32 bytes", "1 KiB each, as bytes"]) {
      const rows = rowsBehind(report, `### 5,000 entries, ${scene}`);
      for (const title of titles) {
        const figures = (rows.get(title) ?? []).slice(0, 7).map(Number);
        expect(figures).toHaveLength(7);
        for (const figure of figures) expect(figure).toBeGreaterThan(0);
      }
    }
    const limits = rowsBehind(report, "## Limits");
    expect(limits.size).toBe(8);
    for (const [, measured] of limits.values()) {
      expect(Number.parseFloat(measured ?? "")).toBeGreaterThan(0);
    }
    expect(report).toMatch(/One load that waits for another, anywhere in \d+ MiB, takes [\d.]+ ns/);
    if (hasPeer("memcached")) {
      const native = rowsBehind(report, "## Beside native memcached");
      expect(native.size).toBe(5);
      for (const [, , ratio] of native.values()) expect(ratio).toMatch(/^[\d.]+×$/);
    } else {
      expect(report).toContain("Skipped: memcached is not installed");
    }
    for (const plot of ["throughput", "memory"]) {
      const svg = readFileSync(join(folder, `report-${plot}.svg`), "utf8");
      expect(svg).toStartWith("<svg");
      for (const title of ["ours", "Map", "lru-cache"]) expect(svg).toContain(`>${title}<`);
    }
  },
  LIMIT_MS,
);

test("what is not known is refused, and the usage told", async () => {
  await expect(run("--only", "speed")).rejects.toThrow("nothing is called speed");
  await expect(run("--entries", "7")).rejects.toThrow("--entries needs numbers");
  expect(await run("--help")).toContain("--quick");
});

const options = (...words: string[]) => {
  const parsed = parseOptions(words);
  if (parsed === null) throw new Error("the usage was asked for");
  return parsed;
};

describe("the plan", () => {
  test("of a whole run has every scene but those that do not fit", () => {
    const whole = options();
    expect(isWhole(whole)).toBe(true);
    for (const words of [["--quick"], ["--only", "pause"], ["--entries", "500"]]) {
      expect(isWhole(options(...words))).toBe(false);
    }
    const { steps, leftOut } = planOf(whole, sizesOf(whole), true);
    expect(leftOut).toHaveLength(2);
    for (const line of leftOut) expect(line).toMatch(/^10,000,000 entries.* 1 KiB.*GiB/);
    const libraries = steps.filter(({ task }) => task.mode === "library");
    // Ten scenes of seven libraries, and twice lru-cache with maxSize.
    expect(libraries).toHaveLength(72);
    expect(new Set(steps.map(({ title }) => title)).size).toBe(steps.length);
  });

  test("without memcached does not ask for it", () => {
    const native = options("--only", "native");
    expect(planOf(native, sizesOf(native), true).steps).toHaveLength(1);
    expect(planOf(native, sizesOf(native), false).steps).toEqual([]);
  });
});

describe("values", () => {
  const scene = { kind: "text", valueBytes: 32 } as const;

  test("carry their number, and nothing else passes for them", () => {
    const value = new ValueMaker("text", 32).make(1234);
    expect(carries(value, 1234, scene)).toBe(true);
    expect(carries(value, 1235, scene)).toBe(false);
    expect(carries(`${String(value)}v`, 1234, scene)).toBe(false);
    expect(carries(Buffer.from(String(value)), 1234, scene)).toBe(false);
    expect(carries(new ValueMaker("bytes", 32).make(7), 7, { ...scene, kind: "bytes" })).toBe(true);
    expect(carries(undefined, 0, scene)).toBe(false);
    expect(() => new ValueMaker("text", 8)).toThrow("at least");
  });

  test("keys are of 16 bytes, each an object of its own", () => {
    const maker = new KeyMaker("key:");
    expect(maker.text(10_000_007)).toBe("key:000010000007");
    const [one, two] = [maker.copy(1), maker.copy(2)];
    expect([one, two].map((key) => Buffer.from(key).toString())).toEqual([
      "key:000000000001",
      "key:000000000002",
    ]);
  });

  test.each([
    ["a wrong value", (): Value => "x".repeat(32), "a wrong value"],
    ["nothing", () => undefined, "a wrong value"],
  ])("a library that answers with %s is found out", (_, get, message) => {
    const draws = { keys: ["key:000000000001"], numbers: Int32Array.of(1) };
    const subject = { get, set: () => {}, count: () => 1 };
    expect(() => checkValues(subject, { library: "x", ...scene }, draws, draws)).toThrow(message);
  });

  test("a library that finds what is not there is found out", () => {
    const draws = { keys: ["key:000000000001"], numbers: Int32Array.of(1) };
    const value = new ValueMaker("text", 32).make(1);
    const subject = { get: () => value, set: () => {}, count: () => 1 };
    const check = () => checkValues(subject, { library: "x", ...scene }, draws, draws);
    expect(check).toThrow("made an item up");
  });

  test("every library is asked by its name", () => {
    for (const { name } of LIBRARIES) expect(libraryOf(name).name).toBe(name);
    expect(() => libraryOf("none")).toThrow("no library");
  });
});

/** A run whose figures are made up. */
function madeUp(ours: number, theirs: number): Outcomes {
  const outcomes = new Outcomes();
  const time: Times = { median: ours, mean: ours };
  const times = Object.fromEntries(OPERATIONS.map((name) => [name, time])) as Record<
    Operation,
    Times
  >;
  for (const kind of ["text", "bytes"] as const) {
    for (const library of ["ours", "ours-byte-keys", "lru-cache-max-size"]) {
      const scene = { entries: 5000, valueBytes: 32, kind };
      const task: LibraryTask = {
        mode: "library",
        library,
        ...scene,
        draws: 1,
        minCpuMs: 1,
        checkpoints: [5000],
      };
      const bytes = 5000 * (library.startsWith("ours") ? ours : theirs);
      const resident = [{ entries: 5000, bytes }];
      outcomes.libraries.push({ task, result: { times, making: time, resident } });
    }
  }
  for (const kept of [2000, 20_000]) {
    for (const [library, longest] of [
      ["ours", ours],
      ["lru-cache", theirs],
    ] as const) {
      const task = { mode: "pause", library, sets: 20_000, kept } as const;
      outcomes.pauses.push({ task, result: { longest, median: 0, seconds: 1 } });
    }
  }
  outcomes.limit = {
    task: { mode: "limit", maxBytes: 1000 },
    result: { grown: ours * 10, stored: 0, evictions: 0 },
  };
  return outcomes;
}

describe("limits", () => {
  const sizes = sizesOf(options("--quick"));

  test("are met by figures within them", () => {
    const limits = limitsOf(madeUp(100, 1000), sizes);
    expect(limits.map(({ measured }) => measured)).toEqual([0.1, 0.1, 0.1, 0.1, 100, 100, 100, 1]);
    expect(limits.every(isMet)).toBe(true);
  });

  test("are missed by figures beyond them", () => {
    expect(limitsOf(madeUp(151, 300), sizes).map(isMet)).toEqual(Array(8).fill(false));
  });

  test("that were not measured are not claimed", () => {
    expect(limitsOf(new Outcomes(), sizes)).toEqual([]);
  });
});

test("a plot has a line for each series, and its titles", async () => {
  const points = ["one", "two"].flatMap((series, at) =>
    [10, 100, 1000].map((x) => ({ series, x, y: x * (at + 1) })),
  );
  const svg = await svgOf({ title: "a title", yTitle: "MiB", isYLogarithmic: true, points });
  for (const text of ["a title", "MiB", "one", "two", "entries"]) expect(svg).toContain(text);
  expect(svg.match(/class="mark-line /g)).toHaveLength(2);
});
