/**
 * The embedded cache beside the in-process caches of JavaScript, and beside native memcached.
 *
 *   bun bench/cache/main.ts [--quick] [--only …] [--libraries …] [--entries …] [--out <file.md>]
 *
 * Prints a line for each measurement and the report at the end. A whole run writes the report and
 * its two plots to bench/results. On a busy machine the figures mean nothing, and the report says
 * how busy it was.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadavg } from "node:os";
import { describeMachine } from "../server/machine.ts";
import { startChild } from "../support/child-task.ts";
import { type Options, type Sizes, USAGE, isWhole, parseOptions, sizesOf } from "./options.ts";
import { Outcomes } from "./outcomes.ts";
import { type Step, planOf } from "./plan.ts";
import { memoryPlot, svgOf, throughputPlot } from "./plots.ts";
import { type RunFacts, reportText, versionsIn } from "./report.ts";
import {
  type LibraryResult,
  type LimitResult,
  type NativeResult,
  OPERATIONS,
  type PauseResult,
  type Task,
  type Times,
} from "./task.ts";

const ROOT = join(import.meta.dir, "../..");
const RESULTS = join(ROOT, "bench/results");
const PROCESS = join(import.meta.dir, "measuring-process.ts");
/** More than any of them needs; one that hangs is ended. */
const STEP_MILLIS = 240_000;

const run = <T>(task: Task): Promise<T> => startChild<T>(PROCESS, task, null, STEP_MILLIS);

/** Measures, keeps what came, and gives a line about it. */
async function take({ task }: Step, outcomes: Outcomes): Promise<string> {
  switch (task.mode) {
    case "library": {
      const result = await run<LibraryResult>(task);
      outcomes.libraries.push({ task, result });
      const { times } = result;
      if (times === null) return "filled";
      return OPERATIONS.map((name) => `${name} ${times[name].mean.toFixed(0)} ns`).join(", ");
    }
    case "pause": {
      const result = await run<PauseResult>(task);
      outcomes.pauses.push({ task, result });
      return `longest pause ${result.longest.toFixed(1)} ms`;
    }
    case "limit": {
      const result = await run<LimitResult>(task);
      outcomes.limit = { task, result };
      return `${(result.grown / task.maxBytes).toFixed(3)} of it`;
    }
    case "waiting": {
      const result = await run<Times>(task);
      outcomes.waiting = { task, result };
      return `${result.mean.toFixed(0)} ns a load`;
    }
    case "native": {
      outcomes.native = await run<NativeResult>(task);
      const best = Math.max(...Object.values(outcomes.native));
      return `up to ${Math.round(best / 1000)} thousand a second`;
    }
  }
}

async function measureAll(steps: readonly Step[], outcomes: Outcomes): Promise<void> {
  const start = Date.now();
  for (const [index, step] of steps.entries()) {
    let line: string;
    try {
      line = await take(step, outcomes);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      outcomes.failures.push(`${step.title}: ${message}`);
      line = `failed: ${message}`;
    }
    const seconds = Math.round((Date.now() - start) / 1000);
    console.log(`[${index + 1}/${steps.length}, ${seconds} s] ${step.title}: ${line}`);
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`written: ${path}`);
}

/** Of a whole run the report has its date, and the plots are those that the README shows. */
async function writeAll(
  { options, facts }: { options: Options; facts: RunFacts },
  outcomes: Outcomes,
  text: string,
): Promise<void> {
  const { machine } = facts;
  const isRecorded = options.out === null && isWhole(options);
  const name = `${machine.date}-${machine.commit}-cache.md`;
  const out = isRecorded ? join(RESULTS, name) : options.out;
  if (out === null) return;
  write(out, text);
  if (outcomes.libraries.length === 0) return;
  const plots = isRecorded ? join(RESULTS, "cache") : resolve(out).replace(/\.md$/, "");
  write(`${plots}-throughput.svg`, await svgOf(throughputPlot(outcomes)));
  write(`${plots}-memory.svg`, await svgOf(memoryPlot(outcomes)));
}

function pinnedVersions(): Record<string, string> {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
  return versionsIn(devDependencies);
}

async function runBenchmark(options: Options, words: readonly string[]): Promise<number> {
  const sizes: Sizes = sizesOf(options);
  const hasNative = Bun.which("memcached") !== null;
  const { steps, leftOut } = planOf(options, sizes, hasNative);
  if (!hasNative) console.log("native memcached is not installed: not compared");
  const outcomes = new Outcomes();
  const [start, before] = [Date.now(), loadavg()[0] ?? 0];
  await measureAll(steps, outcomes);
  const facts: RunFacts = {
    machine: describeMachine("memcached"),
    command: ["bun bench/cache/main.ts", ...words].join(" "),
    seconds: (Date.now() - start) / 1000,
    load: [before, loadavg()[0] ?? 0],
    versions: pinnedVersions(),
  };
  const text = reportText(facts, outcomes, sizes, leftOut);
  console.log(`\n${text}`);
  await writeAll({ options, facts }, outcomes, text);
  return outcomes.failures.length === 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  let options: Options | null;
  try {
    options = parseOptions(words);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 64;
  }
  if (options !== null) return await runBenchmark(options, words);
  console.log(USAGE);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
