/**
 * Links, mentions of documents, and paths that documents name lead somewhere.
 */
import { posix } from "node:path";
import type { Finding, Source } from "./sources.ts";

const LINK = /\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)/g;

/** Relative links of the documents: the file is there, and so is the heading. */
export function brokenLinks(sources: readonly Source[]): Finding[] {
  const files = new Map(sources.map((file) => [file.path, file]));
  const documents = sources.filter(({ path }) => path.endsWith(".md"));
  return documents.flatMap((file) =>
    proseLines(file).flatMap(([line, text]) =>
      [...text.replaceAll(/`[^`]*`/g, "`").matchAll(LINK)]
        .map((match) => problemOf(file.path, match[1] ?? "", files))
        .filter((message) => message !== null)
        .map((message) => ({ path: file.path, line, message })),
    ),
  );
}

/** Lines outside of examples. */
function proseLines(file: Source): [line: number, text: string][] {
  let isExample = false;
  return file.lines.flatMap((text, index): [number, string][] => {
    if (text.startsWith("```")) isExample = !isExample;
    return isExample ? [] : [[index + 1, text]];
  });
}

function problemOf(
  from: string,
  target: string,
  files: ReadonlyMap<string, Source>,
): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [name = "", anchor] = target.split("#");
  const path = name === "" ? from : posix.join(posix.dirname(from), decodeURI(name));
  const folder = path.endsWith("/") ? path : `${path}/`;
  const file = files.get(path);
  if (file === undefined && ![...files.keys()].some((known) => known.startsWith(folder))) {
    return `a link to ${target}, which does not exist`;
  }
  if (anchor === undefined || file === undefined || !path.endsWith(".md")) return null;
  return headingsOf(file).includes(anchor) ? null : `no heading for #${anchor} in ${path}`;
}

/** Headings as they are linked to: lower case, hyphens for spaces, no punctuation. */
function headingsOf(file: Source): string[] {
  return file.lines
    .filter((text) => /^#+ /.test(text))
    .map((text) => text.replace(/^#+ /, "").toLowerCase())
    .map((text) => text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-"));
}

const DOCUMENT = /\b(?:docs\/[\w/-]+|CONTRIBUTING|CHANGELOG|README)\.md\b/g;

/** Documents that code or prose sends the reader to. */
export function missingDocuments(sources: readonly Source[]): Finding[] {
  const paths = new Set(sources.map(({ path }) => path));
  const readers = sources.filter(({ path }) => /^(src|assembly|bench|scripts|docs)\//.test(path));
  return readers.flatMap(({ path, lines }) =>
    lines.flatMap((text, index) =>
      [...text.matchAll(DOCUMENT)]
        .filter(([name]) => !paths.has(name))
        .map(([name]) => ({ path, line: index + 1, message: `${name} does not exist` })),
    ),
  );
}

const SPAN = /`([\w.-]+(?:\/[\w.*-]+)*\/?)`/g;

/** What was once: a file that is named there may be gone. */
const HISTORY = /^(CHANGELOG\.md$|bench\/results\/)/;

/**
 * Paths that documents name as code: from the root, and files of ours by the end of their path.
 * A `*` stands for any part of a name.
 */
export function missingPaths(sources: readonly Source[]): Finding[] {
  const paths = sources.map(({ path }) => path);
  const tops = new Set(paths.filter((path) => path.includes("/")).map((path) => topOf(path)));
  const isThere = (named: string): boolean => {
    const from = tops.has(topOf(named)) ? "^" : "(^|/)";
    const name = RegExp.escape(named.replace(/\/$/, "")).replaceAll("\\*", "[^/]*");
    const pattern = new RegExp(`${from}${name}(/|$)`);
    return paths.some((path) => pattern.test(path));
  };
  const isPath = (name: string): boolean =>
    name.endsWith(".ts") || (name.includes("/") && tops.has(topOf(name)));
  const documents = sources.filter(({ path }) => path.endsWith(".md") && !HISTORY.test(path));
  return documents.flatMap((file) =>
    proseLines(file).flatMap(([line, text]) =>
      [...text.matchAll(SPAN)]
        .map(([, name = ""]) => name)
        .filter((name) => isPath(name) && !isThere(name))
        .map((name) => ({ path: file.path, line, message: `${name} does not exist` })),
    ),
  );
}

function topOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}
