/**
 * The release modules as files: no start function, no data, no runtime, and small.
 *
 * Goal: "nothing managed" stays true. A string, array or closure in the core would bring in the
 * runtime, a data segment, a table or globals, each of which shows as a section here. An instance
 * of the threaded build has a single global, which thread's it is.
 */
import { describe, expect, test } from "bun:test";
import { RELEASE_BUILDS, globalCount, moduleBytes, sectionNames } from "./module-bytes.ts";
import { gzipSync } from "node:zlib";

const KIBIBYTE = 1024;

/** Most bytes, plain and gzipped: of what others embed, and of what only our server loads. */
const SIZES_MAX = {
  core: [24 * KIBIBYTE, 10 * KIBIBYTE],
  server: [32 * KIBIBYTE, 16 * KIBIBYTE],
} as const;

describe.each(RELEASE_BUILDS)("%s", (build) => {
  const bytes = moduleBytes(build);

  test("has types, imports, functions, exports and code, and no other section", () => {
    const names = sectionNames(bytes).filter((name) => name !== "global");
    expect(names).toEqual(["type", "import", "function", "export", "code"]);
  });

  test("has no global but the number of its thread", () => {
    expect(globalCount(bytes)).toBe(build === "core.threads" ? 1 : 0);
  });

  test("has no custom section", () => {
    const module = new WebAssembly.Module(bytes);
    for (const name of ["name", "sourceMappingURL", "producers", "target_features"]) {
      expect(WebAssembly.Module.customSections(module, name)).toEqual([]);
    }
  });

  test("names no file of the standard library", () => {
    expect(Buffer.from(bytes).includes("~lib")).toBe(false);
  });

  test("stays small", () => {
    const [size, gzipped] = SIZES_MAX[build === "core" ? "core" : "server"];
    expect(bytes.length).toBeLessThanOrEqual(size);
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(gzipped);
  });
});

test("the debug module has no start function either, and the same global", () => {
  expect(sectionNames(moduleBytes("core.debug"))).not.toContain("start");
  expect(globalCount(moduleBytes("core.debug"))).toBe(1);
});

test("the walk over sections would see a start function and data", () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const bytes = Uint8Array.from([...header, 8, 1, 0, 11, 0x81, 0x00, 0]);
  expect(sectionNames(bytes)).toEqual(["start", "data"]);
  expect(() => sectionNames(Uint8Array.from([...header, 8, 9, 0]))).toThrow();
});

test("the count of globals would see a second one", () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const bytes = Uint8Array.from([
    ...header,
    6,
    11,
    2,
    0x7f,
    1,
    0x41,
    0,
    0x0b,
    0x7f,
    1,
    0x41,
    0,
    0x0b,
  ]);
  expect(sectionNames(bytes)).toEqual(["global"]);
  expect(globalCount(bytes)).toBe(2);
});
