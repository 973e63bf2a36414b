/**
 * The linter enforces who may import whom, by folder.
 *
 * The two tables here say it once more, independently of .oxlintrc.json. For every pair of folders
 * a file that imports across is written into a copy of the house, the linter is run there once with
 * the real configuration, and it has to complain about exactly the pairs that are not in the
 * tables.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const OXLINT = join(ROOT, "node_modules/.bin/oxlint");

/** src/: folder → what it may import. "~x": types of x only. */
const HOST: Record<string, string[]> = {
  base: ["node:crypto", "node:fs"],
  protocol: ["base", "shared"],
  core: ["base", "shared", "node:fs"],
  cache: ["core", "base", "shared"],
  command: ["protocol", "core", "base", "shared"],
  connection: ["command", "protocol", "base", "shared"],
  server: ["connection", "core", "base", "~command"],
};
const ABOVE = ["base", "protocol", "core", "command", "connection", "server"];
const RUNTIME = ["bun", "bun:ffi", "node:crypto", "node:fs", "node:net", "node:v8"];
const PLATFORM = ["shared", ...RUNTIME];
HOST["server"]?.push(...RUNTIME);
HOST["main"] = [...ABOVE, ...PLATFORM];
HOST["index"] = [...ABOVE, ...PLATFORM, "main", "cache"];

/** assembly/: folder → what it may import. */
const CORE: Record<string, readonly string[]> = { shared: [], base: ["shared"] };
CORE["item"] = ["base", "shared"];
CORE["slab"] = CORE["hash"] = CORE["lru"] = ["item", "base", "shared"];
CORE["store"] = ["lru", "hash", "slab", "item", "base", "shared"];
CORE["maintenance"] = [...CORE["store"], "store"];
CORE["index"] = [...CORE["maintenance"], "maintenance"];
CORE["index-server"] = [...CORE["index"], "index"];
CORE["probe"] = [...CORE["index-server"], "index-server"];

const OUTSIDE = [...RUNTIME, "mitata", "test", "bench", "scripts"];
const SINGLE_FILES = new Set(["index", "index-server", "probe"]);

interface Sample {
  readonly path: string;
  readonly text: string;
  readonly isAllowed: boolean;
}

/** How `target` is written in a file `depth` folders below src/ or assembly/. */
function specifier(tree: "src" | "assembly", target: string, depth: number): string {
  const up = depth === 0 ? "./" : "../".repeat(depth);
  if (/^(bun|node|mitata)/.test(target)) return target;
  if (target === "src") return `${"../".repeat(depth + 1)}src/base/a.ts`;
  if (/^(test|bench|scripts)$/.test(target)) return `${"../".repeat(depth + 1)}${target}/a.ts`;
  if (tree === "assembly") return SINGLE_FILES.has(target) ? up + target : `${up}${target}/a`;
  if (target === "shared") return `${"../".repeat(depth + 1)}assembly/shared/a.ts`;
  if (target === "assembly") return `${"../".repeat(depth + 1)}assembly/store/a.ts`;
  return SINGLE_FILES.has(target) ? `${up}${target}.ts` : `${up}${target}/a.ts`;
}

/** The places in a folder from which imports are tried: itself, and a folder in it. */
function placesIn(tree: string, folder: string): [path: string, depth: number][] {
  if (SINGLE_FILES.has(folder)) return [[`${tree}/${folder}.ts`, 0]];
  return [
    [`${tree}/${folder}/from.ts`, 1],
    [`${tree}/${folder}/deep/from.ts`, 2],
  ];
}

function samplesOf(tree: "src" | "assembly", table: Record<string, readonly string[]>): Sample[] {
  const extra = tree === "src" ? [...OUTSIDE, "shared", "assembly"] : [...OUTSIDE, "src"];
  const targets = [...Object.keys(table), ...extra];
  return Object.entries(table).flatMap(([folder, allowed]) =>
    placesIn(tree, folder).flatMap(([path, depth]) =>
      targets
        .filter((target) => target !== folder)
        .flatMap((target, index): Sample[] => {
          const from = JSON.stringify(specifier(tree, target, depth));
          const isAllowed = allowed.includes(target);
          const asType = isAllowed || allowed.includes(`~${target}`);
          return [
            { path, text: `import { a as a${index} } from ${from};`, isAllowed },
            { path, text: `import type { b as b${index} } from ${from};`, isAllowed: asType },
            { path, text: `export { c as c${index} } from ${from};`, isAllowed },
          ];
        }),
    ),
  );
}

