/**
 * The benchmarks of the memory engine still work, on native memcached and on this server.
 *
 * Each is run with small sizes for a moment; the figures mean nothing, but they have to be there,
 * and to be figures that such a run can have. What the generator must not accept is shown to it by
 * servers that lie.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { namesOf, numberOption } from "../../bench/memory/command-line.ts";
import { recoveryOf } from "../../bench/memory/calcification.ts";
import type { ReplayResult, Window } from "../../bench/memory/replay.ts";
import type { ReplayTask } from "../../bench/memory/tasks.ts";
import { startChild } from "../../bench/support/child-task.ts";
import { testWith } from "../support/peers.ts";

const ROOT = join(import.meta.dir, "../..");
const MAIN = join(ROOT, "bench/memory/main.ts");
const GENERATOR = join(ROOT, "bench/memory/generator.ts");
const LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "wasmcached-bench-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The report's rows: first cell, then the others. */
async function rowsOf(...args: string[]): Promise<Map<string, string[]>> {
  const out = join(folder, `${crypto.randomUUID()}.md`);
  const child = Bun.spawn([process.execPath, MAIN, ...args, "--quick", "--out", out], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(errors);
  const rows = new Map<string, string[]>();
  for (const line of readFileSync(out, "utf8").split("\n")) {
    const [, title = "", ...cells] = line.split("|").map((cell) => cell.trim());
    if (line.startsWith("| ") && !rows.has(title)) rows.set(title, cells.slice(0, -1));
  }
  return rows;
}

const CALCIFICATION = "calcification --seconds 2 --memory 2 --rate 5000".split(" ");

const figureIn = (cell: string | undefined): number => Number.parseFloat(cell ?? "");

/** Servers and generators are pinned to a core each. */
const hasCores = cpus().length >= 2;

describe.if(hasCores)("beside native memcached", () => {
  testWith(
    "memcached",
    "hit ratios of the generated traces",
    async () => {
      const rows = await rowsOf("hits", "--requests", "20000", "--keys", "4000");
      for (const title of ["Zipf 0.99", "Zipf 0.99 and scans", "shifting set, changing sizes"]) {
        const [requests, , memory, native, ours] = rows.get(title) ?? [];
        expect([requests, memory]).toEqual(["20,000", "2"]);
        for (const ratio of [native, ours]) {
          expect(figureIn(ratio)).toBeGreaterThan(30);
          expect(figureIn(ratio)).toBeLessThan(99);
        }
        expect(figureIn(rows.get(`${title}, ours`)?.[0])).toBeGreaterThan(0);
      }
    },
    LIMIT_MS,
  );

  testWith(
    "memcached",
    "hit ratio of a trace file",
    async () => {
      const path = join(folder, "trace.csv");
      // Each key comes four times; the sets of the last quarter are no gets.
      const lines = Array.from({ length: 4000 }, (_, i) => {
        return `${i},key${i % 1000},${i % 300},${i < 3000 ? "get" : "set"},0`;
      });
      await Bun.write(path, lines.join("\n"));
      const rows = await rowsOf("hits", "--trace", path, "--memory", "16");
      expect(rows.get(path)?.slice(0, 5)).toEqual(["4,000", "0", "16", "66.67 %", "66.67 %"]);
    },
    LIMIT_MS,
  );

  testWith(
    "memcached",
    "calcification",
    async () => {
      const rows = await rowsOf(...CALCIFICATION);
      for (const side of ["native", "ours"]) {
        const [mean, end, fresh] = rows.get(side) ?? [];
        for (const ratio of [mean, end, fresh]) expect(figureIn(ratio)).toBeLessThan(100);
        expect(figureIn(fresh)).toBeGreaterThan(figureIn(mean));
      }
      expect(rows.get("1 to 2 s")).toHaveLength(4);
    },
    LIMIT_MS,
  );

  testWith(
    "memcached",
    "maintenance: expired memory and metadump",
    async () => {
      const sizes = ["--items", "3000", "--exptime", "1", "--patience", "0.5", "--seconds", "0.4"];
      const expired = await rowsOf("maintenance", "--only", "expired", ...sizes);
      for (const side of ["native", "ours"]) {
        const [, , , left, lost] = expired.get(side) ?? [];
        expect(figureIn(left)).toBeGreaterThanOrEqual(0);
        expect(lost).toBe("0");
      }
      const dumped = await rowsOf("maintenance", "--only", "metadump", ...sizes);
      // The items of the load are there as well, and some change their queue during the dump.
      expect(figureIn(dumped.get("native")?.[0]?.replaceAll(",", ""))).toBeGreaterThan(50_000);
      expect(dumped.get("ours")?.[0]).toMatch(/^([\d,]+|refused: ERROR)$/);
    },
    LIMIT_MS,
  );

  testWith(
    "memcached",
    "maintenance: growth of the hash table",
    async () => {
      const sizes = ["--items", "40000", "--seconds", "0.5"];
      const rows = await rowsOf("maintenance", "--only", "growth", ...sizes);
      for (const side of ["native", "ours"]) {
        const [power, tail, longest] = rows.get(`${side}, growing`) ?? [];
        // A machine that is busy with other things may not come to the doubling.
        expect(power).toMatch(/^17-1[78]$/);
        expect(figureIn(longest)).toBeGreaterThanOrEqual(figureIn(tail));
        expect(rows.get(`${side}, large from the start`)?.[0]).toBe("19-19");
      }
      const [doublings, longest, isShort] = rows.get("40,000") ?? [];
      expect([doublings, isShort]).toEqual(["3", "yes"]);
      expect(figureIn(longest)).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  testWith(
    "memcached",
    "maintenance: latency and idleness",
    async () => {
      const sizes = ["--items", "40000", "--seconds", "0.4"];
      const latency = await rowsOf("maintenance", "--only", "latency", ...sizes);
      for (const side of ["native", "ours"]) {
        for (const situation of ["quiet", "crawl", "mover"]) {
          const [tail] = latency.get(`${side}, ${situation}`) ?? [];
          expect(figureIn(tail)).toBeGreaterThan(0);
        }
      }
      expect(figureIn(latency.get("native, crawl")?.[3])).toBeGreaterThan(0);
      const idle = await rowsOf("maintenance", "--only", "idle", ...sizes);
      for (const side of ["native", "ours"]) {
        for (const threads of [1, 4]) {
          expect(figureIn(idle.get(`${side}, \`-t ${threads}\``)?.[0])).toBeLessThan(100);
        }
      }
    },
    LIMIT_MS,
  );
});

const SPEC = { kind: "zipf", requests: 40, keys: 3, seed: 1 } as const;

/** Plays forty requests against a server that gives `answer` to whatever it is sent. */
async function playAgainst(answer: (text: string) => string): Promise<ReplayResult> {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(answer(bytes.toString("latin1"))) },
  });
  const { port } = listener;
  const pace = { window: 20, rate: null, unpaced: 0 };
  const task: ReplayTask = { mode: "replay", trace: SPEC, port, connections: 1, batch: 1, ...pace };
  try {
    return await startChild<ReplayResult>(GENERATOR, task, 0, 20_000);
  } finally {
    listener.stop(true);
  }
}

