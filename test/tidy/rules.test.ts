/**
 * Every tidy rule can fail: each gets samples that it must refuse, and near misses it must let
 * pass.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bannedWords } from "./banned-words.ts";
import { RULES } from "./rules.ts";
import { type Source, describeFindings, gitPaths, source, walkedPaths } from "./sources.ts";

type Files = Readonly<Record<string, string>>;

interface Samples {
  readonly bad: readonly Files[];
  readonly good: readonly Files[];
}

const HEADER = "/** What it is. */\n";
const VERSION_FILES: Files = {
  "package.json": '{\n  "version": "1.2.3"\n}',
  "package-lock.json": '{\n  "version": "1.2.3"\n}',
  "src/base/version.ts": 'export const WASMCACHED_VERSION = "1.2.3";',
};
const LINT_CONFIG: Files = { ".oxlintrc.json": '{ "files": ["src/base/**"] }' };

function lines(count: number, line = "x();"): string {
  return Array.from({ length: count }, () => line).join("\n");
}

const SAMPLES: Record<keyof typeof RULES, Samples> = {
  "lines of at most 100 columns": {
    bad: [
      { "src/a.ts": "x".repeat(101) },
      { "docs/a.md": "word ".repeat(21) },
      { "bin/a": `#!/bin/sh\n# ${"x".repeat(99)}` },
    ],
    good: [
      { "src/a.ts": "─".repeat(100) },
      { "docs/a.md": `| ${"x".repeat(120)} |\n\`\`\`\n${"x".repeat(120)}\n\`\`\`` },
      { "a.json": "x".repeat(101) },
    ],
  },
  "functions of at most 70 lines": {
    bad: [
      { "src/a.ts": `function f() {\n${lines(69)}\n}` },
      { "assembly/a.ts": `class A {\n  f(): void {\n${lines(69)}\n  }\n}` },
      { "test/a.test.ts": `test("t", () => {\n${lines(69)}\n});` },
    ],
    good: [
      { "src/a.ts": `function f() {\n${lines(68)}\n}` },
      { "test/a.test.ts": `describe.each([1])("t", () => {\n${lines(80)}\n});` },
    ],
  },
  "files of at most 500 lines": {
    bad: [{ "src/a.ts": `${lines(501)}\n` }],
    good: [{ "src/a.ts": `${lines(500)}\n` }, { "docs/a.md": lines(600) }],
  },
  "a header comment in each file": {
    bad: [{ "src/a.ts": "x();" }, { "scripts/a.mjs": "#!/usr/bin/env node\nx();" }],
    good: [{ "src/a.ts": HEADER }, { "scripts/a.mjs": `#!/usr/bin/env node\n${HEADER}` }],
  },
  "names in kebab-case that say something": {
    bad: [{ "src/fileLimit.ts": "" }, { "src/File_Limit/a.ts": "" }, { "src/utils.ts": "" }],
    good: [
      { "src/file-limit.test.ts": "", "README.md": "", LICENSE: "", ".oxlintrc.json": "" },
      { ".ci/run": "", "bench/results/2001-02-03-abc1234-core.md": "", "a/b.d.mts": "" },
    ],
  },
  "no banned words": {
    bad: [{ "docs/a.md": "FIXME" }],
    good: [{ "src/core/load.ts": "x as unknown as Y" }],
  },
  "no `any`": {
    bad: [{ "src/a.ts": "let a: any;" }, { "test/a.ts": "f<Record<string, any>>();" }],
    good: [{ "src/a.ts": "// any\nlet any = 'any';" }],
  },
  "no default exports": {
    bad: [{ "src/a.ts": "export default 1;" }, { "src/a.ts": "export default function f() {}" }],
    good: [{ "src/a.ts": "export const a = 1;" }],
  },
  "no top-level decorators in the core": {
    bad: [
      { "assembly/a.ts": "@inline const A = 1;" },
      { "assembly/a.ts": "@inline function f(){}" },
    ],
    good: [{ "assembly/a.ts": "@unmanaged class A { @inline get b(): i32 { return 1; } }" }],
  },
  "no dead files": {
    bad: [
      { "src/main/main.ts": 'import "./a.ts";', "src/main/a.ts": "", "src/main/b.ts": "" },
      { "assembly/index.ts": "", "assembly/a.ts": 'import "./b";', "assembly/b.ts": "" },
    ],
    good: [
      { "src/main/main.ts": 'new URL("./a.ts", base);', "src/main/a.ts": "" },
      { "assembly/index.ts": 'import { a } from "./a/a";', "assembly/a/a.ts": "" },
      {
        "test/a.test.ts": 'run("test/b.ts"); import "../src/a.ts";',
        "test/b.ts": "",
        "src/a.ts": "",
      },
    ],
  },
  "links that lead somewhere": {
    bad: [
      { "README.md": "[a](docs/a.md)" },
      { "README.md": "[a](docs/a.md#other)", "docs/a.md": "# One thing" },
      { "docs/a.md": "[a](README.md)", "README.md": "" },
    ],
    good: [
      { "README.md": "[a](docs/a.md#one-thing-x)", "docs/a.md": "# One thing: `x`" },
      { "docs/a.md": "[a](../README.md) [b](../docs) [c](https://a.b/c)", "README.md": "" },
      { "docs/a.md": "`[a](b.md)`\n```\n[a](b.md)\n```" },
    ],
  },
  "documents that exist": {
    bad: [{ "src/a.ts": "// see docs/a.md" }],
    good: [{ "src/a.ts": "// see docs/a.md", "docs/a.md": "" }],
  },
  "paths that exist": {
    bad: [
      { "docs/a.md": "see `src/b.ts`", "src/a.ts": "" },
      { "docs/a.md": "in `src/b`", "src/bc/a.ts": "" },
      { "README.md": "| `b.test.ts` |", "test/ab.test.ts": "" },
      { "README.md": "`src/c/d.ts`", "test/src/c/d.ts": "", "src/a.ts": "" },
      { "README.md": "`src/b-*.ts`", "src/b-/c.ts": "", "src/b.ts": "" },
    ],
    good: [
      { "docs/a.md": "`src/b/`, `src/b`, `b/c-d.ts`, `c-d.ts`, `c-*.ts`", "src/b/c-d.ts": "" },
      { "CHANGELOG.md": "`src/b.ts`", "src/a.ts": "" },
      { "README.md": "`made/here.js`, `get/s`\n```\n`src/b.ts`\n```", "src/a.ts": "" },
    ],
  },
  "one word for one thing": {
    bad: [{ "docs/a.md": "each cache entry" }, { "assembly/a.ts": "// while rehashing" }],
    good: [{ "docs/a.md": "each item; an entry of the table" }],
  },
  "no paths of one machine": {
    bad: [{ "src/a.ts": '"/home/x"' }, { "README.md": "cd /home/me" }, { "docs/a.md": "/tmp/x" }],
    good: [
      { "test/a.ts": '"/home/x"' },
      { "src/a.ts": "// https://a.b/home and ../tmp/x, <a>/home" },
    ],
  },
  "one version": {
    bad: [{ ...VERSION_FILES, "src/base/version.ts": 'WASMCACHED_VERSION = "1.2.4"' }, {}],
    good: [VERSION_FILES],
  },
  "a rank for each folder": {
    bad: [
      { ...LINT_CONFIG, "src/new/a.ts": "" },
      { ...LINT_CONFIG, "assembly/a.ts": "" },
    ],
    good: [{ ...LINT_CONFIG, "src/base/a.ts": "", "assembly/b.d.ts": "", "src/README.md": "" }],
  },
};

