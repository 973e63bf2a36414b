/**
 * Bundles the server into build/server: one file for each kind of thread.
 *
 * Every thread of a server reads and compiles the host for itself. A hundred source files take it
 * several times as long as one file without types. `sources.json` says what the bundle was made
 * from; src/main/start.ts runs the sources themselves when they have changed since.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type BundledSources, stampOf } from "../src/main/start.ts";

const ROOT = join(import.meta.dir, "..");
const FOLDER = join(ROOT, "build/server");

const ENTRIES = ["src/main/main.ts", "src/server/worker.ts", "src/server/maintenance-thread.ts"];

/** Throws with the bundler's words. */
export async function bundleServer(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const sources = new Set<string>();
  const { outputs } = await Bun.build({
    entrypoints: ENTRIES.map((entry) => join(ROOT, entry)),
    outdir: FOLDER,
    naming: "[name].js",
    target: "bun",
    minify: { whitespace: true },
    sourcemap: "linked",
    plugins: [
      {
        name: "sources",
        setup: (build) => {
          build.onLoad({ filter: /\.(ts|json)$/ }, ({ path }) => {
            sources.add(path);
            return undefined;
          });
        },
      },
    ],
  });
  if (outputs.length === 0) throw new Error("nothing was bundled");
  const stamps: Record<string, string> = {};
  for (const path of [...sources].sort()) stamps[relative(ROOT, path)] = stampOf(statSync(path));
  const file: BundledSources = { stamps };
  writeFileSync(join(FOLDER, "sources.json"), `${JSON.stringify(file)}\n`);
}
