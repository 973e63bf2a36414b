/**
 * Goal: scripts/setup.mjs installs and builds exactly when something is missing or stale, tells
 * each problem in one line, and leaves stdout and the exit code to the program it starts. Method: a
 * small project in a temporary folder, whose npm, Bun and build are scripts that write down what
 * they were asked for.
 */

import { afterAll, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPTS = join(import.meta.dir, "..", "..", "scripts");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "wasmcached-setup-")));
const LOCK = {
  packages: {
    "": {},
    "node_modules/needed": { version: "1.0.0" },
    "node_modules/tool": { version: "2.0.0", dev: true },
    "node_modules/elsewhere": { version: "3.0.0", optional: true },
  },
};

/** What the fake npm does when it succeeds: everything is there, as the lock says. */
const INSTALL = `mkdir -p node_modules/needed node_modules/tool
echo '{"version":"1.0.0"}' > node_modules/needed/package.json
echo '{"version":"2.0.0"}' > node_modules/tool/package.json`;

let root: string;
let count = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  root = join(folder, String(count++));
  for (const part of ["scripts", "bin", "assembly", "tools"]) {
    mkdirSync(join(root, part), { recursive: true });
  }
  for (const file of ["setup.mjs", "build-stamp.mjs"]) {
    copyFileSync(join(SCRIPTS, file), join(root, "scripts", file));
  }
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(LOCK));
  writeFileSync(join(root, "package.json"), '{"dependencies":{"needed":"1.0.0"}}');
  writeFileSync(join(root, "asconfig.json"), "{}");
  writeFileSync(join(root, "assembly", "index.ts"), "one");
  // Stands for the compiler: each output is there afterwards.
  writeFileSync(
    join(root, "scripts", "build.ts"),
    `import { appendFileSync, mkdirSync } from "node:fs";
    appendFileSync("log", "build\\n"); mkdirSync("build/server", { recursive: true });
    if (process.env.BUILD_FAILS) process.exit(1);
    for (const name of ["core", "core.server", "core.threads", "core.debug"])
      appendFileSync("build/" + name + ".wasm", "");
    appendFileSync("build/server/sources.json", "{}");
    console.log("chatter");`,
  );
  writeFileSync(join(root, "scripts", "check.ts"), "console.log(process.argv.slice(2).join())");
  script("bin/wasmcached", 'echo "served $*"; exit 7');
  script("tools/npm", `echo "npm $1" >> log; ${INSTALL}`);
});

