/**
 * docs/cache.md says what there is: every method of `Cache`, every error code, every entry of the
 * package.
 */
import { expect, test } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";
import { readFileSync } from "node:fs";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/cache.md");

test.each(Object.getOwnPropertyNames(Cache.prototype).filter((name) => name !== "constructor"))(
  "the method %s",
  (name) => {
    expect(page).toMatch(new RegExp(`\`${name}[\`(]`));
  },
);

test.each(["shared", "join", "from"])("Cache.%s", (name) => {
  expect(Object.getOwnPropertyNames(Cache)).toContain(name);
  expect(page).toContain(`Cache.${name}(`);
});

test("every error code, and no other", () => {
  const [, union = ""] =
    /type CacheErrorCode =([^;]*);/.exec(read("src/cache/cache-error.ts")) ?? [];
  const codes = Array.from(union.matchAll(/"(\w+)"/g), ([, code]) => code);
  const [, table = ""] = /\n## Errors\n([^#]*)/.exec(page) ?? [];
  const listed = Array.from(table.matchAll(/^\| `([A-Z_]+)`/gm), ([, code]) => code);
  expect(codes.length).toBeGreaterThan(5);
  expect(listed).toEqual(codes);
});

test("every entry of the package", () => {
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, unknown> };
  for (const entry of Object.keys(exports)) {
    if (entry === "./package.json") continue;
    expect(page).toContain(`\`wasmcached${entry.slice(1)}\``);
  }
});
