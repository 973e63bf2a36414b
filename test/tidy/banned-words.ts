/**
 * What may not be written, each with its reason and the number of places where it may.
 *
 * A count that has become too high is a finding as well: it may only go down.
 */
import ts from "typescript";
import { type Finding, type Source, isCode, lineOf, treeOf, walkTree } from "./sources.ts";

export interface Ban {
  readonly word: RegExp;
  /** Paths to search; all but tidy's own when absent. */
  readonly within?: RegExp;
  readonly except?: RegExp;
  readonly allowed: number;
  readonly reason: string;
}

const OWN = /^test\/tidy/;
const TIMELESS = /^(assembly\/|src\/(core|protocol|command|connection)\/)/;
const DETERMINISM = "time and randomness come in from outside: the same calls, the same memory";

export const BANS: readonly Ban[] = [
  { word: /\bFIXME\b/, allowed: 0, reason: "fix it, or open an issue" },
  { word: /\bXXX\b/, allowed: 0, reason: "say what is wrong" },
  { word: /\bHACK\b/, allowed: 0, reason: "say why it has to be so" },
  { word: /\bTODO\b(?!\([\w -]+, #\d+\): )/, allowed: 0, reason: "TODO(name, #issue): …" },
  {
    // In comments there may be examples for users.
    word: /^(?!\s*(\*|\/\/)).*\bconsole\.(log|info|debug)\b/,
    within: /^(src|assembly)\//,
    except: /^src\/main\//,
    allowed: 0,
    reason: "a server writes through base/log.ts, and stdout is the program's",
  },
  { word: /@ts-(ignore|nocheck|expect-error)\b/, allowed: 0, reason: "repair the type" },
  { word: /\b(oxlint|eslint)-disable\b/, allowed: 0, reason: "change the rule for all, or obey" },
  { word: /\bprettier-ignore\b/, allowed: 0, reason: "there is one format" },
  {
    word: /\bas unknown as\b/,
    within: /^(src|scripts|bench)\//,
    allowed: 1,
    reason: "an unchecked cast; the one of core/load.ts is covered by test/abi",
  },
  { word: /\.only\(/, within: /^test\/.*\.ts$/, allowed: 0, reason: "it hides all other tests" },
  { word: /\bMath\.random\b/, within: TIMELESS, allowed: 0, reason: DETERMINISM },
  { word: /\b(Date|performance)\.now\b/, within: TIMELESS, allowed: 0, reason: DETERMINISM },
  { word: /\bnew Date\b/, within: TIMELESS, allowed: 0, reason: DETERMINISM },
  { word: /^\s*debugger;/, allowed: 0, reason: "a left-over" },
];

/** The bans of the table; another table can be given by its tests. */
export function bannedWords(sources: readonly Source[], bans: readonly Ban[] = BANS): Finding[] {
  return bans.flatMap((ban) => {
    const places = placesOf(sources, ban);
    if (places.length > ban.allowed) return places;
    if (places.length === ban.allowed) return [];
    const message = `${ban.word} has become rarer: lower its count to ${places.length}`;
    return [{ path: "test/tidy/banned-words.ts", line: 0, message }];
  });
}

function placesOf(sources: readonly Source[], ban: Ban): Finding[] {
  const { word, within, except, reason } = ban;
  const findings: Finding[] = [];
  for (const { path, lines } of sources) {
    if (OWN.test(path) || except?.test(path) === true || within?.test(path) === false) continue;
    for (const [index, text] of lines.entries()) {
      if (word.test(text)) findings.push({ path, line: index + 1, message: `${word}: ${reason}` });
    }
  }
  return findings;
}

/** `any` switches the checking of types off where it stands and where it flows to. */
export function anyTypes(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of sources.filter(isCode)) {
    walkTree(file, (node) => {
      if (node.kind !== ts.SyntaxKind.AnyKeyword) return;
      findings.push({ path: file.path, line: lineOf(file, node), message: "`any`" });
    });
  }
  return findings;
}

/** A thing has one name, given where it is made. */
export function defaultExports(sources: readonly Source[]): Finding[] {
  return statementFindings(sources, "default export", (statement) => {
    return ts.isExportAssignment(statement) || hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
  });
}

/** `@inline const` and `@inline function` break the formatter, the linter and tsc. */
export function topLevelDecorators(sources: readonly Source[]): Finding[] {
  const core = sources.filter(({ path }) => path.startsWith("assembly/"));
  return statementFindings(core, "top-level decorator", (statement) => {
    return !ts.isClassDeclaration(statement) && hasModifier(statement, ts.SyntaxKind.Decorator);
  });
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  const { modifiers } = statement as { modifiers?: readonly ts.ModifierLike[] };
  return modifiers?.some((modifier) => modifier.kind === kind) === true;
}

function statementFindings(
  sources: readonly Source[],
  message: string,
  isBad: (statement: ts.Statement) => boolean,
): Finding[] {
  return sources.filter(isCode).flatMap((file) =>
    treeOf(file)
      .statements.filter(isBad)
      .map((statement) => ({ path: file.path, line: lineOf(file, statement), message })),
  );
}