/** Knows nothing and stores nothing. */
function forgetful(text: string): string {
  if (text.startsWith("stats")) return "STAT evictions 7\r\nEND\r\n";
  return text.startsWith("get") ? "END\r\n" : "STORED\r\n";
}

/** Answers gets with this value, under the key that was asked for. */
function valued(key: (asked: string) => string, value: (key: string) => string) {
  return (text: string): string => {
    const [, asked] = /^get (\S+)/.exec(text) ?? [];
    if (asked === undefined) return forgetful(text);
    const bytes = value(asked);
    return `VALUE ${key(asked)} 0 ${bytes.length}\r\n${bytes}\r\nEND\r\n`;
  };
}

describe("a replay", () => {
  test("counts misses and what follows from them", async () => {
    const { windows, stats } = await playAgainst(forgetful);
    expect(windows.map(({ gets, hits, sets }) => [gets, hits, sets])).toEqual([
      [20, 0, 20],
      [20, 0, 20],
    ]);
    expect(stats).toMatchObject({ evictions: 7, curr_items: 0 });
  });

  test("counts hits, and sets that were refused", async () => {
    const known = valued(
      (key) => key,
      (key) => `${key} and more`,
    );
    const { windows } = await playAgainst(known);
    expect(windows.map(({ hits, sets }) => [hits, sets])).toEqual([
      [20, 0],
      [20, 0],
    ]);
    const full = await playAgainst((text) =>
      text.startsWith("set") ? "SERVER_ERROR out of memory storing object\r\n" : forgetful(text),
    );
    expect(full.windows.map(({ refused }) => refused)).toEqual([20, 20]);
  });

  test.each([
    [
      "of another key",
      valued(
        (key) => key,
        () => "another key's value",
      ),
      "a wrong value of z0",
    ],
    [
      "nobody asked for",
      valued(
        () => "else",
        () => "x",
      ),
      "not asked for: VALUE else 0 1",
    ],
    ["that is an error", () => "ERROR\r\n", "a get was answered with ERROR"],
  ])("takes no value %s", async (_, answer, message) => {
    await expect(playAgainst(answer)).rejects.toThrow(message);
  });
});

function window(gets: number, hits: number): Window {
  return { gets, hits, sets: 0, refused: 0, seconds: 0 };
}

test("recovered is from when on the goal is kept", () => {
  const windows = [10, 80, 20, 50, 60, 70].map((hits) => window(100, hits));
  expect(recoveryOf(windows, 0.5)).toBe(3);
  expect(recoveryOf(windows, 0.65)).toBe(5);
  expect(recoveryOf(windows, 0.05)).toBe(0);
  expect(recoveryOf(windows, 0.9)).toBeNull();
});

test("the command line refuses what it does not know", () => {
  expect(namesOf("b,a", ["a", "b", "c"])).toEqual(["a", "b"]);
  expect(namesOf(undefined, ["a", "b"])).toEqual(["a", "b"]);
  expect(() => namesOf("d", ["a"])).toThrow("nothing is called d");
  expect(numberOption("0.5", 1, "share")).toBe(0.5);
  for (const text of ["", "x", "-1"]) {
    expect(() => numberOption(text, 1, "share")).toThrow("--share needs a number");
  }
});
