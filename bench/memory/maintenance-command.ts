/**
 * `npm run bench:maintenance`: what a server does besides serving, and what that costs.
 *
 * Place: the command line of the parts, each of which has a file of its own.
 */
import { SIDES } from "../server/comparison.ts";
import type { Side } from "../server/server-process.ts";
import {
  COMMON_USAGE,
  type Command,
  type Common,
  headOf,
  namesOf,
  publish,
  readCommandLine,
  requireTools,
} from "./command-line.ts";
import { expiredSection, measureExpired } from "./expired.ts";
import { growthSection, measureGrowth } from "./growth.ts";
import { measureCoreGrowth } from "./growth-core.ts";
import { idleSection, measureIdle } from "./idle.ts";
import { latencySection, measureLatency } from "./maintenance-latency.ts";
import { measureMetadump, metadumpSection } from "./metadump.ts";

const SCRIPT = "bench:maintenance";
const PARTS = ["expired", "metadump", "latency", "growth", "idle"] as const;
type Part = (typeof PARTS)[number];

const USAGE = `Usage: npm run ${SCRIPT} -- [options]
  --only <name,...>   measure only these: ${PARTS.join(" ")}
  --items <n>         items of each part (1000000)
  --exptime <s>       of the items that expire (10)
  --patience <s>      how long expired items may take to go (120)
  --seconds <s>       each run of latency and growth (5), gets of metadump (3 times), idleness
                      (6 times)${COMMON_USAGE}`;

interface Sizes {
  readonly items: number;
  readonly seconds: number;
  readonly exptime: number;
  readonly patience: number;
}

async function bothSides<T>(measure: (side: Side) => Promise<T>): Promise<(readonly [Side, T])[]> {
  const outcomes: (readonly [Side, T])[] = [];
  for (const side of SIDES) outcomes.push([side, await measure(side)]);
  return outcomes;
}

async function expired(sizes: Sizes, common: Common): Promise<string> {
  const { items, exptime, patience } = sizes;
  const options = { items, living: Math.ceil(items / 5), exptime, memory: 1024, patience };
  const outcomes = await bothSides((side) => measureExpired(side, options, common));
  return expiredSection(options, outcomes);
}

async function metadump({ items, seconds }: Sizes, common: Common): Promise<string> {
  const warmUpSeconds = common.isQuick ? 0.5 : 1.5;
  const options = { warmUpSeconds, items, quietSeconds: seconds / 2, seconds: 3 * seconds };
  const outcomes = await bothSides((side) => measureMetadump(side, options, common));
  return metadumpSection(options, outcomes);
}

async function latency({ items, seconds }: Sizes, common: Common): Promise<string> {
  const pages = common.isQuick ? 4 : 64;
  const options = { items, pages, timing: { warmUpSeconds: common.isQuick ? 0.3 : 1, seconds } };
  return latencySection(options, await measureLatency(options, common));
}

async function growth({ items, seconds }: Sizes, common: Common): Promise<string> {
  const options = { items, timing: { warmUpSeconds: common.isQuick ? 0.3 : 1, seconds } };
  const runs = await measureGrowth(options, common);
  return growthSection(options, runs, measureCoreGrowth(items));
}

async function idle({ items, seconds }: Sizes, common: Common): Promise<string> {
  const length = seconds * 6;
  const stored = Math.ceil(items / 10);
  return idleSection(length, stored, await measureIdle(length, stored, common));
}

const MEASURE: Readonly<Record<Part, (sizes: Sizes, common: Common) => Promise<string>>> = {
  expired,
  metadump,
  latency,
  growth,
  idle,
};

async function run(args: readonly string[]): Promise<void> {
  const options = ["only", "items", "exptime", "patience", "seconds"] as const;
  const { common, text, number } = readCommandLine(args, options);
  const { isQuick } = common;
  const sizes = {
    items: Math.max(1, number("items", isQuick ? 100_000 : 1_000_000)),
    exptime: Math.max(1, number("exptime", isQuick ? 2 : 10)),
    patience: number("patience", isQuick ? 5 : 120),
    seconds: number("seconds", isQuick ? 1 : 5),
  };
  requireTools(common);
  const sections = [headOf("Maintenance", SCRIPT, args, common)];
  for (const part of namesOf(text("only"), PARTS))
    sections.push(await MEASURE[part](sizes, common));
  publish(`${sections.join("\n\n")}\n`, "maintenance", common, args.length === 0);
}

export const MAINTENANCE: Command = { script: SCRIPT, usage: USAGE, run };
