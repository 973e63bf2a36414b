/**
 * Goal: bin/wasmcached finds its Bun and its program from anywhere, hands the arguments on
 * untouched, lets nothing from the current folder run, and says what is missing in one line.
 * Method: a small installation in a temporary folder with the real launcher, the real Bun, and a
 * program that prints how it was started.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const LAUNCHER = join(import.meta.dir, "..", "..", "bin", "wasmcached");
const SYSTEM_PATH = "/usr/bin:/bin";
const PROGRAM = `console.log(JSON.stringify({
  argv: process.argv.slice(2), cwd: process.cwd(), exec: process.execPath,
  evil: globalThis.evil ?? process.env.EVIL ?? null,
}));`;
const STUB = 'echo "Error: Bun\'s postinstall script was not run." >&2\nexit 1\n';

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wasmcached-launcher-")));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function link(path: string, target: string): string {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
  return path;
}

/** An installation without Bun; returns its root. */
function install(root: string): string {
  mkdirSync(join(root, "bin"), { recursive: true });
  copyFileSync(LAUNCHER, join(root, "bin", "wasmcached"));
  put(join(root, "src", "main", "start.ts"), PROGRAM);
  put(join(root, "build", "core.wasm"), "");
  return root;
}

/** An installation with Bun as its dependency. */
function installWithBun(name: string): string {
  const root = install(join(folder, name));
  link(join(root, "node_modules", "bun", "bin", "bun.exe"), process.execPath);
  return root;
}

interface Run {
  readonly code: number;
  readonly stderr: string;
  readonly said: { argv: string[]; cwd: string; exec: string; evil: string | null } | null;
}

function run(
  command: string[],
  options: { cwd?: string; env?: Record<string, string>; path?: string } = {},
): Run {
  const result = Bun.spawnSync(command, {
    cwd: options.cwd ?? folder,
    env: { PATH: options.path ?? SYSTEM_PATH, HOME: folder, ...options.env },
  });
  const stdout = result.stdout.toString();
  const said = stdout === "" ? null : JSON.parse(stdout);
  return { code: result.exitCode, stderr: result.stderr.toString(), said };
}

test("arguments arrive as they were given, in the caller's folder", () => {
  const root = installWithBun("arguments");
  const argv = ["-p", "1", "--help", "-vv", "", "a b", "--config=x", "*"];
  const { said, stderr } = run([join(root, "bin", "wasmcached"), ...argv]);
  expect(stderr).toBe("");
  expect(said).toMatchObject({ argv, cwd: folder, exec: process.execPath });
});

test("the exit code is the program's", () => {
  const root = installWithBun("code");
  put(join(root, "src", "main", "start.ts"), "process.exit(71)");
  expect(run([join(root, "bin", "wasmcached")]).code).toBe(71);
});

test("the launcher becomes the server: same process, so signals reach it", async () => {
  const root = installWithBun("process");
  put(join(root, "src", "main", "start.ts"), "console.log(process.pid)");
  const child = Bun.spawn([join(root, "bin", "wasmcached")], { stdout: "pipe" });
  expect((await new Response(child.stdout).text()).trim()).toBe(String(child.pid));
});

test("symbolic links are followed, relative and absolute, one after the other", () => {
  installWithBun("links");
  link(join(folder, "a", "wasmcached"), "../links/bin/wasmcached");
  const second = link(join(folder, "b", "memcached"), join(folder, "a", "wasmcached"));
  expect(run([second, "-v"]).said?.argv).toEqual(["-v"]);
  expect(run(["memcached", "-v"], { path: `${dirname(second)}:${SYSTEM_PATH}` }).code).toBe(0);
});

test.each([["bin/wasmcached"], ["./bin/wasmcached"], ["../relative/bin/wasmcached"]])(
  "started as %s",
  (name) => {
    const root = join(folder, "relative");
    if (!Bun.file(join(root, "bin", "wasmcached")).size) installWithBun("relative");
    expect(run([name, "-v"], { cwd: root }).said?.argv).toEqual(["-v"]);
  },
);

test("started by sh from its own folder, and from a folder with spaces", () => {
  const root = installWithBun("with a space");
  expect(run(["sh", "wasmcached", "-v"], { cwd: join(root, "bin") }).said?.argv).toEqual(["-v"]);
});

