/**
 * Latency while the hash table grows, beside the same load on a table that was large from the
 * start.
 *
 * Place: behind `maintenance-command.ts`. Gets come at a fixed rate; meanwhile one connection
 * stores new items, slowly, so that in the middle of the time the table is too small. A pause that
 * growing makes comes in every run, and one that the machine makes does not: so of several runs
 * the one with the shortest longest wait counts. The core alone is measured as well
 * (`growth-core.ts`), where hardly anything disturbs.
 */
import { SIDES } from "../server/comparison.ts";
import { Dialogue } from "../server/dialogue.ts";
import { startTask } from "../server/generator-process.ts";
import { LATENCY_LOAD, LOAD_MEMORY } from "../server/loads.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import { median } from "../server/statistics.ts";
import type { OpenResult, OpenTask } from "../server/task.ts";
import { type Row, count, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import type { CoreGrowth } from "./growth-core.ts";
import { ItemWriter, figure } from "./items.ts";
import { type Timing, loadTask, storeLoad } from "./loaded-server.ts";

/** Microseconds: nobody may wait that much longer because of it. */
const LIMIT = 1000;
const RUNS = 3;
const GETS_PER_SECOND = 10_000;
const SETS_PER_SECOND = 40_000;
/** New items in one go: well below a millisecond of work. */
const SETS_AT_ONCE = 50;
const VALUE_BYTES = 8;
/** A table doubles at so many items to a bucket. */
const ITEMS_PER_BUCKET = 1.5;
/** Too large to grow in this time. */
const POWER_AHEAD = 2;
/** The items that the gets are for are there before, and must not make the table grow. */
const ITEMS_MIN = 2 * LATENCY_LOAD.dataSet.keys;

export interface GrowthOptions {
  /** The table grows at somewhat fewer. */
  readonly items: number;
  readonly timing: Omit<Timing, "seed">;
}

export const TABLES = ["growing", "large from the start"] as const;
export type Table = (typeof TABLES)[number];

interface Measured {
  readonly result: OpenResult;
  /** The power of two of the buckets, before and after. */
  readonly before: number;
  readonly after: number;
}

export type GrowthRuns = Readonly<Record<Side, Readonly<Record<Table, readonly Measured[]>>>>;

/** The table that is too small for so many items, but for few of them. */
function powerFor(items: number): number {
  return Math.floor(Math.log2(Math.max(items, ITEMS_MIN) / ITEMS_PER_BUCKET));
}

function hashPower(dialogue: Dialogue): number {
  return figure(dialogue, "hash_power_level");
}

/** Stores items from `first` on, evenly, until `isOver` says so. */
async function keepStoring(
  writer: ItemWriter,
  first: number,
  isOver: () => boolean,
): Promise<void> {
  const started = performance.now();
  for (let next = first; !isOver(); await Bun.sleep(1)) {
    const due = first + ((performance.now() - started) / 1000) * SETS_PER_SECOND;
    for (; next < due && !isOver(); next += SETS_AT_ONCE) {
      writer.store(next, next + SETS_AT_ONCE);
      await Bun.sleep(0);
    }
  }
}

async function measureOne(
  server: ServerProcess,
  { items, timing }: GrowthOptions,
  seed: number,
  common: Common,
): Promise<Measured> {
  const { port } = server;
  storeLoad(port, LATENCY_LOAD, common.generatorCore);
  const seconds = timing.warmUpSeconds + timing.seconds / 2;
  const threshold = ITEMS_PER_BUCKET * 2 ** powerFor(items);
  const first = Math.ceil(threshold - LATENCY_LOAD.dataSet.keys - seconds * SETS_PER_SECOND);
  const writer = new ItemWriter(port, { prefix: "g", valueBytes: VALUE_BYTES, exptime: 0 });
  const dialogue = new Dialogue(port);
  try {
    writer.store(0, Math.max(0, first));
    // Growth that this began is over soon.
    await Bun.sleep(timing.warmUpSeconds * 1000);
    const before = hashPower(dialogue);
    const load = loadTask(server, LATENCY_LOAD, { ...timing, seed }, common);
    const task: OpenTask = { ...load, mode: "open", requestsPerSecond: GETS_PER_SECOND };
    let isOver = false;
    const running = startTask(task, common.generatorCore).finally(() => (isOver = true));
    const [result] = await Promise.all([
      running,
      keepStoring(writer, Math.max(0, first), () => isOver),
    ]);
    return { result, before, after: hashPower(dialogue) };
  } finally {
    writer.close();
    dialogue.close();
  }
}

async function measureTable(
  side: Side,
  which: Table,
  seed: number,
  options: GrowthOptions,
  common: Common,
): Promise<Measured> {
  const power = powerFor(options.items) + (which === "growing" ? 0 : POWER_AHEAD);
  const server = await ServerProcess.start(side, {
    command: [...common.commands[side], "-o", `hashpower=${power}`],
    memory: LOAD_MEMORY,
    cores: common.serverCores,
    certificate: null,
  });
  try {
    const measured = await measureOne(server, options, seed, common);
    const { result, before, after } = measured;
    const longest = `longest ${count(result.undisturbed.max)} us`;
    note(`growth, ${side}, ${which}: 2^${before} to 2^${after} buckets, ${longest}`);
    return measured;
  } finally {
    await server.stop();
  }
}

function noRuns(): Record<Table, Measured[]> {
  return { growing: [], "large from the start": [] };
}

export async function measureGrowth(options: GrowthOptions, common: Common): Promise<GrowthRuns> {
  const runs = { native: noRuns(), ours: noRuns() };
  for (let run = 0; run < (common.isQuick ? 1 : RUNS); run++) {
    for (const which of TABLES) {
      for (const side of SIDES) {
        runs[side][which].push(await measureTable(side, which, run, options, common));
      }
    }
  }
  return runs;
}

/** The longest wait of the run in which that was shortest. */
function longestOf(measured: readonly Measured[]): number {
  return Math.min(...measured.map(({ result }) => result.undisturbed.max));
}

function rowOf(runs: GrowthRuns, side: Side, which: Table): Row {
  const measured = runs[side][which];
  const tail = median(measured.map(({ result }) => result.undisturbed.p999));
  const more = longestOf(measured) - longestOf(runs[side]["large from the start"]);
  const hasGrown = measured.every(({ before, after }) => after > before);
  return [
    `${side}, ${which}`,
    measured.map(({ before, after }) => `${before}-${after}`).join(", "),
    count(tail),
    measured.map(({ result }) => count(result.undisturbed.max)).join(", "),
    which === "growing" ? count(more) : "",
    side === "ours" && which === "growing" ? verdict(hasGrown && more <= LIMIT) : "",
  ];
}

function coreRow({ insertions, doublings, longest }: CoreGrowth): Row {
  const isShort = doublings > 0 && longest <= LIMIT;
  return [count(insertions), String(doublings), longest.toFixed(1), verdict(isShort)];
}

export function growthSection(
  { items, timing }: GrowthOptions,
  runs: GrowthRuns,
  alone: CoreGrowth,
): string {
  const header = ["", "hash power", "p99.9 us", "longest us", "by growing us", "ok?"];
  return `## Growth of the hash table

${table(
  header,
  SIDES.flatMap((side) => TABLES.map((which) => rowOf(runs, side, which))),
)}

${count(GETS_PER_SECOND)} gets a second for ${timing.seconds} s while ${count(SETS_PER_SECOND)} new
items a second are stored: half-way the table of 2^${powerFor(items)} buckets doubles. What growing
makes anybody wait comes in every run: so the shortest of the longest waits is compared, and is at
most ${count(LIMIT)} us more for ours than with a table that does not grow. Requests due while the
generator's own core was taken from it are left out.

${table(["insertions into the core alone", "doublings", "longest us", "ok?"], [coreRow(alone)])}

Of each insertion the quickest of several runs; the longest of these, at most ${count(LIMIT)} us.`;
}
