/**
 * The repository keeps its own style: every rule of test/tidy/ over every file of it.
 *
 * A failure lists `file:line: what`. That each rule can fail is shown by test/tidy/rules.test.ts;
 * what the formatter and the linter check is not repeated here.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { RULES } from "./tidy/rules.ts";
import { type Source, describeFindings, readSources } from "./tidy/sources.ts";

/** Some rules parse every file: that takes seconds on a machine with much else to do. */
const PATIENCE_MS = 60_000;

describe("tidy", () => {
  let sources: Source[] = [];
  beforeAll(() => {
    sources = readSources(join(import.meta.dir, ".."));
  });

  test("the repository was read", () => {
    const paths = sources.map(({ path }) => path);
    for (const path of ["package.json", "assembly/index.ts", "src/main/main.ts"]) {
      expect(paths).toContain(path);
    }
    expect(paths.filter((path) => path.startsWith("node_modules/"))).toEqual([]);
  });

  test.each(Object.entries(RULES))(
    "%s",
    (_title, rule) => {
      expect(describeFindings(rule(sources))).toBe("");
    },
    PATIENCE_MS,
  );
});