/** Structured clones are an entry of the package's own, and the one file that wants node:v8. */
const CLONES = "src/cache/structured-clone.ts";

const CLONES_ALLOWED = ["node:v8", "./a.ts", "../core/a.ts"];
const CLONES_REFUSED = ["node:fs", "bun", "../server/a.ts", "../index.ts", "../../test/a.ts"];

const CLONE_SAMPLES = [...CLONES_ALLOWED, ...CLONES_REFUSED].map((from, index): Sample => ({
  path: CLONES,
  text: `import { a as a${index} } from "${from}";`,
  isAllowed: CLONES_ALLOWED.includes(from),
}));

const SAMPLES = [...samplesOf("src", HOST), ...samplesOf("assembly", CORE), ...CLONE_SAMPLES];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** Runs the linter over files, all lines of a path in one file; `path:line` of each complaint. */
function lint(
  folder: string,
  files: ReadonlyMap<string, readonly string[]>,
  rule: string,
): string[] {
  copyFileSync(join(ROOT, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [path, lines] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), lines.join("\n"));
  }
  const { stdout } = Bun.spawnSync([OXLINT, "--format", "json"], { cwd: folder });
  const { diagnostics } = JSON.parse(stdout.toString()) as { diagnostics: Diagnostic[] };
  return diagnostics
    .filter(({ code }) => code.includes(`(${rule})`))
    .map(({ filename, labels }) => `${filename}:${labels[0]?.span.line}`);
}

describe("the ranks of the folders", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wasmcached-ranks-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are what the linter enforces, for every pair", () => {
    const files = Map.groupBy(SAMPLES, ({ path }) => path);
    const texts = new Map([...files].map(([path, all]) => [path, all.map(({ text }) => text)]));
    const refused = new Set(lint(folder, texts, "no-restricted-imports"));
    const wrong = [...files.values()].flatMap((samples) =>
      samples
        .filter(({ path, isAllowed }, at) => refused.has(`${path}:${at + 1}`) === isAllowed)
        .map(({ path, text, isAllowed }) => `${path}: ${text} ${isAllowed ? "refused" : "passes"}`),
    );
    expect(wrong).toEqual([]);
    expect(refused.size).toBeGreaterThan(500);
  });

  test("know no cycle, not even one of types", () => {
    const files = new Map([
      ["src/base/a.ts", ['import type { b } from "./b.ts";', "export type a = b;"]],
      ["src/base/b.ts", ['import type { a } from "./a.ts";', "export type b = a;"]],
      ["assembly/base/a.ts", ['import { b } from "./b";', "export const a = b;"]],
      ["assembly/base/b.ts", ['import { a } from "./a";', "export const b = a;"]],
    ]);
    const house = join(folder, "cycles");
    mkdirSync(house);
    const found = lint(house, files, "no-cycle").map((place) => place.split(":")[0]);
    expect(found.sort()).toEqual([...files.keys()].sort());
  });

  test("leave Bun to the server, and WebAssembly to the core", () => {
    const line = ["export const a = [Bun.version, WebAssembly.Module];"];
    const folders = Object.keys(HOST).filter((name) => name !== "index");
    const files = new Map(folders.map((name) => [`src/${name}/globals.ts`, line]));
    const house = join(folder, "globals");
    mkdirSync(house);
    const found = lint(house, files, "no-restricted-globals").map((place) =>
      basename(dirname(place)),
    );
    const counts = folders.map((name) => [name, found.filter((other) => other === name).length]);
    expect(Object.fromEntries(counts)).toEqual({
      base: 2,
      cache: 2,
      protocol: 2,
      core: 1,
      command: 2,
      connection: 2,
      server: 1,
      main: 1,
    });
  });
});
