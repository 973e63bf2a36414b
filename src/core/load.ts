/**
 * Loading a build of the core, over a memory of its own or one that other threads use too.
 */
import { type CoreBuild } from "./builds.ts";
import type { CoreExports } from "./abi.ts";
import { WASM_PAGE_COUNT_MAX } from "../../assembly/shared/limits.ts";
import { loadModule } from "#core-module";
import { sleeper } from "./sleep.ts";

export type { CoreBuild } from "./builds.ts";

const UNSHARED: ReadonlySet<CoreBuild> = new Set<CoreBuild>(["core", "core.server"]);

/** A module and a memory: what another thread needs to join. Can be posted to it. */
export interface CoreShare {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
}

/** The debug build's asserts end here: our mistakes stop the process. */
function abort(_message: number, file: number, line: number, column: number): never {
  throw new Error(`core assertion failed (file text at ${file}, line ${line}:${column})`);
}

/** Where a store has its memory from. */
export type MemorySource = typeof takeMemory;

/**
 * Takes memory whole: `wasmPagesWanted`, or less where the machine refuses that much address space.
 * Pages cost nothing until they are touched.
 */
export function takeMemory(
  build: CoreBuild,
  wasmPagesWanted: number,
  wasmPagesLeast: number,
): WebAssembly.Memory {
  const shared = !UNSHARED.has(build);
  let pages = Math.min(wasmPagesWanted, WASM_PAGE_COUNT_MAX);
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    } catch (error) {
      if (pages <= wasmPagesLeast) throw error;
      pages = Math.max(wasmPagesLeast, Math.floor(pages / 2));
    }
  }
}

const modules = new Map<CoreBuild, WebAssembly.Module>();

/** Throws when there is no such build. */
export function moduleOf(build: CoreBuild): WebAssembly.Module {
  let module = modules.get(build);
  if (module === undefined) {
    module = loadModule(build);
    modules.set(build, module);
  }
  return module;
}

/**
 * An instance of the module over the memory.
 *
 * @param patienceMs how long it may wait for one lock before it throws a StalledError
 */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  patienceMs = Infinity,
): CoreExports {
  const wait = sleeper(memory.buffer, patienceMs);
  const instance = new WebAssembly.Instance(module, { env: { memory, abort, wait } });
  // The one unchecked cast: test/abi compares these exports with CoreExports.
  return instance.exports as unknown as CoreExports;
}
