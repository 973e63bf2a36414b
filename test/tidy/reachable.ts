/**
 * Which files hang together: dead ones are those that no entry leads to.
 *
 * An entry is what someone calls by name: the programs, the tests, the scripts. From there every
 * string that names an existing file counts as a way to it, so that workers, child processes and
 * the sources handed to a compiler are found as well as imports.
 */
import { posix } from "node:path";
import ts from "typescript";
import { type Finding, type Source, isCode, walkTree } from "./sources.ts";

const ENTRIES: readonly RegExp[] = [
  /(^|\/)main\.ts$/,
  /\.test\.ts$/,
  /^(src|assembly)\/index\.ts$/,
  /^assembly\/(index-server|probe)\.ts$/,
  /^scripts\/[\w.-]+$/,
  // Ambient types are found by the compiler.
  /\.d\.m?ts$/,
];

export function deadFiles(sources: readonly Source[]): Finding[] {
  const code = new Map(sources.filter(isCode).map((file) => [file.path, file]));
  const reached = new Set<string>();
  const open = [...code.keys()].filter((path) => ENTRIES.some((entry) => entry.test(path)));
  open.push(...packageEntries(sources));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = code.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    open.push(...namedFiles(file, code));
  }
  return [...code.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => ({ path, line: 0, message: "nothing leads here" }));
}

/** What package.json offers and imports by name: sources, or what is compiled of them. */
function packageEntries(sources: readonly Source[]): string[] {
  const text = sources.find(({ path }) => path === "package.json")?.text ?? "";
  return Array.from(text.matchAll(/"\.\/(?:dist\/)?(src\/[\w/-]+)\.(?:ts|js)"/g), (found) => {
    return `${found[1]}.ts`;
  });
}

/** Files whose names stand in this one: as written, from its folder or from the root. */
function namedFiles(file: Source, code: ReadonlyMap<string, Source>): string[] {
  const names = new Set<string>();
  const folder = posix.dirname(file.path);
  walkTree(file, (node) => {
    if (!ts.isStringLiteralLike(node)) return;
    for (const base of [folder, "."]) {
      const path = posix.join(base, node.text);
      if (code.has(path)) names.add(path);
      // The core's sources import without the ending.
      if (code.has(`${path}.ts`)) names.add(`${path}.ts`);
    }
  });
  return [...names];
}
