/**
 * docs/embedding.md agrees with the core: its examples run and print what the page says, it lists
 * every export with its arguments, and its numbers are those of assembly/shared.
 */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";
import { LogArea, LogField, LogKind, LogType } from "../../assembly/shared/log.ts";
import {
  Argument,
  CrawlSum,
  CrawlTicket,
  MoveBusy,
  MoveStatus,
  Fetch,
  Gone,
  HashAlgorithm,
  ItemState,
  Option,
  Result,
  Status,
  StoreMode,
  With,
} from "../../assembly/shared/status.ts";
import { instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";

const ROOT = join(import.meta.dir, "..", "..");
const PAGE = readFileSync(join(ROOT, "docs", "embedding.md"), "utf8");

/** The fenced blocks of a language, in order. */
function blocks(language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm");
  return [...PAGE.matchAll(fenced)].map(([, text = ""]) => text);
}

const EXAMPLES = blocks("js").map((code, index) => [index, code, blocks("text")[index]] as const);

test("there are examples, for one thread and for several", () => {
  expect(EXAMPLES.map(([, code]) => /core(\.\w+)?\.wasm/.exec(code)?.[0])).toEqual([
    "core.wasm",
    "core.threads.wasm",
  ]);
});

test.each(EXAMPLES)("example %i prints what the page says", (_, code, printed = "") => {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-embedding-"));
  try {
    const file = join(folder, "example.mjs");
    writeFileSync(file, code);
    const { stdout, stderr } = Bun.spawnSync([process.execPath, file], { cwd: ROOT });
    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toBe(printed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the page says where the counters of a slab class lie, and how many there are", () => {
  const text = PAGE.replaceAll(/\s+/g, " ");
  expect(text).toContain(`8 × (${Counter.COUNT} + ${ClassCounter.COUNT} × classId + slot)`);
  const slots = Counter.COUNT + ClassCounter.COUNT * SLAB_CLASS_COUNT_MAX;
  expect(text.split(`${slots} × 8 bytes`)).toHaveLength(3);
});

test("every export is on the page, with as many arguments as it takes", () => {
  const rows = [...PAGE.matchAll(/^\| `(\w+)\(([^)]*)\)`/gm)];
  const listed = rows.map(([, name, list = ""]): [string, number] => {
    return [name as string, list === "" ? 0 : list.split(",").length];
  });
  const abi = instantiate(moduleOf("core.server"), takeMemory("core.server", 1024, 1024));
  const exported = Object.entries(abi).map(([name, call]): [string, number] => {
    return [name, (call as () => void).length];
  });
  expect(listed.sort()).toEqual(exported.sort());
});

test("the calls that the build for embedding goes without are marked", () => {
  const marked = [...PAGE.matchAll(/^\| `(\w+)\([^)]*\)`[^|]*°/gm)].map(([, name]) => name);
  const [all = [], embedded = []] = (["core.server", "core"] as const).map((build) =>
    WebAssembly.Module.exports(moduleOf(build)).map(({ name }) => name),
  );
  expect(marked.sort()).toEqual(all.filter((name) => !embedded.includes(name)).sort());
});

type Numbers = Readonly<Record<string, number | string>>;

/** Members that are no part of the interface: lengths, and what only the debug build knows. */
const UNLISTED: ReadonlySet<string> = new Set(["COUNT", "HOSTILE"]);

/** The tables of the page, each a list of rows of cells. */
function tables(): string[][][] {
  return PAGE.split(/\n{2,}/)
    .filter((text) => text.startsWith("|"))
    .map((text) =>
      text
        .trim()
        .split("\n")
        .map((line) => {
          return line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim());
        }),
    );
}

/** Name → number of one enum: the columns headed by its name, and those of numbers beside them. */
function listedNumbers(name: string): Record<string, number> {
  const table = tables().find(([header]) => header?.includes(name)) ?? [];
  const [header = [], , ...rows] = table;
  const columns = header.flatMap((title, at) => (title === name ? [at] : []));
  const entries = columns.flatMap((at) => {
    const beside = /^(slot|which)$/.test(header[at - 1] ?? "") ? at - 1 : at + 1;
    return rows
      .filter((row) => row[at] !== "")
      .map((row): [string, number] => [firstWord(row[at]), Number(row[beside])]);
  });
  return Object.fromEntries(entries);
}

function firstWord(cell = ""): string {
  return /^\w*/.exec(cell)?.[0] ?? "";
}

const ENUMS: readonly (readonly [name: string, members: Numbers])[] = [
  ["Option", Option],
  ["Status", Status],
  ["StoreMode", StoreMode],
  ["Fetch", Fetch],
  ["With", With],
  ["Argument", Argument],
  ["ItemState", ItemState],
  ["Gone", Gone],
  ["HashAlgorithm", HashAlgorithm],
  ["Result", Result],
  ["CrawlSum", CrawlSum],
  ["CrawlTicket", CrawlTicket],
  ["MoveStatus", MoveStatus],
  ["MoveBusy", MoveBusy],
  ["Counter", Counter],
  ["ClassCounter", ClassCounter],
  ["Gauge", Gauge],
  ["ClassGauge", ClassGauge],
  ["LogKind", LogKind],
  ["LogType", LogType],
  ["LogArea", LogArea],
  ["LogField", LogField],
];

describe.each(ENUMS)("%s", (name, members) => {
  test("has the same numbers on the page", () => {
    const expected = Object.entries(members).filter(([member, value]) => {
      return typeof value === "number" && !UNLISTED.has(member);
    });
    expect(listedNumbers(name)).toEqual(Object.fromEntries(expected) as Record<string, number>);
  });
});
