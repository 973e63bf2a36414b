/**
 * Setup: `npm start`, `npm test` and `npm run build` from any state of the checkout.
 *
 *   node scripts/setup.mjs start|test|build [arguments…]
 *
 * Looks at what is there and does what is missing: installs the dependencies, builds the WASM,
 * then hands over to bin/wasmcached or scripts/check.ts with the remaining arguments. Runs before
 * anything is installed, so: plain JavaScript, no dependencies, Node or Bun. What it installs and
 * builds is told on stderr, never on stdout, which belongs to the program started.
 *
 * Invariant: when all is there, only files are read, and this costs a few milliseconds.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuilt, removeStamp, sourceHash, writeStamp } from "./build-stamp.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR_MIN = 20;
/** Smaller than this and it is the stand-in of a package whose install script was blocked. */
const BUN_SIZE_MIN = 1_000_000;
/** Signals someone may send to this process and mean the program it started. */
const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

const COMMANDS = { start, test, build };

function main() {
  const [name, ...args] = process.argv.slice(2);
  checkRuntime();
  const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (command === undefined) fail("usage: setup.mjs start|test|build [arguments...]", 64);
  command(args);
}

function start(args) {
  // A built server runs without the tools of its developers, so those may be absent.
  if (isBuilt(ROOT)) ensureDependencies({ development: false });
  else buildFresh();
  // For a first try: not open to the network, and no user to switch to. Options given win.
  process.env.WASMCACHED_LISTEN ??= "127.0.0.1";
  const isRoot = process.getuid?.() === 0;
  handOver(join(ROOT, "bin", "wasmcached"), isRoot ? ["-u", "root", ...args] : args);
}

function test(args) {
  if (isBuilt(ROOT)) ensureDependencies({ development: true });
  else buildFresh();
  handOver(findBun(), [join(ROOT, "scripts", "check.ts"), ...args]);
}

function build() {
  buildFresh();
}

// ── Runtime ──────

function checkRuntime() {
  if (process.versions.bun !== undefined) return;
  const major = Number.parseInt(process.versions.node, 10);
  if (major >= NODE_MAJOR_MIN) return;
  fail(`Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.versions.node}`);
}

function fail(message, code = 1) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(code);
}

function note(message) {
  process.stderr.write(`setup: ${message}\n`);
}

// ── Dependencies ──────

function ensureDependencies({ development }) {
  const missing = findMissing(development);
  if (missing === null) return;
  note(`installing dependencies (${missing})`);
  install();
  const still = findMissing(development);
  if (still !== null) fail(`the installation left something out: ${still}`);
}

/** What is not installed as asked for, in words, or null when everything is. */
function findMissing(development) {
  for (const [path, version] of wantedPackages(development)) {
    const installed = readJson(join(ROOT, path, "package.json"))?.version;
    const name = path.replace(/^.*node_modules\//, "");
    if (installed === undefined) return `${name} is missing`;
    if (version !== null && installed !== version) return `${name} is not ${version}`;
  }
  return null;
}

/** Folder → version, from the lock file; names alone where there is none. */
function wantedPackages(development) {
  const lock = readJson(join(ROOT, "package-lock.json"));
  if (lock?.packages !== undefined) {
    return Object.entries(lock.packages)
      .filter(([path, entry]) => path !== "" && isWanted(path, entry, development))
      .map(([path, entry]) => [path, entry.version ?? null]);
  }
  const manifest = readJson(join(ROOT, "package.json")) ?? {};
  const tools = development ? manifest.devDependencies : {};
  const names = Object.keys({ ...manifest.dependencies, ...tools });
  return names.map((name) => [`node_modules/${name}`, null]);
}

/** The server's runtime. Who embeds the cache needs none, so it is no dependency of the package. */
const RUNTIME = "node_modules/bun";

/** Optional packages are those of other platforms; whether ours is there shows in findBun(). */
function isWanted(path, entry, development) {
  if (entry.optional || entry.devOptional || entry.link) return false;
  return development || !entry.dev || path === RUNTIME;
}

function install() {
  // The level is set because `npm start --silent` hands its own on; the code is looked for below.
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const locked = existsSync(join(ROOT, "package-lock.json"));
  let npm = locked ? runQuietly("npm", ["ci", ...quiet]) : null;
  if (npm?.output.includes("EUSAGE")) {
    // `npm ci` refuses before it has touched anything; `npm install` brings the two together.
    note("package-lock.json is not in step with package.json: using `npm install`");
    npm = null;
  }
  npm ??= runQuietly("npm", ["install", ...quiet]);
  if (npm.status === 0) return;
  if (npm.status !== null) {
    process.stderr.write(npm.output);
    fail("npm could not install the dependencies: see above");
  }
  // Without npm it takes a Bun: the one this runs on, or the one on the PATH.
  const tool = process.versions.bun === undefined ? "bun" : process.execPath;
  const bun = runQuietly(tool, ["install", "--no-save"], { BUN_BE_BUN: "1" });
  if (bun.status === null) fail("npm is missing, and the dependencies have to be installed");
  if (bun.status === 0) return;
  process.stderr.write(bun.output);
  fail("Bun could not install the dependencies: see above");
}

// ── Bun and the WASM ──────

/** The project's own Bun, else the one this runs on, else the one on the PATH. */
function findBun() {
  const own = ownBunFiles().find((file) => fileSize(file) > BUN_SIZE_MIN);
  if (own !== undefined) return own;
  if (process.versions.bun !== undefined) return process.execPath;
  if (spawnSync("bun", ["--version"]).status === 0) return "bun";
  return fail("Bun is missing: `npm install` did not bring it, and none is on the PATH");
}

function ownBunFiles() {
  const modules = join(ROOT, "node_modules");
  const platforms = join(modules, "@oven");
  const folders = existsSync(platforms) ? readdirSync(platforms) : [];
  return [
    join(modules, "bun", "bin", "bun.exe"),
    ...folders.map((folder) => join(platforms, folder, "bin", "bun")),
  ];
}

function buildFresh() {
  ensureDependencies({ development: true });
  note("building the WASM core");
  const hash = sourceHash(ROOT);
  removeStamp(ROOT);
  const args = [join(ROOT, "scripts", "build.ts")];
  const { status } = spawnSync(findBun(), args, { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (status !== 0) fail("the build failed: see above");
  writeStamp(ROOT, hash);
}

// ── Other programs ──────

/** Runs a tool with its output kept back. `status` is null when there is no such tool. */
function runQuietly(tool, args, environment = {}) {
  const env = { ...process.env, ...environment };
  const stdio = ["ignore", "pipe", "pipe"];
  const result = spawnSync(tool, args, { cwd: ROOT, env, stdio, encoding: "utf8" });
  if (result.error?.code === "ENOENT") return { status: null, output: "" };
  return { status: result.status ?? 1, output: `${result.stdout}${result.stderr}` };
}

/** Becomes the program, or where that is not possible, stands in for it: same streams, same end. */
function handOver(program, args) {
  if (typeof process.execve === "function" && program.startsWith("/")) {
    // Node calls it experimental, on stderr; that is none of the user's business.
    process.emitWarning = () => {};
    process.execve(program, [program, ...args], process.env);
  }
  let child = null;
  // Before the start: a signal that comes in between must not leave the program behind alone.
  for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child?.kill(signal));
  child = spawn(program, args, { stdio: "inherit" });
  child.on("error", (error) => fail(`cannot start ${program}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
  });
}

// ── Files ──────

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function fileSize(file) {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

main();
