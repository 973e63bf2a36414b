/**
 * The build of the core that is imported as a module: for edge runtimes, which compile WebAssembly
 * at deployment only. They have no threads, so there is the unshared build alone.
 */
import type { CoreBuild } from "./builds.ts";
import core from "../../build/core.wasm";

/** Throws for any other build than `core`. */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  if (build !== "core") throw new Error("edge runtimes have no shared memory: use `new Cache`");
  return core;
}
