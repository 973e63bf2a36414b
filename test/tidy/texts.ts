/**
 * Words and facts that have to be the same everywhere: the field's words, paths, the version,
 * ranks.
 */
import type { Finding, Source } from "./sources.ts";

const OWN = /^test\/tidy/;

/** memcached's words have no second name here. */
const SYNONYMS: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bcache[- ]entr(y|ies)\b/i, "item"],
  [/\bTTL[- ](list|queue)\b/i, "TEMP queue"],
  [/\btime[- ]to[- ]live\b/i, "exptime"],
  [/\bhash[- ]slots?\b/i, "bucket"],
  [/\bre-?hash(es|ed|ing)?\b/i, "expansion"],
  [/\bslab[- ]blocks?\b/i, "chunk or slab page"],
  [/\bitems? (is|are|was|were) expelled\b/i, "evict or reclaim"],
];

export function synonyms(sources: readonly Source[]): Finding[] {
  return lineFindings(sources, (text) => {
    const synonym = SYNONYMS.find(([word]) => word.test(text));
    return synonym === undefined ? null : `${synonym[0]} is called "${synonym[1]}" here`;
  });
}

/** Where a checkout lies is nobody's business. Tests may name places that exist nowhere. */
export function machinePaths(sources: readonly Source[]): Finding[] {
  const outside = sources.filter(({ path }) => !path.startsWith("test/"));
  return lineFindings(outside, (text) => {
    const path = /(?<![\w.~<>/-])\/(?:(?:work|root|home)\b|tmp\/)/.exec(text);
    return path === null ? null : `${path[0]} is a place on one machine`;
  });
}

function lineFindings(
  sources: readonly Source[],
  problemOf: (text: string) => string | null,
): Finding[] {
  const findings: Finding[] = [];
  for (const { path, lines } of sources) {
    if (OWN.test(path)) continue;
    for (const [index, text] of lines.entries()) {
      const message = problemOf(text);
      if (message !== null) findings.push({ path, line: index + 1, message });
    }
  }
  return findings;
}

const VERSIONS: readonly (readonly [path: string, pattern: RegExp])[] = [
  ["package.json", /^ {2}"version": "([^"]+)"/m],
  ["package-lock.json", /^ {2}"version": "([^"]+)"/m],
  ["src/base/version.ts", /\bWASMCACHED_VERSION = "([^"]+)"/],
];

/** The same number in the package and in the program. */
export function versions(sources: readonly Source[]): Finding[] {
  const found = VERSIONS.map(([path, pattern]) => {
    const text = sources.find((file) => file.path === path)?.text ?? "";
    return { path, version: pattern.exec(text)?.[1] };
  });
  const expected = found[0]?.version;
  return found
    .filter(({ version }) => version === undefined || version !== expected)
    .map(({ path, version }) => ({ path, line: 0, message: `version ${version}, ${expected}` }));
}

const LINT_CONFIG = ".oxlintrc.json";

/** The linter enforces who may import whom, but only for folders it was told of. */
export function unrankedFolders(sources: readonly Source[]): Finding[] {
  const config = sources.find(({ path }) => path === LINT_CONFIG)?.text ?? "";
  const places = sources.flatMap(({ path }) => {
    const [, top, name] = /^(src|assembly)\/([^/]+\/|[^/]+(?<!\.d)\.ts$)/.exec(path) ?? [];
    return top === undefined ? [] : [`${top}/${name}`];
  });
  return [...new Set(places)]
    .map((place) => (place.endsWith("/") ? `${place}**` : place))
    .filter((glob) => !config.includes(`"files": ["${glob}"]`))
    .map((glob) => ({ path: LINT_CONFIG, line: 0, message: `no rank for ${glob}` }));
}
