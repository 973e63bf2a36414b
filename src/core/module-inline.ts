/**
 * The builds of the core, out of a JavaScript file: for browsers, which then need no second request
 * and no bundler that knows of .wasm, and for Deno, which then needs no permission to read.
 *
 * scripts/build-dist.ts writes that file; the sources have only its types.
 */
import type { CoreBuild } from "./builds.ts";
import { inlineBuilds } from "./inline-builds.js";

/**
 * Throws when the package has no such build inline: the debug build is not. And where nothing may
 * be compiled: in edge runtimes, and on pages whose content security policy says so.
 */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  const base64 = inlineBuilds[build];
  if (base64 === undefined) throw new Error(`${build} is not part of this package`);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    const advice = "its bundler has to set an import condition that docs/cache.md names";
    throw new Error(`this host compiles no WebAssembly at run time: ${advice}`, { cause });
  }
}
