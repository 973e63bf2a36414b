/**
 * The whole check: what `npm test` and `npm run check` run.
 *
 *   bun scripts/check.ts [test files or folders…]
 *
 * Format, lint, types of the host and of the core, the build, then all tests; with arguments only
 * the build and those tests. Everything is told on stdout; its last line is the sum, of steps and
 * tests: `N passed, N failed`, and `, N skipped` where tests were. Exit code 1 when anything
 * failed.
 */
import { join } from "node:path";
import { bundleServer } from "./bundle.ts";
import { isBuilt } from "./build-stamp.mjs";
import { isBundleFresh } from "../src/main/start.ts";
import { parsePeers, skipProblem } from "./check/skips.ts";
import { type Step, inSeconds, mark, program, runProgram, runSteps } from "./check/step.ts";
import { type TestRun, runTests } from "./check/test-run.ts";

const ROOT = join(import.meta.dir, "..");
const MODULES = join(ROOT, "node_modules");

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

const build: Step = {
  name: "build",
  run: async () => {
    if (isBuilt(ROOT)) {
      const isFresh = isBundleFresh(ROOT);
      if (!isFresh) await bundleServer();
      return { isGood: true, text: "", note: isFresh ? "is fresh" : "bundled the server anew" };
    }
    return await runProgram([process.execPath, join(ROOT, "scripts/setup.mjs"), "build"], ROOT);
  },
};

function allSteps(): Step[] {
  const tsc = join(MODULES, "typescript/bin/tsc");
  const oxlint = join(MODULES, "oxlint/bin/oxlint");
  return [
    program("format", ROOT, join(MODULES, "prettier/bin/prettier.cjs"), "--check", "."),
    program("lint", ROOT, oxlint, "--deny-warnings"),
    program("types", ROOT, tsc, "--noEmit", "--pretty", "false"),
    program("core types", ROOT, tsc, "--noEmit", "--pretty", "false", "-p", "assembly"),
    build,
  ];
}

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

/** Skips are listed by name; those that may not be are failures. */
function addTests(sum: Sum, run: TestRun, peers: readonly string[]): void {
  sum.passed += run.passed;
  sum.failed += run.failed;
  if (run.problem !== null) {
    report(`FAILED tests: ${run.problem}`);
    sum.failed++;
  }
  for (const { file, name } of run.skipped) {
    const problem = skipProblem(name, peers);
    if (problem === null) sum.skipped++;
    else sum.failed++;
    report(problem === null ? `skipped: ${file}: ${name}` : `FAILED ${file}: ${name}: ${problem}`);
  }
}

function sumLine({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function main(): Promise<void> {
  const filters = process.argv.slice(2);
  const steps = filters.length > 0 ? [build] : allSteps();
  const failedSteps = await runSteps(steps, report);
  const start = performance.now();
  const run = await runTests(ROOT, filters.length > 0 ? filters : ["test"], report);
  const isGood = run.failed === 0 && run.problem === null;
  report(`${mark(isGood)} tests ${inSeconds((performance.now() - start) / 1000)}`);
  const sum: Sum = {
    passed: steps.length - failedSteps.length,
    failed: failedSteps.length,
    skipped: 0,
  };
  for (const failure of run.failures) report(`\n${failure}`);
  addTests(sum, run, parsePeers(process.env["WASMCACHED_REQUIRE_PEERS"]));
  if (failedSteps.length > 0) report(`FAILED steps: ${failedSteps.join(", ")}`);
  report(sumLine(sum));
  process.exitCode = sum.failed > 0 ? 1 : 0;
}

await main();
