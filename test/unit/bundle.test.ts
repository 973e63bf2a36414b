/**
 * Goal: the server runs from its bundle, and from its sources as soon as one of them was written
 * after that. Method: folders with a bundle and sources of their own; then this build's list.
 */
import { expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type BundledSources, isBundleFresh, stampOf } from "../../src/main/start.ts";
import { join } from "node:path";
import { tmpdir } from "node:os";

const ROOT = join(import.meta.dir, "../..");

test("a bundle is of use while all its sources are as they were", () => {
  const root = mkdtempSync(join(tmpdir(), "wasmcached-bundle-"));
  const isFresh = (): boolean => isBundleFresh(root);
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

/** What a copy of start.ts in a folder of its own runs. */
function programRun(root: string): string {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, join(root, "src/main/start.ts")]);
  return `${stdout}${stderr}`.trim();
}

test("what is started is the bundle, or the sources when they are newer", () => {
  const root = mkdtempSync(join(tmpdir(), "wasmcached start é-"));
  try {
    mkdirSync(join(root, "src/main"), { recursive: true });
    mkdirSync(join(root, "build/server"), { recursive: true });
    copyFileSync(join(ROOT, "src/main/start.ts"), join(root, "src/main/start.ts"));
    const source = join(root, "src/main/main.ts");
    writeFileSync(source, 'console.log("sources")');
    expect(programRun(root)).toBe("sources");
    const bundle = join(root, "build/server/main.js");
    writeFileSync(bundle, 'console.log("bundle")');
    const stamps = {
      "src/main/main.ts": stampOf(statSync(source)),
      "build/server/main.js": stampOf(statSync(bundle)),
    };
    writeFileSync(join(root, "build/server/sources.json"), JSON.stringify({ stamps }));
    expect(programRun(root)).toBe("bundle");
    writeFileSync(source, 'console.log("newer sources")');
    expect(programRun(root)).toBe("newer sources");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("this build's bundle is fresh, and has every file of the three kinds of thread", () => {
  expect(isBundleFresh(ROOT)).toBe(true);
  const text = readFileSync(join(ROOT, "build/server/sources.json"), "utf8");
  const names = Object.keys((JSON.parse(text) as BundledSources).stamps);
  for (const name of ["main", "worker", "maintenance-thread"]) {
    expect(names).toContain(`build/server/${name}.js`);
  }
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
