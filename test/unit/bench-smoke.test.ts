/**
 * Every micro-benchmark still works and still does the same work.
 *
 * Each is run with its smoke values: a thousand calls whose results are hashed, and a moment of
 * timing, whose figures mean nothing. A hash that changes is either a mistake, or a change of what
 * the core answers; then figures from before and after it cannot be compared.
 */
import { describe, expect, test } from "bun:test";
import { BENCHMARKS } from "../../bench/core/catalogue.ts";
import { type Measured, runBenchmark } from "../../bench/support/benchmark.ts";
import { Digest } from "../../bench/support/digest.ts";
import { valuesOf } from "../../bench/support/parameters.ts";
import { reportText } from "../../bench/support/report.ts";

const HASHES: Record<string, string> = {
  "hash murmur3, 14 bytes": "dfdd2c4f",
  "hash murmur3, 40 bytes": "00e03488",
  "hash murmur3, 250 bytes": "baa8d7bf",
  "hash jenkins, 14 bytes": "0fe45e4f",
  "hash jenkins, 40 bytes": "9d659601",
  "hash jenkins, 250 bytes": "3119c753",
  "hash xxh3, 14 bytes": "9a92dfab",
  "hash xxh3, 40 bytes": "8482196d",
  "hash xxh3, 250 bytes": "e9623e8b",
  "find: hold and release": "797f2f05",
  "get, hit": "663529b9",
  "get, hit, with locks": "663529b9",
  "get, miss": "94848a45",
  "fetch for the host, hit": "9dbb1ae7",
  "set over an existing item": "7114b3cb",
  "set over an existing item, with locks": "7114b3cb",
  "set with an eviction": "14025189",
  incr: "a6d94c31",
  "parse: get line": "8debad05",
  "parse: set line": "a328b845",
  "request: get, one per read": "71129263",
  "request: get, 50 per read": "f7939035",
  "request: get of 50 keys, each": "f252c6d7",
  "request: set, one per read": "55825e85",
  "request: set, 16 per read": "e2ce6e45",
  "request: mg with v, one per read": "4dafd5ad",
  "request: mg with v, 48 per read": "092337a5",
  "request: ms, one per read": "70804db5",
  "baseline: Map, get": "5d5d18af",
  "baseline: Map, get by a key in bytes": "5d5d18af",
  "baseline: Map, set": "df6d55e5",
};

describe("micro-benchmarks", () => {
  test("are all listed here", () => {
    expect(BENCHMARKS.map(({ name }) => name)).toEqual(Object.keys(HASHES));
  });

  test.each([...BENCHMARKS])("$name", async (benchmark) => {
    const result = await runBenchmark(benchmark, valuesOf("smoke"));
    expect(result.digest).toBe(HASHES[benchmark.name] ?? "");
    expect(result.median).toBeGreaterThan(0);
    expect(result.p99).toBeGreaterThanOrEqual(result.least);
  });
});

function hashOf(text: string): string {
  const digest = new Digest();
  digest.addBytes(new TextEncoder().encode(text));
  return digest.toString();
}

test("the hash is FNV-1a of all bytes, in order", () => {
  expect(hashOf("")).toBe("811c9dc5");
  expect(hashOf("a")).toBe("e40c292c");
  expect(hashOf("foobar")).toBe("bf9cf968");
  const number = new Digest();
  number.addNumber(0x64636261);
  expect(number.toString()).toBe(hashOf("abcd"));
});

test("a report says on what, how and what was measured", () => {
  const machine = {
    cpu: "a processor",
    kernel: "6.1",
    bun: "1.4.5",
    native: "",
    commit: "abc1234",
    date: "2001-02-03",
  };
  const times = { median: 1.25, mean: 2, least: 1, p99: 30, samples: 7 };
  const results: Measured[] = [{ name: "get", digest: "0badcafe", ...times }];
  const text = reportText(machine, "bun bench", 42, results);
  for (const part of ["a processor", "abc1234", "2001-02-03", "`bun bench`; seed 42"]) {
    expect(text).toContain(part);
  }
  expect(text).toContain("| get       |    1.3 |  2.0 |   1.0 | 30.0 |       7 | 0badcafe |");
});