test("as a package: Bun is beside it in node_modules", () => {
  const modules = join(folder, "project", "node_modules");
  const root = install(join(modules, "wasmcached"));
  link(join(modules, "bun", "bin", "bun.exe"), process.execPath);
  const bin = link(join(modules, ".bin", "wasmcached"), "../wasmcached/bin/wasmcached");
  expect(run([bin]).said).not.toBeNull();
  expect(run([join(root, "bin", "wasmcached")]).code).toBe(0);
});

test("where install scripts are blocked, the binary of the platform package is used", () => {
  const root = install(join(folder, "blocked"));
  put(join(root, "node_modules", "bun", "bin", "bun.exe"), STUB, 0o755);
  link(join(root, "node_modules", "@oven", "bun-here", "bin", "bun"), process.execPath);
  expect(run([join(root, "bin", "wasmcached")]).said).not.toBeNull();
});

test("without a dependency, the Bun on the PATH is used", () => {
  const root = install(join(folder, "path"));
  link(join(folder, "tools", "bun"), process.execPath);
  const path = `${join(folder, "tools")}:${SYSTEM_PATH}`;
  expect(run([join(root, "bin", "wasmcached")], { path }).said).not.toBeNull();
});

test("no Bun anywhere is one clear line", () => {
  const root = install(join(folder, "nobun"));
  put(join(root, "node_modules", "bun", "bin", "bun.exe"), STUB, 0o755);
  const { code, stderr } = run([join(root, "bin", "wasmcached")], { path: SYSTEM_PATH });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `wasmcached: Bun is missing: run \`npm install\` in ${root}, or put bun on the PATH\n`,
  );
});

test("no core.wasm is one clear line", () => {
  const root = installWithBun("unbuilt");
  rmSync(join(root, "build"), { recursive: true });
  const { code, stderr } = run([join(root, "bin", "wasmcached")]);
  expect(code).toBe(1);
  expect(stderr).toBe(`wasmcached: build/core.wasm is missing: run \`npm run build\` in ${root}\n`);
});

test("links that lead to each other are no endless loop", () => {
  const one = join(folder, "one");
  link(one, join(folder, "two"));
  link(join(folder, "two"), one);
  const result = run(["sh", "-c", `. ${LAUNCHER}`, one]);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain("too many symbolic links");
});

test("nothing in the current folder, in the home folder or in the environment runs", () => {
  const root = installWithBun("safe");
  const evil = join(folder, "evil");
  const script = put(join(evil, "evil.js"), "globalThis.evil = 'preload'");
  put(join(evil, "bunfig.toml"), 'preload = ["./evil.js"]');
  put(join(evil, ".bunfig.toml"), 'preload = ["./evil.js"]');
  put(join(evil, ".env"), "EVIL=env");
  put(join(evil, ".env.local"), "EVIL=env");
  put(join(evil, "package.json"), '{"bin": "./evil.js", "scripts": {"start": "exit 9"}}');
  const env = {
    HOME: evil,
    XDG_CONFIG_HOME: evil,
    BUN_OPTIONS: `--preload ${script}`,
    BUN_INSPECT_PRELOAD: script,
    BUN_BE_BUN: "1",
    NODE_OPTIONS: `--require ${script}`,
    NODE_PATH: evil,
  };
  const { said, stderr } = run([join(root, "bin", "wasmcached")], { cwd: evil, env });
  expect(stderr).toBe("");
  expect(said).toMatchObject({ evil: null });
});

/** What Bun's allocator takes its options to be, started by the launcher. */
function allocatorOptions(root: string, env: Record<string, string>): Map<string, string> {
  const told = run([join(root, "bin", "wasmcached")], { env: { ...env, MIMALLOC_VERBOSE: "1" } });
  const lines = told.stderr.matchAll(/^option '(\w+)': (\S+)/gm);
  return new Map([...lines].map((line) => [line[1]!, line[2]!]));
}

// The names are those of one version of Bun: another one may not know them, and would say nothing.
test("the allocator keeps freed memory for two seconds, or as the environment says", () => {
  const root = installWithBun("allocator");
  const ours = allocatorOptions(root, {});
  expect(ours.get("purge_delay")).toBe("2000");
  expect(ours.get("purge_holes_min_interval")).toBe("2000");
  const theirs = allocatorOptions(root, { MIMALLOC_PURGE_DELAY: "7" });
  expect(theirs.get("purge_delay")).toBe("7");
  expect(theirs.get("purge_holes_min_interval")).toBe("2000");
});
