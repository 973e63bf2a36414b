/**
 * One run of `bun test` over the whole of test/, shown as it goes and counted at its end.
 *
 * What is shown: each file once, when its first result comes; failures with everything that was
 * said about them. Hidden are the thousand lines of what passed. The counts are those of the
 * runner's closing lines, since its JUnit report leaves out files that could not even be loaded;
 * the names of skipped tests come from that report, since the closing lines have only their number.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { seedTimings } from "./first-timings.ts";

export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  /** What is wrong with the run itself, or null. */
  readonly problem: string | null;
}

/** A run, and what was said in each file with a test that failed. */
export interface ShownRun extends TestRun {
  readonly failures: readonly string[];
}

export interface SkippedTest {
  readonly file: string;
  /** Groups and title, joined by " > ". */
  readonly name: string;
}

/** Slow conversations with servers on a busy machine: far above what is ever needed. */
const TEST_TIMEOUT_MS = 60_000;

export async function runTests(
  root: string,
  filters: readonly string[],
  report: (line: string) => void,
): Promise<ShownRun> {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-check-"));
  try {
    const junit = join(folder, "junit.xml");
    const child = Bun.spawn([process.execPath, "test", ...optionsOf(root, junit), ...filters], {
      cwd: root,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, NO_COLOR: "1" },
    });
    const closing = new ClosingLines();
    const display = new Display(report);
    await Promise.all([
      eachLine(child.stderr, (line) => {
        closing.read(line);
        display.show(line);
      }),
      eachLine(child.stdout, (line) => display.show(line)),
    ]);
    const code = await child.exited;
    const skipped = existsSync(junit) ? skippedTests(readFileSync(junit, "utf8")) : [];
    return { ...closing.result(code, skipped), failures: display.failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function optionsOf(root: string, junit: string): string[] {
  const timings = join(root, "build", ".test-timings.json");
  seedTimings(root, timings);
  return [
    `--parallel=${Math.max(2, availableParallelism())}`,
    `--timeout=${TEST_TIMEOUT_MS}`,
    // The slowest files of the last run start first.
    `--timings=${timings}`,
    "--update-timings",
    "--reporter=junit",
    `--reporter-outfile=${junit}`,
  ];
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  use: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) use(line);
  }
  if (rest !== "") use(rest);
}

// ── Counting ─────────────────────────────────────────────────────────────────────────────────────

/** The runner's own sum: ` 12 pass`, ` 1 fail`, `Ran 13 tests across 2 files.` */
export class ClosingLines {
  readonly #counts = new Map<string, number>();
  #hasEnded = false;

  read(line: string): void {
    const [, count, what] = /^ (\d+) (pass|fail|skip|todo|errors?)$/.exec(line) ?? [];
    if (what !== undefined) this.#counts.set(what, Number(count));
    if (/^Ran \d+ tests? across \d+ files?\./.test(line)) this.#hasEnded = true;
  }

  result(exitCode: number, skipped: readonly SkippedTest[]): TestRun {
    const passed = this.#counts.get("pass") ?? 0;
    const failed = this.#counts.get("fail") ?? 0;
    const skips = (this.#counts.get("skip") ?? 0) + (this.#counts.get("todo") ?? 0);
    let problem: string | null = null;
    if (!this.#hasEnded) problem = `bun test did not come to its end (exit code ${exitCode})`;
    else if (passed === 0) problem = "no test passed";
    else if (exitCode !== 0 && failed === 0) problem = `bun test ended with ${exitCode}`;
    else if (skips !== skipped.length) problem = `${skips} skips, ${skipped.length} with a name`;
    return { passed, failed, skipped, problem };
  }
}

/** Skipped and "todo" tests of a JUnit report. */
export function skippedTests(junit: string): SkippedTest[] {
  const cases = junit.matchAll(/<testcase ([^>]*[^/])>\s*<skipped\b/g);
  return [...cases].map(([, attributes = ""]) => {
    const of = (name: string): string =>
      unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
    const group = of("classname");
    return { file: of("file"), name: group === "" ? of("name") : `${group} > ${of("name")}` };
  });
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex as string, 16));
    return ENTITIES[name as string] ?? whole;
  });
}

// ── Showing ──────────────────────────────────────────────────────────────────────────────────────

const HIDDEN = /^(\((pass|skip|todo)\) |bun test v|\d+ tests? (skipped|todo):$)/;
const FAIL = /^\(fail\) /;
/** Above the names of all that failed, behind the last file. */
const SUMMARY = /^\d+ tests? failed:$/;
const HEADER = /^(\S+\.test\.tsx?):$/;

/** Of what was said in a file with a failure, the last lines: a diff may have thousands. */
const FAILURE_LINES_MAX = 40;

/** Reports the lines of a run that matter. */
export class Display {
  readonly #report: (line: string) => void;
  /** What is shown, by its file. */
  readonly #said = new Map<string, string[]>();
  readonly #files = new Set<string>();
  #file = "";
  #shownFile = "";
  #blankLines = 0;

  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  show(line: string): void {
    if (SUMMARY.test(line)) this.#file = this.#shownFile = "";
    const file = HEADER.exec(line)?.[1];
    if (file !== undefined) {
      this.#begin(file);
    } else if (line.trim() === "") {
      this.#blankLines++;
    } else if (!HIDDEN.test(line)) {
      this.#showText(line);
    }
  }

  /** To be said again behind everything else, where it is found at once. */
  get failures(): string[] {
    const files = [...this.#said].filter(
      ([file, lines]) => file !== "" && lines.some((line) => FAIL.test(line)),
    );
    return files.map(([file, lines]) => [file, ...lines.slice(-FAILURE_LINES_MAX)].join("\n"));
  }

  #begin(file: string): void {
    this.#blankLines = 0;
    this.#file = file;
    if (this.#files.has(file)) return;
    this.#files.add(file);
    this.#shownFile = file;
    this.#report(`  ${file}`);
  }

  /** With the file it belongs to, where another one was named last. */
  #showText(line: string): void {
    if (this.#file !== this.#shownFile) this.#report(`  ${this.#file}, again`);
    this.#shownFile = this.#file;
    if (this.#blankLines > 0) this.#report("");
    this.#blankLines = 0;
    this.#report(line);
    this.#said.getOrInsertComputed(this.#file, () => []).push(line);
  }
}
