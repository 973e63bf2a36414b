/**
 * What each built module offers and wants: exports, their arities, and imports.
 *
 * Goal: `CoreExports` (src/core/abi.ts), which the host trusts through one cast, says the truth
 * about all three builds. Method: a list that the type checker compares with the interface, and the
 * test with the modules.
 */
import { describe, expect, test } from "bun:test";
import type { CoreExports } from "../../src/core/abi.ts";
import { BUILDS, moduleBytes } from "./module-bytes.ts";
import { type CoreBuild, loadCore } from "../../src/core/load.ts";

/** Fails to compile when a name or an arity differs from the interface. */
const ARITIES = {
  init: 6,
  classesByFactor: 3,
  classesBySizes: 2,
  preallocate: 0,
  inboxPtr: 0,
  keysPtr: 0,
  outboxPtr: 0,
  resultPtr: 0,
  countersPtr: 0,
  classCountersPtr: 1,
  sizesPtr: 0,
  dumpPtr: 0,
  setNow: 1,
  setTailRepair: 1,
  setMemoryLimit: 1,
  copy: 3,
  warm: 1,
  beginSet: 6,
  endSet: 4,
  fetchKeys: 6,
  fetchText: 5,
  changeNumber: 6,
  remove: 2,
  touch: 3,
  flush: 2,
  hold: 2,
  release: 1,
  hashKey: 2,
  gauge: 1,
  classGauge: 2,
  resetCounters: 0,
  dump: 2,
  expand: 1,
  check: 0,
} as const satisfies { [K in keyof CoreExports]: Parameters<CoreExports[K]>["length"] };

const NAMES = Object.keys(ARITIES).toSorted();

describe.each(BUILDS)("%s", (build) => {
  const module = new WebAssembly.Module(moduleBytes(build));

  test("exports the functions of CoreExports, and nothing else", () => {
    const exports = WebAssembly.Module.exports(module);
    expect(exports.map(({ name }) => name).toSorted()).toEqual(NAMES);
    expect(exports.filter(({ kind }) => kind !== "function")).toEqual([]);
  });

  test("takes as many arguments as CoreExports says", () => {
    const { abi } = loadCore(build, 1024, 1024);
    const arities = Object.entries(ARITIES).map(([name]) => [
      name,
      abi[name as keyof CoreExports].length,
    ]);
    expect(arities).toEqual(Object.entries(ARITIES));
  });

  test("imports nothing but the memory, and where it has asserts their way out", () => {
    const imports = WebAssembly.Module.imports(module).map(
      ({ module: from, name, kind }) => `${from}.${name}: ${kind}`,
    );
    const expected = ["env.memory: memory"];
    if (build === "core.debug") expected.unshift("env.abort: function");
    expect(imports).toEqual(expected);
  });
});

function instantiate(build: CoreBuild, shared: boolean): WebAssembly.Instance {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared });
  const module = new WebAssembly.Module(moduleBytes(build));
  return new WebAssembly.Instance(module, { env: { memory, abort: () => {} } });
}

test("the threads build wants shared memory, the others refuse it", () => {
  for (const build of BUILDS) {
    const isShared = build === "core.threads";
    expect(() => instantiate(build, isShared)).not.toThrow();
    expect(() => instantiate(build, !isShared)).toThrow();
  }
});
