/**
 * Micro-benchmarks of the core.
 *
 *   bun bench/core/main.ts [--smoke] [text that names must contain]
 *
 * Prints each result as it comes and a table at the end. A full run of all of them also writes
 * bench/results/<date>-<commit>-core.md. On a busy machine the figures mean nothing.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "../server/machine.ts";
import { type Measured, runBenchmark } from "../support/benchmark.ts";
import { type Mode, SEED, valuesOf } from "../support/parameters.ts";
import { reportText, resultTable } from "../support/report.ts";
import { BENCHMARKS } from "./catalogue.ts";

const RESULTS = join(import.meta.dir, "..", "results");

function writeResults(results: readonly Measured[]): void {
  const machine = describeMachine("memcached");
  const file = join(RESULTS, `${machine.date}-${machine.commit}-core.md`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(file, reportText(machine, "bun bench/core/main.ts", SEED, results));
  console.log(`written: bench/results/${machine.date}-${machine.commit}-core.md`);
}

async function main(args: readonly string[]): Promise<number> {
  const mode: Mode = args.includes("--smoke") ? "smoke" : "full";
  const filter = args.find((arg) => !arg.startsWith("--")) ?? "";
  const chosen = BENCHMARKS.filter(({ name }) => name.includes(filter));
  if (chosen.length === 0) {
    console.error(`no benchmark is called "${filter}"`);
    return 1;
  }
  const results: Measured[] = [];
  for (const [index, benchmark] of chosen.entries()) {
    const result = await runBenchmark(benchmark, valuesOf(mode));
    results.push(result);
    const figure = `${result.median.toFixed(1)} ns`;
    console.log(`${index + 1}/${chosen.length} ${result.name}: ${figure}, hash ${result.digest}`);
  }
  console.log(`\n${resultTable(results)}`);
  if (mode === "full" && chosen.length === BENCHMARKS.length) writeResults(results);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
