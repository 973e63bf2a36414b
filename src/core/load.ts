/**
 * Loading a build of the core over a memory of its own.
 */
import { readFileSync } from "node:fs";
import { WASM_PAGE_COUNT_MAX } from "../../assembly/shared/limits.ts";
import type { CoreExports } from "./abi.ts";

/** Which build: release, the one for shared memory, or the one with every check. */
export type CoreBuild = "core" | "core.threads" | "core.debug";

export interface LoadedCore {
  readonly abi: CoreExports;
  readonly memory: WebAssembly.Memory;
  readonly wasmPages: number;
}

/** The debug build's asserts end here: our mistakes stop the process. */
function abort(_message: number, file: number, line: number, column: number): never {
  throw new Error(`core assertion failed (file text at ${file}, line ${line}:${column})`);
}

/**
 * Takes memory whole: `wasmPagesWanted`, or less where the machine refuses that much address space.
 * Pages cost nothing until they are touched.
 */
function takeMemory(
  wasmPagesWanted: number,
  wasmPagesLeast: number,
  shared: boolean,
): LoadedMemory {
  let pages = Math.min(wasmPagesWanted, WASM_PAGE_COUNT_MAX);
  for (;;) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
      return { memory, wasmPages: pages };
    } catch (error) {
      if (pages <= wasmPagesLeast) throw error;
      pages = Math.max(wasmPagesLeast, Math.floor(pages / 2));
    }
  }
}

interface LoadedMemory {
  readonly memory: WebAssembly.Memory;
  readonly wasmPages: number;
}

const modules = new Map<CoreBuild, WebAssembly.Module>();

function moduleOf(build: CoreBuild): WebAssembly.Module {
  let module = modules.get(build);
  if (module === undefined) {
    const bytes = readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url));
    module = new WebAssembly.Module(bytes);
    modules.set(build, module);
  }
  return module;
}

/** Throws when build/ has no such module, or memory cannot be had. */
export function loadCore(
  build: CoreBuild,
  wasmPagesWanted: number,
  wasmPagesLeast: number,
): LoadedCore {
  const module = moduleOf(build);
  const { memory, wasmPages } = takeMemory(
    wasmPagesWanted,
    wasmPagesLeast,
    build === "core.threads",
  );
  const instance = new WebAssembly.Instance(module, { env: { memory, abort } });
  // The one unchecked cast: test/abi compares these exports with CoreExports.
  return { abi: instance.exports as unknown as CoreExports, memory, wasmPages };
}
