/**
 * Builds the WASM core: every target of asconfig.json, from one source. Then bundles the server.
 *
 * The compiler runs in this process, so that a build costs one start-up. Output goes to build/; the
 * stamp that tells a fresh build from a stale one is written by scripts/setup.mjs.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createMemoryStream, main } from "assemblyscript/asc";
import asconfig from "../asconfig.json";
import { bundleServer } from "./bundle.ts";

const root = join(import.meta.dir, "..");
const MISLEADING = "Last converge was suboptimal.";

/** The target that leaves out what only a server wants. */
const EMBEDDED = "release";

/** Compiles one target; prints what the compiler says, and tells whether it succeeded. */
export async function buildTarget(name: string, extra: string[] = []): Promise<boolean> {
  const stderr = createMemoryStream();
  const result = await main(
    [
      name === EMBEDDED ? "assembly/index.ts" : "assembly/index-server.ts",
      "--config",
      "asconfig.json",
      "--target",
      name,
      "--baseDir",
      root,
      ...extra,
    ],
    { stderr },
  );
  const text = stderr.toString().replaceAll(`${MISLEADING}\n`, "").trim();
  if (text !== "") console.error(text);
  return result.error === null && text === "";
}

if (import.meta.main) {
  mkdirSync(join(root, "build"), { recursive: true });
  for (const target of Object.keys(asconfig.targets)) {
    if (!(await buildTarget(target))) {
      console.error(`build: target ${target} failed`);
      process.exit(1);
    }
  }
  await bundleServer();
}
