/**
 * What each built module offers and wants: exports, their arities, and imports.
 *
 * Goal: `CoreExports` (src/core/abi.ts), which the host trusts through one cast, says the truth
 * about all four builds. Method: a list that the type checker compares with the interface, and the
 * test with the modules.
 */
import { describe, expect, test } from "bun:test";
import type { CoreExports } from "../../src/core/abi.ts";
import { BUILDS, moduleBytes } from "./module-bytes.ts";
import { type CoreBuild, instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";

/** Fails to compile when a name or an arity differs from the interface. */
const ARITIES = {
  setLogRing: 1,
  init: 7,
  attach: 1,
  setToken: 1,
  token: 0,
  compact: 4,
  classesByFactor: 3,
  classesBySizes: 2,
  preallocate: 0,
  argumentPtr: 0,
  inboxPtr: 0,
  keysPtr: 0,
  outboxPtr: 0,
  resultPtr: 0,
  countersPtr: 1,
  baselinePtr: 0,
  logPtr: 1,
  sizesPtr: 0,
  dumpPtr: 0,
  setNow: 1,
  setTailRepair: 1,
  setMemoryLimit: 1,
  copy: 3,
  warm: 1,
  beginSet: 6,
  addRun: 2,
  endSet: 4,
  endStore: 3,
  lookAheadLines: 3,
  lookAheadPackets: 3,
  fetchKeys: 6,
  fetchText: 5,
  fetchItem: 5,
  fetchPackets: 5,
  fetchMeta: 6,
  fetchMetas: 5,
  changeItem: 4,
  changeNumber: 6,
  remove: 2,
  removeItem: 3,
  touch: 3,
  flush: 2,
  hold: 2,
  nextRun: 1,
  release: 1,
  decodeBase64: 3,
  encodeBase64: 3,
  hashKey: 2,
  gauge: 1,
  classGauge: 2,
  logEvent: 4,
  resetCounters: 0,
  dump: 2,
  dumpEnd: 0,
  setLruMode: 2,
  setLruShares: 4,
  juggle: 1,
  bumpItems: 0,
  takeCrawl: 1,
  keepCrawl: 1,
  giveBackCrawl: 1,
  beginCrawl: 2,
  endCrawl: 1,
  crawlSumsPtr: 0,
  crawlExpired: 2,
  crawlDump: 5,
  crawlTable: 7,
  yieldSpares: 0,
  startMove: 2,
  moveChunks: 1,
  tablePtr: 0,
  dirtyPage: 0,
  pageDiscarded: 1,
  setMoveOnEvict: 1,
  freeze: 1,
  thaw: 1,
  setNextCas: 2,
  scan: 2,
  expand: 1,
  check: 0,
} as const satisfies { [K in keyof CoreExports]: Parameters<CoreExports[K]>["length"] };

/** What the build for embedding goes without: answers in a protocol's words, and the crawler. */
const OF_SERVERS: ReadonlySet<string> = new Set([
  "fetchMeta",
  "fetchMetas",
  "fetchPackets",
  "lookAheadLines",
  "lookAheadPackets",
  "decodeBase64",
  "encodeBase64",
  "takeCrawl",
  "keepCrawl",
  "giveBackCrawl",
  "beginCrawl",
  "endCrawl",
  "crawlSumsPtr",
  "crawlExpired",
  "crawlDump",
  "crawlTable",
  "logEvent",
  "startMove",
  "moveChunks",
  "tablePtr",
  "dirtyPage",
  "pageDiscarded",
  "setMoveOnEvict",
  "freeze",
  "thaw",
  "setNextCas",
]);

/** The exports that a build has, in order. */
function namesOf(build: CoreBuild): string[] {
  const names = Object.keys(ARITIES).toSorted();
  return build === "core" ? names.filter((name) => !OF_SERVERS.has(name)) : names;
}

/** Where no lock ever makes a thread sleep, `wait` is not wanted: locks are compiled to nothing. */
const IMPORTS: Readonly<Record<CoreBuild, readonly string[]>> = {
  core: ["env.memory: memory"],
  "core.server": ["env.memory: memory"],
  "core.threads": ["env.memory: memory", "env.wait: function"],
  "core.debug": ["env.abort: function", "env.memory: memory", "env.wait: function"],
};

describe.each(BUILDS)("%s", (build) => {
  const module = new WebAssembly.Module(moduleBytes(build));

  test("exports the functions of CoreExports, and nothing else", () => {
    const exports = WebAssembly.Module.exports(module);
    expect(exports.map(({ name }) => name).toSorted()).toEqual(namesOf(build));
    expect(exports.filter(({ kind }) => kind !== "function")).toEqual([]);
  });

  test("takes as many arguments as CoreExports says", () => {
    const abi = instantiate(moduleOf(build), takeMemory(build, 1024, 1024));
    const names = namesOf(build) as (keyof CoreExports)[];
    const arities = names.map((name) => [name, abi[name].length]);
    expect(arities).toEqual(names.map((name) => [name, ARITIES[name]]));
  });

  test("imports the memory, and a way out of asserts and into sleep only where it has them", () => {
    const imports = WebAssembly.Module.imports(module).map(
      ({ module: from, name, kind }) => `${from}.${name}: ${kind}`,
    );
    expect(imports.toSorted()).toEqual([...IMPORTS[build]]);
  });
});

function start(build: CoreBuild, shared: boolean): WebAssembly.Instance {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared });
  const module = new WebAssembly.Module(moduleBytes(build));
  return new WebAssembly.Instance(module, { env: { memory, abort: () => {}, wait: () => {} } });
}

test("the builds with threads want shared memory, the others refuse it", () => {
  for (const build of BUILDS) {
    const isShared = build !== "core" && build !== "core.server";
    expect(() => start(build, isShared)).not.toThrow();
    expect(() => start(build, !isShared)).toThrow();
  }
});
