/**
 * What the tidy rules look at: the files of this repository as text, and as syntax trees on demand.
 *
 * The files are those that git tracks or would offer to track. Without git, or outside of a
 * repository, the folders are walked and .gitignore is read instead. Rules are pure functions from
 * sources to findings, so that their own tests can feed them samples.
 */
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** Empty for what is no text. */
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Finding {
  readonly path: string;
  /** 1-based; 0 = the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export type Rule = (sources: readonly Source[]) => Finding[];

export function source(path: string, text: string): Source {
  return { path, text, lines: text.split("\n") };
}

/** One finding a line, as editors and terminals like it. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line}: ${message}`).join("\n");
}

// ── Reading ──────────────────────────────────────────────────────────────────────────────────────

export function readSources(root: string): Source[] {
  const paths = gitPaths(root) ?? walkedPaths(root);
  return paths.filter((path) => isFile(join(root, path))).map((path) => readSource(root, path));
}

/** Null where git has nothing to say. */
export function gitPaths(root: string): string[] | null {
  if (Bun.which("git") === null) return null;
  const args = ["git", "ls-files", "-co", "--exclude-standard", "-z"];
  const { success, stdout } = Bun.spawnSync(args, { cwd: root, stderr: "ignore" });
  const paths = stdout.toString().split("\0").slice(0, -1);
  return success && paths.length > 0 ? [...new Set(paths)].sort() : null;
}

/** Knows of .gitignore what this repository uses: globs of names, and of paths from the root. */
export function walkedPaths(root: string): string[] {
  const isIgnored = ignoredBy(root);
  const visit = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isIgnored(path, entry.name)) return [];
      return entry.isDirectory() ? visit(path) : [path];
    });
  return visit("").sort();
}

function ignoredBy(root: string): (path: string, name: string) => boolean {
  const file = join(root, ".gitignore");
  const lines = isFile(file) ? readFileSync(file, "utf8").split("\n") : [];
  const patterns = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const globs = [".git", "node_modules", ...patterns].map((pattern) => ({
    isRooted: /\/./.test(pattern),
    glob: new Bun.Glob(pattern.replaceAll(/^\/|\/$/g, "")),
  }));
  return (path, name) => globs.some(({ isRooted, glob }) => glob.match(isRooted ? path : name));
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readSource(root: string, path: string): Source {
  const bytes = readFileSync(join(root, path));
  return source(path, bytes.includes(0) ? "" : bytes.toString("utf8"));
}

// ── Syntax ───────────────────────────────────────────────────────────────────────────────────────

/** TypeScript, AssemblyScript and plain JavaScript. */
export function isCode({ path }: Source): boolean {
  return /\.(ts|mts|mjs)$/.test(path);
}

const trees = new WeakMap<Source, ts.SourceFile>();

export function treeOf(file: Source): ts.SourceFile {
  let tree = trees.get(file);
  if (tree === undefined) {
    tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
    trees.set(file, tree);
  }
  return tree;
}

/** Calls `visit` for every node below the root. */
export function walkTree(file: Source, visit: (node: ts.Node) => void): void {
  const enter = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, enter);
  };
  ts.forEachChild(treeOf(file), enter);
}

/** 1-based line on which the node itself, without comments before it, begins. */
export function lineOf(file: Source, node: ts.Node): number {
  return treeOf(file).getLineAndCharacterOfPosition(node.getStart()).line + 1;
}
