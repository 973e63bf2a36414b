/**
 * Goal: -h, -i and -V print what scripts look for, and name nothing that is not here.
 * Method: the first lines whole, the rest by words; our versions against package.json and LICENSE.
 */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MEMCACHED_VERSION, WASMCACHED_VERSION } from "../../src/base/version.ts";
import { LICENSE } from "../../src/main/license.ts";
import { OPTION_TABLE } from "../../src/main/option-table.ts";
import { parseOptions } from "../../src/main/options.ts";
import { SUBOPTION_TABLE } from "../../src/main/suboption-table.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** stdout of a line that only prints. */
function printed(...argv: string[]): string {
  const parsed = parseOptions(argv, {});
  if (parsed.kind !== "exit") throw new Error("did not print");
  expect(parsed.code).toBe(0);
  return parsed.stdout;
}

test("-V names memcached's version and ours", () => {
  const text = `memcached ${MEMCACHED_VERSION}\nwasmcached ${WASMCACHED_VERSION}\n`;
  expect(printed("-V")).toBe(text);
  expect(printed("--version")).toBe(text);
});

test("our version is package.json's", () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(WASMCACHED_VERSION).toBe(manifest.version);
});

test("memcached's version is three numbers: clients compare it", () => {
  expect(MEMCACHED_VERSION).toMatch(/^1\.\d+\.\d+$/);
});

test("-h begins with memcached's version", () => {
  expect(printed("-h").split("\n")[0]).toBe(`memcached ${MEMCACHED_VERSION}`);
});

test("-h stays within 100 columns and ends with a line feed", () => {
  const lines = printed("-h").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.filter((line) => line.length > 100 || /\s$/.test(line))).toEqual([]);
});

test.each(["memory-file", "napi", "ext_", "proxy", "drop_privileges"])(
  "-h does not name %s",
  (word) => {
    expect(printed("-h").toLowerCase()).not.toContain(word);
  },
);

test("-h names every other option, with its long name", () => {
  const refused = new Set(["e", "N"]);
  const help = printed("-h");
  for (const { letter, long } of OPTION_TABLE.filter((row) => !refused.has(row.letter))) {
    expect(help).toContain(long === null ? `-${letter}` : `-${letter}, --${long}`);
  }
});

test("-h names only sub-options that exist", () => {
  const names = [...printed("-h").matchAll(/^ {3}- ([a-z_]+)/gm)].map((match) => match[1]!);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !SUBOPTION_TABLE.has(name))).toEqual([]);
});

test("-i prints the licence", () => {
  expect(printed("-i")).toBe(`memcached ${MEMCACHED_VERSION}\n\n${LICENSE}`);
});

test("the licence is that of the file", () => {
  expect(readFileSync(join(ROOT, "LICENSE"), "utf8")).toContain(LICENSE.split("\n\n")[1]!);
});

test("what follows the first of them does not matter", () => {
  expect(printed("-V", "-z", "-c", "0")).toStartWith("memcached ");
  expect(printed("-c", "1", "-hV")).toContain("--port");
});

test("letters and long names are used once", () => {
  const letters = OPTION_TABLE.map((row) => row.letter);
  const longs = OPTION_TABLE.map((row) => row.long).filter((long) => long !== null);
  expect(new Set(letters).size).toBe(letters.length);
  expect(new Set(longs).size).toBe(longs.length);
});
