/**
 * The torture fuzzer: `bun test/torture/main.ts [seed] [--seconds N] [--threads N] [--checks]`.
 *
 * Tortures one server after the other, each by a plan of its own, until the time is over; the
 * first plan's seed is the given one, each further one follows from it. What the plans leave to
 * chance can be told: `--threads`, `--memories`, `--checks` or `--no-checks` (the core with every
 * check or not), `--exact` or `--lossy`; `--short` is the test suite's size; `--everything`
 * is its run that is certain to have all work in the background. Exit code 1 on a failure, 64 on a
 * wrong command line.
 */
import { type PlanWishes, type Size, planOf, serverLine } from "./plan.ts";
import { Random, freshSeed } from "../support/random.ts";
import { runPlan } from "./run.ts";

const USAGE = `usage: bun test/torture/main.ts [seed] [--seconds N] [--threads N] [--checks]
       [--memories N] [--no-checks] [--exact | --lossy] [--short] [--everything]`;

const SECONDS_DEFAULT = 60;

interface Order {
  readonly seed: number;
  readonly seconds: number;
  readonly size: Size;
  readonly wishes: PlanWishes;
}

/** Words that stand alone, and what each one wishes. */
const WISHES: Readonly<Record<string, PlanWishes>> = {
  "--checks": { hasChecks: true },
  "--no-checks": { hasChecks: false },
  "--exact": { isExact: true },
  "--lossy": { isExact: false },
  "--everything": { hasEverything: true },
};

/** The command line, or null where it makes no sense. */
export function parseOrder(words: readonly string[]): Order | null {
  const numbers = { seed: freshSeed(), seconds: SECONDS_DEFAULT, threads: 0, memories: 0 };
  const wishes: PlanWishes = {};
  let size: Size = "long";
  let seeds = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--seconds") numbers.seconds = Number(words[++at]);
    else if (word === "--threads") numbers.threads = Number(words[++at]);
    else if (word === "--memories") numbers.memories = Number(words[++at]);
    else if (word === "--short") size = "short";
    else if (Object.hasOwn(WISHES, word)) Object.assign(wishes, WISHES[word]);
    else {
      numbers.seed = Number(word);
      seeds++;
    }
  }
  const areCounts = Object.values(numbers).every((one) => Number.isSafeInteger(one) && one >= 0);
  if (!areCounts || seeds > 1) return null;
  const { seed, seconds, threads, memories } = numbers;
  if (threads > 0) Object.assign(wishes, { threads });
  if (memories > 0) Object.assign(wishes, { memories });
  return { seed, seconds, size, wishes };
}

async function torture({ seed, seconds, size, wishes }: Order): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const seeds = new Random(seed);
  for (let next = seed; ; next = seeds.bits()) {
    const plan = planOf(next, size, wishes);
    const kind = plan.isExact ? "exact" : "lossy";
    console.log(`seed ${next}: ${kind}, ${plan.connections} connections, ${serverLine(plan)}`);
    const start = performance.now();
    try {
      await runPlan(plan);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`seed ${next} failed:\n${message}`, { cause: error });
    }
    console.log(`seed ${next}: well after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (performance.now() > end) return;
  }
}

if (import.meta.main) {
  const order = parseOrder(process.argv.slice(2));
  if (order === null) {
    console.error(USAGE);
    process.exit(64);
  }
  try {
    await torture(order);
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
