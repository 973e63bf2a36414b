/**
 * The package as its users have it: packed, installed into an empty project, and the host programs
 * there, built to plain JavaScript.
 */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { HostReport } from "./host/report.ts";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Runs a program to its end; what it printed. Throws when it failed. */
export async function output(words: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...words], { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return out;
  throw new Error(`${words.join(" ")} ended with ${code}: ${error.slice(-2000)}${out.slice(-500)}`);
}

/** Packs the package into `folder`, as `npm pack` does after its prepack script; the file. */
export async function pack(folder: string): Promise<string> {
  await output([process.execPath, join(ROOT, "scripts/build-dist.ts")], ROOT);
  const words = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  await output(words, ROOT);
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error("npm pack has left no file");
  return join(folder, name);
}

/** An empty project with nothing but the package. */
export async function installInto(folder: string, packed: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: "project", private: true, type: "module" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const quiet = ["--offline", "--no-audit", "--no-fund", "--silent"];
  await output(["npm", "install", ...quiet, packed], folder);
}

/** What the host programs are given: snapshots to restore, or null for everything else they do. */
export function writeSnapshots(folder: string, snapshots: readonly string[] | null): void {
  const text = `export const snapshots = ${JSON.stringify(snapshots)};\n`;
  writeFileSync(join(folder, "snapshots.js"), text);
}

/** The host programs as JavaScript that still imports the package and the snapshots by name. */
export async function buildPrograms(folder: string, main: string, worker?: string): Promise<void> {
  for (const [name, to] of [[main, "main"] as const, [worker, "worker"] as const]) {
    if (name === undefined) continue;
    const built = await Bun.build({
      entrypoints: [join(import.meta.dirname, name)],
      external: ["wasmcached", "wasmcached/*", "*snapshots.js", "node:*"],
      format: "esm",
      target: main.includes("node") ? "node" : "browser",
    });
    const [code] = built.outputs;
    if (code !== undefined) writeFileSync(join(folder, `${to}.js`), await code.text());
  }
}

/** As bundlers for workerd do it: one file, but for the core, which lies beside it. */
export async function bundleForWorkerd(folder: string): Promise<void> {
  const built = await Bun.build({
    entrypoints: [join(folder, "main.js")],
    conditions: ["workerd", "worker", "browser"],
    format: "esm",
    outdir: join(folder, "site"),
    target: "browser",
    plugins: [
      {
        name: "core",
        setup: (build) => {
          build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
        },
      },
    ],
  });
  if (!built.success) throw new AggregateError(built.logs, "the bundle failed");
  const core = "node_modules/wasmcached/dist/build/core.wasm";
  copyFileSync(join(folder, core), join(folder, "site/core.wasm"));
  writeFileSync(join(folder, "workerd.capnp"), WORKERD_CONFIG);
}

const WORKERD_CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [
    (name = "event.js", esModule = "import { test } from 'main.js'; export default { test };"),
    (name = "main.js", esModule = embed "site/main.js"),
    (name = "core.wasm", wasm = embed "site/core.wasm"),
  ],
  compatibilityDate = "2025-01-01",
))]);
`;

/** For a browser, which knows no packages: everything in the one file, by its own bundler. */
export async function bundle(folder: string, name: string): Promise<void> {
  await Bun.build({
    entrypoints: [join(folder, `${name}.js`)],
    conditions: ["browser"],
    format: "esm",
    outdir: join(folder, "site"),
    target: "browser",
  });
}

export function parseReport(text: string): HostReport {
  // Others may write around it.
  const line = text.split("\n").find((words) => words.startsWith('{"passed"')) ?? text;
  return JSON.parse(line) as HostReport;
}