function sourcesOf(files: Files): Source[] {
  return Object.entries(files).map(([path, text]) => source(path, text));
}

/** `as unknown as` has one place: the ban would call for a lower count where there is none. */
const CAST: Files = { "src/core/load.ts": "x as unknown as Y" };

describe.each(Object.entries(RULES))("%s", (title, rule) => {
  const { bad, good } = SAMPLES[title as keyof typeof RULES];

  test.each([...bad.entries()])("refuses sample %#", (_index, files) => {
    expect(rule(sourcesOf({ ...CAST, ...files })).length).toBeGreaterThan(0);
  });

  test.each([...good.entries()])("lets sample %# pass", (_index, files) => {
    expect(describeFindings(rule(sourcesOf(files)))).toBe("");
  });
});

const BANNED: readonly Files[] = [
  { "src/a.ts": "// XXX" },
  { "bin/a": "# HACK" },
  { "src/a.ts": "// TODO: later" },
  { "src/server/a.ts": "console.log(1)" },
  { "src/a.ts": "// @ts-ignore" },
  { "test/a.ts": "// oxlint-disable-next-line" },
  { "src/a.ts": "// prettier-ignore" },
  { "src/a.ts": "x as unknown as Y" },
  { "test/a.test.ts": 'test.only("t", f)' },
  { "assembly/a.ts": "Math.random()" },
  { "src/core/a.ts": "Date.now()" },
  { "src/connection/a.ts": "performance.now()" },
  { "src/command/a.ts": "new Date()" },
  { "src/a.ts": "  debugger;" },
];

test.each([...BANNED.entries()])("banned sample %# is refused", (_index, files) => {
  const findings = bannedWords(sourcesOf({ ...CAST, ...files }));
  const where = Object.keys(files)[0] ?? "";
  expect(findings.map(({ path }) => path)).toContain(where);
});

test("words that only look banned pass", () => {
  const files = {
    ...CAST,
    "src/base/a.ts": "mkdtemp('XXXXXX'); hackneyed; now = Date.now(); // TODO(ann, #12): later",
    "src/main/a.ts": "console.log(1)",
    "src/index.ts": " * console.log(1)\n// console.log(1)",
    "test/tidy/a.ts": "FIXME",
  };
  expect(describeFindings(bannedWords(sourcesOf(files)))).toBe("");
});

test("a count that could be lower is refused", () => {
  const ban = { word: /x/, allowed: 2, reason: "r" };
  expect(bannedWords(sourcesOf({ a: "x\nx" }), [ban])).toEqual([]);
  expect(bannedWords(sourcesOf({ a: "x" }), [ban]).length).toBe(1);
});

describe("the files of a repository", () => {
  const FILES = ["a.ts", "b/c.ts", "node_modules/x.js", "b/d.log", "out/e", "core.1", "b/core.1"];
  const KEPT = [".gitignore", "a.ts", "b/c.ts", "b/core.1"];

  function withFolder(use: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), "wasmcached-tidy-"));
    try {
      for (const file of FILES) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), "");
      }
      writeFileSync(join(folder, ".gitignore"), "node_modules/\nout/\n*.log\n/core.[0-9]*\n");
      use(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("are found without git", () => {
    withFolder((folder) => expect(walkedPaths(folder)).toEqual(KEPT));
  });

  test.skipIf(Bun.which("git") === null)("are those of git (skipped: git is absent)", () => {
    withFolder((folder) => {
      expect(gitPaths(folder)).toBeNull();
      Bun.spawnSync(["git", "init", "-q"], { cwd: folder });
      expect(gitPaths(folder)).toEqual(KEPT);
    });
  });
});
