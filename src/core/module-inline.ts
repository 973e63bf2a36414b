/**
 * The builds of the core, out of a JavaScript file: for browsers, which then need no second request
 * and no bundler that knows of .wasm, and for Deno, which then needs no permission to read.
 *
 * scripts/build-dist.ts writes that file; the sources have only its types.
 */
import type { CoreBuild } from "./builds.ts";
import { inlineBuilds } from "./inline-builds.js";

/** Throws when the package has no such build inline: the debug build is not. */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  const base64 = inlineBuilds[build];
  if (base64 === undefined) throw new Error(`${build} is not part of this package`);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new WebAssembly.Module(bytes);
}
