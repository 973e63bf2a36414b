/**
 * The build of the core that is imported as a module, for edge runtimes whose bundlers tell by
 * `?module` that a .wasm file is wanted as one: those with the condition `edge-light`. Otherwise as
 * module-import.ts.
 */
import type { CoreBuild } from "./builds.ts";
import core from "../../build/core.wasm?module";

/** Throws for any other build than `core`. */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  if (build !== "core") throw new Error("edge runtimes have no shared memory: use `new Cache`");
  return core;
}
