/**
 * Sizes, names and headers: what a file and a function have to look like from afar.
 */
import ts from "typescript";
import { type Finding, type Source, isCode, lineOf, treeOf, walkTree } from "./sources.ts";

const COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;

/** Written by programs. */
const GENERATED = /^(bench\/results\/|package-lock\.json$)/;

/** Code, shell and prose; in prose neither tables nor examples, which cannot be wrapped. */
export function longLines(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of sources) {
    const isProse = file.path.endsWith(".md");
    if (GENERATED.test(file.path) || !(isCode(file) || isProse || isShell(file))) continue;
    let isExample = false;
    for (const [index, text] of file.lines.entries()) {
      if (isProse && text.startsWith("```")) isExample = !isExample;
      const columns = [...text].length;
      if (columns <= COLUMNS_MAX || (isProse && (isExample || cannotWrap(text)))) continue;
      findings.push({ path: file.path, line: index + 1, message: `${columns} columns` });
    }
  }
  return findings;
}

function isShell(file: Source): boolean {
  return /^#!.*\b(ba)?sh\b/.test(file.lines[0] ?? "");
}

function cannotWrap(text: string): boolean {
  return text.trimStart().startsWith("|") || /https?:\/\/\S{40}/.test(text);
}

/** Named ones and closures alike; only the body of a `describe` may hold more. */
export function longFunctions(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of sources.filter(isCode)) {
    walkTree(file, (node) => {
      if (!ts.isFunctionLike(node) || isDescribed(node)) return;
      const line = lineOf(file, node);
      const last = treeOf(file).getLineAndCharacterOfPosition(node.getEnd()).line + 1;
      const count = last - line + 1;
      if (count <= FUNCTION_LINES_MAX) return;
      findings.push({ path: file.path, line, message: `a function of ${count} lines` });
    });
  }
  return findings;
}

function isDescribed(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

export function longFiles(sources: readonly Source[]): Finding[] {
  return sources
    .filter((file) => isCode(file) && file.lines.length - 1 > FILE_LINES_MAX)
    .map((file) => ({ path: file.path, line: 0, message: `${file.lines.length - 1} lines` }));
}

/** Every file of code begins with a comment that says what it is. */
export function missingHeaders(sources: readonly Source[]): Finding[] {
  return sources
    .filter((file) => isCode(file) && !/^(#!.*\n)?\/\*\*/.test(file.text))
    .map(({ path }) => ({ path, line: 1, message: "no header comment" }));
}

/** Papers about the project are in capitals, as everywhere; dot files are named by their tools. */
const NAME = /^(\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*|[A-Z]+(\.md)?|\d.*\.md)$/;

/** They say nothing of what is inside, so that anything ends up there. */
const EMPTY_NAME = /^(utils?|helpers?|misc|types|common)\.ts$/;

export function oddNames(sources: readonly Source[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path } of sources) {
    const parts = path.split("/");
    const odd = parts.find((part) => !NAME.test(part));
    if (odd !== undefined) findings.push({ path, line: 0, message: `${odd} is not kebab-case` });
    if (EMPTY_NAME.test(parts.at(-1) ?? "")) {
      findings.push({ path, line: 0, message: "a name that says nothing" });
    }
  }
  return findings;
}
