/**
 * What bin/wasmcached runs: the bundled server, or its sources where these are newer.
 *
 * A bundle starts sooner (scripts/bundle.ts makes it). It must never hide a change of the sources,
 * so each of them is looked at, which takes two or three milliseconds.
 */
import { readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dir, "../..");

/** build/server/sources.json: the bundle's files, and those in it, by their names from the root. */
export interface BundledSources {
  readonly stamps: Readonly<Record<string, string>>;
}

/** Differs when a file was written, without reading it. */
export function stampOf({ size, mtimeMs }: Pick<Stats, "size" | "mtimeMs">): string {
  return `${size} ${mtimeMs}`;
}

/** Whether there is a bundle, whole, and every source is as it was when it was made. */
export function isBundleFresh(root: string): boolean {
  try {
    const text = readFileSync(join(root, "build/server/sources.json"), "utf8");
    const { stamps } = JSON.parse(text) as BundledSources;
    return Object.entries(stamps).every(([name, stamp]) => {
      return stampOf(statSync(`${root}/${name}`)) === stamp;
    });
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const program = isBundleFresh(ROOT) ? "build/server/main.js" : "src/main/main.ts";
  await import(pathToFileURL(join(ROOT, program)).href);
}
