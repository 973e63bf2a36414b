/**
 * Loading a build of the core, over a memory of its own or one that other threads use too.
 */
import { readFileSync } from "node:fs";
import { WASM_PAGE_COUNT_MAX } from "../../assembly/shared/limits.ts";
import type { CoreExports } from "./abi.ts";

/**
 * Which build: the small one for embedding, the one of a server with one thread, of one with
 * several, or that with every check.
 */
export type CoreBuild = "core" | "core.server" | "core.threads" | "core.debug";

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

/** Throws when build/ has no such module. */
export function moduleOf(build: CoreBuild): WebAssembly.Module {
  let module = modules.get(build);
  if (module === undefined) {
    const bytes = readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url));
    module = new WebAssembly.Module(bytes);
    modules.set(build, module);
  }
  return module;
}

/** An instance of the module over the memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): CoreExports {
  const words = new Int32Array(memory.buffer);
  const wait = (ptr: number, expected: number): void => {
    Atomics.wait(words, ptr >>> 2, expected | 0);
  };
  const instance = new WebAssembly.Instance(module, { env: { memory, abort, wait } });
  // The one unchecked cast: test/abi compares these exports with CoreExports.
  return instance.exports as unknown as CoreExports;
}
