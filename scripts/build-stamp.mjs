/**
 * Build stamp: whether build/ was made from the sources that are here now.
 *
 * `setup.mjs` compares before it starts or tests anything, and writes the stamp when all outputs
 * are made. It is a hash of what the compiler reads, not a time: a fresh checkout and a switch of
 * branches change times and not always contents. Plain JavaScript, for Node without Bun.
 *
 * Invariant: a stamp on disk means that a build ended well. It is removed before one begins.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a build makes. */
export const BUILD_OUTPUTS = [
  "core.wasm",
  "core.server.wasm",
  "core.threads.wasm",
  "core.debug.wasm",
];

/** The list of what is in the server's bundle, which a build makes, too (scripts/bundle.ts). */
const BUNDLE_LIST = "server/sources.json";

/** What it is made from, beside the compiler's version. */
const BUILD_SOURCES = ["assembly", "asconfig.json", "scripts/build.ts", "scripts/bundle.ts"];

const STAMP_FILE = "build/.stamp";

/** A hash of the names and contents of all sources. */
export function sourceHash(root) {
  const hash = createHash("sha256");
  for (const file of BUILD_SOURCES.flatMap((source) => filesUnder(root, source))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.update(compilerVersion(root)).digest("hex");
}

/** Whether every output is there and was made from these sources. */
export function isBuilt(root) {
  const outputs = [...BUILD_OUTPUTS, BUNDLE_LIST];
  if (outputs.some((output) => !existsSync(join(root, "build", output)))) return false;
  try {
    return readFileSync(join(root, STAMP_FILE), "utf8").trim() === sourceHash(root);
  } catch {
    return false;
  }
}

export function removeStamp(root) {
  rmSync(join(root, STAMP_FILE), { force: true });
}

/** `hash` is the sourceHash() from before the build: sources may change while it runs. */
export function writeStamp(root, hash) {
  const file = join(root, STAMP_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${hash}\n`);
}

/** Files by their names from the root, in a fixed order; a name that is not there has none. */
function filesUnder(root, name) {
  if (!existsSync(join(root, name))) return [];
  if (name.includes(".")) return [name];
  const entries = readdirSync(join(root, name), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${name}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(root, path) : [path];
    });
}

/** The version the lock file asks for, so that a new compiler means a new build. */
function compilerVersion(root) {
  try {
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    return lock.packages?.["node_modules/assemblyscript"]?.version ?? "";
  } catch {
    return "";
  }
}
