/**
 * Goal: the server runs from its bundle, and from its sources as soon as one of them was written
 * after that. Method: a folder of its own with a bundle's list; then the real list of this build.
 */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type BundledSources, isBundleFresh, stampOf } from "../../src/main/start.ts";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tmpdir } from "node:os";

const ROOT = join(import.meta.dir, "../..");

test("a bundle is of use while all its sources are as they were", () => {
  const root = mkdtempSync(join(tmpdir(), "wasmcached-bundle-"));
  const isFresh = (): boolean => isBundleFresh(pathToFileURL(`${root}/`));
  try {
    expect(isFresh()).toBe(false);
    mkdirSync(join(root, "src"));
    mkdirSync(join(root, "build/server"), { recursive: true });
    const source = join(root, "src/a.ts");
    const list = join(root, "build/server/sources.json");
    writeFileSync(source, "a");
    const { mtimeMs, size } = statSync(source);
    const stampFor = (time: number, length: number): void => {
      const file: BundledSources = {
        stamps: { "src/a.ts": stampOf({ mtimeMs: time, size: length }) },
      };
      writeFileSync(list, JSON.stringify(file));
    };
    stampFor(mtimeMs, size);
    expect(isFresh()).toBe(true);
    stampFor(mtimeMs + 1, size);
    expect(isFresh()).toBe(false);
    stampFor(mtimeMs, size + 1);
    expect(isFresh()).toBe(false);
    stampFor(mtimeMs, size);
    rmSync(source);
    expect(isFresh()).toBe(false);
    writeFileSync(list, "{");
    expect(isFresh()).toBe(false);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("the list has every file of the three kinds of thread", () => {
  const text = readFileSync(join(ROOT, "build/server/sources.json"), "utf8");
  const names = Object.keys((JSON.parse(text) as BundledSources).stamps);
  expect(names).toContain("src/main/main.ts");
  expect(names).toContain("src/server/worker.ts");
  expect(names).toContain("src/server/maintenance-thread.ts");
  expect(names).toContain("src/connection/text-reader.ts");
  expect(names).toContain("assembly/shared/limits.ts");
  // They load the module's file; the others are for other hosts.
  expect(names.filter((name) => name.startsWith("src/core/module-"))).toEqual([
    "src/core/module-file.ts",
  ]);
});
