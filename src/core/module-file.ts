/**
 * The builds of the core, read from their files: for Bun and Node. package.json's `imports` chooses
 * one file of this kind for each host under the name `#core-module`.
 */
import { readFileSync } from "node:fs";
import type { CoreBuild } from "./builds.ts";

/** Throws when build/ has no such module. */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  return new WebAssembly.Module(
    readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url)),
  );
}
