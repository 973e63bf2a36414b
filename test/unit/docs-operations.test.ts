/**
 * docs/operations.md lists every option and sub-option, and names none that the server does not
 * know.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OPTION_TABLE } from "../../src/main/option-table.ts";
import { SUBOPTION_TABLE } from "../../src/main/suboption-table.ts";

const PAGE = readFileSync(join(import.meta.dir, "..", "..", "docs", "operations.md"), "utf8");

test("options, by their short and long names", () => {
  const rows = [...PAGE.matchAll(/^\| `-(\w)` +\| (?:`--([\w-]+)`)? *\|/gm)];
  const listed = rows.map(([, letter, long]) => `${letter} ${long ?? ""}`);
  const known = OPTION_TABLE.map(({ letter, long }) => `${letter} ${long ?? ""}`);
  expect(listed.sort()).toEqual(known.sort());
});

test("sub-options", () => {
  const [, section = ""] = PAGE.split("### Sub-options of -o");
  const [table = ""] = section.split(/^## /m);
  const listed = [...table.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  // Families that are refused by a rule of their own.
  const single = listed.filter((name) => !name.endsWith("…"));
  expect(single.sort()).toEqual([...SUBOPTION_TABLE.keys()].sort());
});
