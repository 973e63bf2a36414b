/**
 * Bundles the server into build/server: one file for each kind of thread.
 *
 * Every thread of a server reads and compiles the host for itself, and one file without types takes
 * it less time than a hundred with. `sources.json` says what the bundle was made from, and which
 * files it is; src/main/start.ts runs the sources themselves when any of them is not as it says.
 *
 *     node_modules/.bin/bun scripts/bundle.ts
 */
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type BundledSources, stampOf } from "../src/main/start.ts";

const ROOT = join(import.meta.dir, "..");
const FOLDER = join(ROOT, "build/server");
/** Made here and then put into place, since servers may start meanwhile. */
const NEXT = join(ROOT, "build/server.next");

const ENTRIES = ["src/main/main.ts", "src/server/worker.ts", "src/server/maintenance-thread.ts"];

/** Throws with the bundler's words. */
export async function bundleServer(): Promise<void> {
  rmSync(NEXT, { recursive: true, force: true });
  mkdirSync(NEXT, { recursive: true });
  const stamps: Record<string, string> = {};
  const { outputs } = await Bun.build({
    entrypoints: ENTRIES.map((entry) => join(ROOT, entry)),
    outdir: NEXT,
    naming: "[name].js",
    target: "bun",
    minify: { whitespace: true },
    sourcemap: "linked",
    plugins: [
      {
        name: "stamps",
        setup: (build) => {
          // Before it is read: what is written while the bundle is made is newer than that.
          build.onLoad({ filter: /\.(ts|json)$/ }, ({ path }) => {
            stamps[relative(ROOT, path)] = stampOf(statSync(path));
            return undefined;
          });
        },
      },
    ],
  });
  for (const { path } of outputs) {
    stamps[relative(ROOT, join(FOLDER, relative(NEXT, path)))] = stampOf(statSync(path));
  }
  const file: BundledSources = { stamps };
  writeFileSync(join(NEXT, "sources.json"), `${JSON.stringify(file)}\n`);
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(NEXT, FOLDER);
}

if (import.meta.main) await bundleServer();
