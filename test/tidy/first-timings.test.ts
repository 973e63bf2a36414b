/**
 * The times that the first run of a checkout begins with: all files have one, so that the slow ones
 * start first, and measured times are left alone.
 */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SLOW_FILES, seedTimings } from "../../scripts/check/first-timings.ts";

const ROOT = join(import.meta.dirname, "../..");

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-timings-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the files known as slow are there", () => {
  const names = Object.keys(SLOW_FILES);
  expect(names.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
});

test("every test file has a time", () => {
  inFolder((root) => {
    const [slow = ""] = Object.keys(SLOW_FILES);
    for (const name of [slow, "test/unit/other.test.ts", "test/unit/other.ts"]) {
      mkdirSync(join(root, name, ".."), { recursive: true });
      writeFileSync(join(root, name), "");
    }
    const file = join(root, "build/times.json");
    seedTimings(root, file);
    const files = { [slow]: 1000 * (SLOW_FILES[slow] ?? 0), "test/unit/other.test.ts": 1000 };
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ version: 1, files });
  });
});

test("times of an earlier run stay", () => {
  inFolder((root) => {
    const file = join(root, "times.json");
    writeFileSync(file, "measured");
    seedTimings(root, file);
    expect(readFileSync(file, "utf8")).toBe("measured");
  });
});
