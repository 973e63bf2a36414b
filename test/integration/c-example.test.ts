/**
 * Goal: docs/embedding.md is enough for a host that is not JavaScript, and says of each call
 * whether it has a result and what is no integer.
 * Method: examples/c, built and run with the very commands of its README, prints what that shows,
 * and leaves a memory that the core goes on with here. The prototypes that wasm2c writes are
 * compared with the page.
 */
import { afterAll, expect } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { instantiate, moduleOf } from "../../src/core/load.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testWith } from "../support/peers.ts";
import { WASM_PAGE_SIZE } from "../../assembly/shared/limits.ts";

const ROOT = join(import.meta.dir, "..", "..");
const README = readFileSync(join(ROOT, "examples/c/README.md"), "utf8");
const PAGE = readFileSync(join(ROOT, "docs/embedding.md"), "utf8");

/** The compiler takes a few seconds, and the machine may be busy. */
const BUILD_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), "wasmcached-c-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The README's block in this language. */
function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "m").exec(README)?.[1] ?? "";
}

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: ROOT, timeout: BUILD_MS });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

/** Has run the README's commands, with this folder for theirs; what they print. */
let printed: string | null = null;
function built(): string {
  const script = block("sh").replace("folder=build/c\n", `folder=${folder}\n`);
  expect(script).toContain(folder);
  printed ??= run("sh", "-e", "-c", script);
  return printed;
}

testWith(
  "wabt",
  "prints what its README says",
  () => expect(built()).toBe(block("text")),
  BUILD_MS,
);

testWith(
  "wabt",
  "leaves a memory that another host goes on with",
  () => {
    built();
    const file = join(folder, "memory");
    run(join(folder, "cache"), file);
    const bytes = readFileSync(file);
    const pages = bytes.length / WASM_PAGE_SIZE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    new Uint8Array(memory.buffer).set(bytes);
    const core = instantiate(moduleOf("core"), memory);
    expect(core.check()).toBe(0);
    const [inbox, outbox] = [core.inboxPtr(), core.outboxPtr()];
    Buffer.from(memory.buffer).write("whose", inbox);
    const length = core.fetchText(inbox, "whose".length, outbox, 0, 0);
    const reply = Buffer.from(memory.buffer, outbox, length).toString();
    expect(reply).toBe("VALUE whose 0 14\r\nthe original's\r\n");
  },
  BUILD_MS,
);

interface Prototype {
  readonly name: string;
  readonly hasResult: boolean;
  readonly hasFraction: boolean;
}

function byName(calls: Prototype[]): Prototype[] {
  return calls.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The exports of a build, as wasm2c declares them. */
function prototypes(build: string): Prototype[] {
  run("wasm2c", `build/${build}.wasm`, "-n", "core", "-o", join(folder, `${build}.c`));
  const header = readFileSync(join(folder, `${build}.h`), "utf8");
  const calls = header.matchAll(/^(\w+) Z_coreZ_(\w+)\(Z_core_instance_t\*([^)]*)\);$/gm);
  return Array.from(calls, ([, result, name = "", list = ""]) => {
    const types = new Set([result, ...list.split(", ").slice(1)]);
    expect([name, types.isSubsetOf(new Set(["void", "u32", "f64"]))]).toEqual([name, true]);
    return { name, hasResult: result !== "void", hasFraction: types.has("f64") };
  });
}

testWith(
  "wabt",
  "each call has a result where the page says so, and takes an f64 where it names one",
  () => {
    const rows = [...PAGE.matchAll(/^\| `(\w+)\([^)]*\)`([^|]*)\|(.*)\|$/gm)];
    const listed = rows.map(([, name = "", result = "", text = ""]): Prototype => {
      return { name, hasResult: result.includes("→"), hasFraction: /\bf64\b/.test(text) };
    });
    expect(byName(listed)).toEqual(byName(prototypes("core.server")));
  },
  BUILD_MS,
);
