/**
 * Builds dist/, what the package has for other hosts than Bun: the embedded cache as JavaScript
 * with types and source maps, and the core's modules, as files and inline.
 *
 * `npm pack` runs it; nothing of it is committed. Wants a built core. The folders are those of the
 * sources, so that the same relative paths lead to build/. Of the server there are types alone: it
 * runs from its sources, on Bun.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const DIST = join(ROOT, "dist");
const BUILDS = ["core", "core.threads"];
/** Folders of sources that run on Bun alone. */
const BUN_ONLY = ["server", "connection", "command", "protocol", "base"];

function compile(): void {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { exitCode, stdout } = Bun.spawnSync(
    [process.execPath, tsc, "-p", "tsconfig.dist.json", "--pretty", "false"],
    { cwd: ROOT },
  );
  if (exitCode === 0) return;
  console.error(stdout.toString());
  process.exit(1);
}

/** The compiler leaves `.ts` in the types, where others look for `.js`. */
function renameImports(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = join(folder, name);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"'));
  }
}

function dropServer(): void {
  for (const folder of BUN_ONLY) {
    for (const name of readdirSync(join(DIST, "src", folder), { recursive: true })) {
      const file = join(DIST, "src", folder, String(name));
      if (/\.js(\.map)?$/.test(file)) rmSync(file);
    }
  }
  for (const ending of ["js", "js.map"]) rmSync(join(DIST, `src/index.${ending}`));
}

function writeModules(): void {
  mkdirSync(join(DIST, "build"), { recursive: true });
  const lines = BUILDS.map((name) => {
    const file = join(ROOT, `build/${name}.wasm`);
    cpSync(file, join(DIST, `build/${name}.wasm`));
    return `  ${JSON.stringify(name)}: "${readFileSync(file).toString("base64")}",`;
  });
  const text = ["export const inlineBuilds = {", ...lines, "};", ""].join("\n");
  writeFileSync(join(DIST, "src/core/inline-builds.js"), text);
  for (const name of ["inline-builds.d.ts", "wasm-import.d.ts"]) {
    cpSync(join(ROOT, "src/core", name), join(DIST, "src/core", name));
  }
}

rmSync(DIST, { recursive: true, force: true });
compile();
renameImports(DIST);
dropServer();
writeModules();
