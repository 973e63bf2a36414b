/**
 * scripts/inspect-wasm.ts: a module made by hand, what cannot be a module, and the built ones.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD_OUTPUTS } from "../../scripts/build-stamp.mjs";
import { describeModule, inspectModule } from "../../scripts/inspect-wasm.ts";

const BUILD = join(import.meta.dir, "../../build");

/** Imports a memory and a function; exports one of its two functions, and the imported one. */
const MODULE = Buffer.from(
  [
    "0061736d01000000",
    // One type: () → nothing.
    "010401600000",
    // "m" "mem" memory 1 … 2, "m" "f" function of type 0.
    "021102016d036d656d02010102016d01660000",
    "0303020000",
    "0709020167000201660000",
    // Bodies of 2 and 3 bytes.
    "0a080202000b0300010b",
  ].join(""),
  "hex",
);

describe("inspect-wasm", () => {
  test("finds sections, imports, exports and code", async () => {
    expect(WebAssembly.validate(MODULE)).toBe(true);
    const contents = inspectModule(MODULE);
    expect(contents.sections.map(({ name }) => name)).toEqual([
      "type",
      "import",
      "function",
      "export",
      "code",
    ]);
    expect(contents.imports).toEqual(["m.mem: memory", "m.f: function"]);
    expect(contents.exports).toEqual([
      { name: "g", kind: "function", codeSize: 3 },
      { name: "f", kind: "function", codeSize: null },
    ]);
    expect(contents.internalSizes).toEqual([2]);
    expect(describeModule("m", contents)).toContain("       3  g (function)");
  });

  test.each([
    ["text", new TextEncoder().encode("export const a = 1;")],
    ["a module cut short", MODULE.subarray(0, -1)],
    ["a section cut short", MODULE.subarray(0, 20)],
  ])("refuses %s", (_what, bytes) => {
    expect(() => inspectModule(bytes)).toThrow();
  });

  test.each([...BUILD_OUTPUTS])("agrees with the engine about %s", (output) => {
    const bytes = readFileSync(join(BUILD, output));
    const contents = inspectModule(bytes);
    const module = new WebAssembly.Module(bytes);
    const imports = WebAssembly.Module.imports(module);
    expect(contents.imports).toEqual(
      imports.map(({ module: from, name, kind }) => `${from}.${name}: ${kind}`),
    );
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(contents.exports.map(({ name }) => name)).toEqual(names);
    const sizes = contents.sections.map(({ size }) => size);
    expect(sizes.reduce((sum, size) => sum + size, 8)).toBe(bytes.length);
  });
});