function script(path: string, body: string): void {
  writeFileSync(join(root, path), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What npm and the build were asked for in this run. */
  readonly log: string[];
}

/** Runs setup on the Bun of this test; the project has none of its own. */
function setup(args: string[], environment: Record<string, string> = {}): Run {
  rmSync(join(root, "log"), { force: true });
  const result = Bun.spawnSync([process.execPath, join(root, "scripts", "setup.mjs"), ...args], {
    cwd: folder,
    env: { PATH: `${join(root, "tools")}:/usr/bin:/bin`, ...environment },
  });
  const log = existsSync(join(root, "log")) ? readFileSync(join(root, "log"), "utf8") : "";
  return {
    code: result.exitCode,
    stdout: result.stdout.toString(),
    stderr: result.stderr.toString(),
    log: log.split("\n").filter((line) => line !== ""),
  };
}

/** For root the start names the user to run as, which the server insists on. */
const ROOT_WORDS = process.getuid?.() === 0 ? "-u root " : "";

test("from nothing: installs, builds, starts; then starts only", () => {
  const first = setup(["start", "-p", "1", "a b"]);
  expect(first).toMatchObject({
    code: 7,
    stdout: `served ${ROOT_WORDS}-p 1 a b\n`,
    log: ["npm ci", "build"],
  });
  expect(first.stderr).toContain("setup: installing dependencies (needed is missing)\n");
  expect(first.stderr).toContain("chatter");
  expect(setup(["start"])).toEqual({
    code: 7,
    stdout: `served ${ROOT_WORDS.trim()}\n`,
    stderr: "",
    log: [],
  });
});

test("test hands its arguments to the check", () => {
  expect(setup(["test", "a", "--b"])).toMatchObject({ code: 0, stdout: "a,--b\n" });
});

test("build always builds, and does nothing else", () => {
  expect(setup(["build"])).toMatchObject({ code: 0, stdout: "", log: ["npm ci", "build"] });
  expect(setup(["build"])).toMatchObject({ code: 0, stdout: "", log: ["build"] });
});

test.each<[what: string, change: () => void]>([
  ["a changed source", () => appendFileSync(join(root, "assembly", "index.ts"), "two")],
  ["a new source", () => writeFileSync(join(root, "assembly", "new.ts"), "")],
  ["a changed configuration", () => appendFileSync(join(root, "asconfig.json"), " ")],
  ["a missing output", () => rmSync(join(root, "build", "core.debug.wasm"))],
  ["a missing stamp", () => rmSync(join(root, "build", ".stamp"))],
])("%s means a build", (_, change) => {
  setup(["build"]);
  expect(setup(["start"]).log).toEqual([]);
  change();
  expect(setup(["start"]).log).toEqual(["build"]);
  expect(setup(["start"]).log).toEqual([]);
});

test("a dependency of another version means an installation", () => {
  setup(["build"]);
  writeFileSync(join(root, "node_modules", "needed", "package.json"), '{"version":"0.9.0"}');
  const { stderr, log } = setup(["start"]);
  expect(log).toEqual(["npm ci"]);
  expect(stderr).toBe("setup: installing dependencies (needed is not 1.0.0)\n");
});

test("a built server starts without the developers' tools, but is not tested without", () => {
  setup(["build"]);
  rmSync(join(root, "node_modules", "tool"), { recursive: true });
  expect(setup(["start"]).log).toEqual([]);
  expect(setup(["test"]).log).toEqual(["npm ci"]);
});

test("without a lock file npm installs freely", () => {
  rmSync(join(root, "package-lock.json"));
  expect(setup(["build"]).log).toEqual(["npm install", "build"]);
});

test("a lock file that does not fit is no end", () => {
  const refuse = 'if [ "$1" = ci ]; then echo "npm error code EUSAGE" >&2; exit 1; fi';
  script("tools/npm", `echo "npm $1" >> log; ${refuse}; ${INSTALL}`);
  const { code, stderr, log } = setup(["start"]);
  expect(log).toEqual(["npm ci", "npm install", "build"]);
  expect(stderr).toContain("setup: package-lock.json is not in step with package.json");
  expect(stderr).not.toContain("EUSAGE");
  expect(code).toBe(7);
});

test("npm's words are shown when it fails, and nothing is started", () => {
  script("tools/npm", 'echo "no network" >&2; exit 1');
  const { code, stdout, stderr } = setup(["start"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toEndWith(
    "no network\nsetup: npm could not install the dependencies: see above\n",
  );
});

test("an installation that leaves something out is noticed", () => {
  script("tools/npm", "true");
  const { code, stderr } = setup(["start"]);
  expect(code).toBe(1);
  expect(stderr).toEndWith("setup: the installation left something out: needed is missing\n");
});

test("a failed build leaves no stamp, and nothing is started", () => {
  setup(["build"]);
  appendFileSync(join(root, "assembly", "index.ts"), "two");
  const failed = setup(["start"], { BUILD_FAILS: "1" });
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toEndWith("setup: the build failed: see above\n");
  expect(existsSync(join(root, "build", ".stamp"))).toBe(false);
});

test.each([[[]], [["bogus"]], [["toString"]]])("%j is no command", (args) => {
  expect(setup(args)).toEqual({
    code: 64,
    stdout: "",
    stderr: "setup: usage: setup.mjs start|test|build [arguments...]\n",
    log: [],
  });
});

const node = Bun.which("node");

const withNode = node === null ? test.skip : test;

withNode(
  `under Node, signals pass through${node === null ? " (skipped: node is not installed)" : ""}`,
  async () => {
    setup(["build"]);
    script(
      "bin/wasmcached",
      // Ends by itself, should no signal come: it must not outlive the test.
      "trap 'echo stopped; exit 3' TERM; echo ready; for i in $(seq 60); do sleep 0.05; done",
    );
    const child = Bun.spawn([node!, join(root, "scripts", "setup.mjs"), "start"], {
      stdout: "pipe",
    });
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
    child.kill("SIGTERM");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("stopped\n");
    expect(await child.exited).toBe(3);
  },
);
