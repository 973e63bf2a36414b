/**
 * Latency while the server maintains itself: quiet, during crawls, while pages are moved.
 *
 * Place: behind `maintenance-command.ts`. Gets come at a fixed rate, half of what native does at
 * most (`../server/open-loop.ts` measures); meanwhile one connection keeps the crawler busy, or has
 * the page mover move one page after the other.
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
import { ask, figure, storeItems } from "./items.ts";
import { type Timing, loadTask, rateOf, storeLoad } from "./loaded-server.ts";

const VALUE_BYTES = 100;
/** A class that takes the pages: it needs an item to be known. */
const OTHER_VALUE_BYTES = 3000;
/** Of the quiet 99.9th percentile. */
const LIMIT = 2;
const ASK_MS = 20;
const MOVE_POLL_MS = 2;
const RUNS = 3;

export interface LatencyOptions {
  readonly items: number;
  readonly pages: number;
  readonly timing: Omit<Timing, "seed">;
}

export const SITUATIONS = ["quiet", "crawl", "mover"] as const;
export type Situation = (typeof SITUATIONS)[number];

interface Measured {
  readonly result: OpenResult;
  /** Crawls begun, or pages moved. */
  readonly done: number;
  /** The last thing a command was answered with. */
  readonly answer: string;
}

export interface LatencyOutcome {
  readonly rate: number;
  readonly runs: Readonly<Record<Side, Readonly<Record<Situation, readonly Measured[]>>>>;
}

/** Where the mover takes pages from, and whom it gives them to. */
interface Classes {
  readonly from: string;
  readonly to: string;
}

interface FullServer {
  readonly server: ServerProcess;
  readonly classes: Classes;
}

interface Work {
  readonly classes: Classes;
  readonly dialogue: Dialogue;
  readonly options: LatencyOptions;
  isOver: boolean;
  done: number;
  answer: string;
}

/** One crawl after the other, until the load is over. */
async function keepCrawling(work: Work): Promise<void> {
  while (!work.isOver) {
    work.answer = ask(work.dialogue, "lru_crawler crawl all");
    if (work.answer === "OK") work.done++;
    await Bun.sleep(ASK_MS);
  }
}

/** A figure of each slab class, by class number. */
function byClass(dialogue: Dialogue, figureName: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of dialogue.stats("slabs")) {
    const [, id, what] = /^(\d+):(\w+)$/.exec(name) ?? [];
    if (id !== undefined && what === figureName) found.set(id, Number(value));
  }
  return found;
}

/** So many pages, one at a time, spread over the load's time. */
async function keepMoving(work: Work): Promise<void> {
  const { dialogue, options } = work;
  const { from, to } = work.classes;
  const moved = (): number => figure(dialogue, "slabs_moved");
  const before = moved();
  const gap = (options.timing.seconds * 1000) / options.pages;
  const started = performance.now();
  for (let page = 0; page < options.pages && !work.isOver; page++) {
    work.answer = ask(dialogue, `slabs reassign ${from} ${to}`);
    if (work.answer === "OK") {
      while (!work.isOver && moved() - before <= page) await Bun.sleep(MOVE_POLL_MS);
    }
    const due = started + (page + 1) * gap - performance.now();
    if (due > 0) await Bun.sleep(due);
  }
  work.done = moved() - before;
}

const WORKS: Readonly<Record<Situation, (work: Work) => Promise<void>>> = {
  quiet: async () => undefined,
  crawl: keepCrawling,
  mover: keepMoving,
};

async function measureSituation(
  { server, classes }: FullServer,
  situation: Situation,
  requestsPerSecond: number,
  seed: number,
  options: LatencyOptions,
  common: Common,
): Promise<Measured> {
  const load = loadTask(server, LATENCY_LOAD, { ...options.timing, seed }, common);
  const task: OpenTask = { ...load, mode: "open", requestsPerSecond };
  const dialogue = new Dialogue(server.port);
  const work: Work = { classes, dialogue, options, isOver: false, done: 0, answer: "" };
  const running = startTask(task, common.generatorCore).finally(() => (work.isOver = true));
  await Bun.sleep(options.timing.warmUpSeconds * 1000);
  const [result] = await Promise.all([running, WORKS[situation](work)]);
  dialogue.close();
  const tail = `p99.9 ${count(result.undisturbed.p999)} us`;
  note(`latency, ${server.side}, ${situation}: ${tail}, ${work.done} done ${work.answer}`);
  return { result, done: work.done, answer: work.answer };
}

/**
 * Stores the load, and the items whose pages are moved: in a class of their own, since moving a
 * page may evict what is on it.
 */
function fillServer({ port }: ServerProcess, items: number, core: number): Classes {
  storeLoad(port, LATENCY_LOAD, core);
  const dialogue = new Dialogue(port);
  const before = byClass(dialogue, "total_pages");
  const one = { valueBytes: VALUE_BYTES, exptime: 0 };
  storeItems(port, { prefix: "m", count: items, ...one });
  const grown = [...byClass(dialogue, "total_pages")].map(([id, pages]) => {
    return [id, pages - (before.get(id) ?? 0)] as const;
  });
  storeItems(port, { prefix: "o", count: 1, ...one, valueBytes: OTHER_VALUE_BYTES });
  const sizes = byClass(dialogue, "chunk_size");
  dialogue.close();
  const from = grown.sort((left, right) => right[1] - left[1])[0]?.[0];
  const to = [...sizes].find(([, size]) => size > OTHER_VALUE_BYTES)?.[0];
  if (from === undefined || to === undefined) throw new Error("the server shows no slab classes");
  return { from, to };
}

async function startFull(side: Side, items: number, common: Common): Promise<FullServer> {
  const { commands, serverCores, generatorCore } = common;
  const server = await ServerProcess.start(side, {
    command: commands[side],
    memory: LOAD_MEMORY,
    cores: serverCores,
    certificate: null,
  });
  try {
    return { server, classes: fillServer(server, items, generatorCore) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export async function measureLatency(
  options: LatencyOptions,
  common: Common,
): Promise<LatencyOutcome> {
  const servers = new Map<Side, FullServer>();
  const runs = {
    native: { quiet: [], crawl: [], mover: [] } as Record<Situation, Measured[]>,
    ours: { quiet: [], crawl: [], mover: [] } as Record<Situation, Measured[]>,
  };
  try {
    for (const side of SIDES) servers.set(side, await startFull(side, options.items, common));
    const native = servers.get("native")!.server;
    const rate = rateOf(native, LATENCY_LOAD, { ...options.timing, seed: 0 }, common) / 2;
    for (let run = 0; run < (common.isQuick ? 1 : RUNS); run++) {
      for (const situation of SITUATIONS) {
        for (const [side, server] of servers) {
          runs[side][situation].push(
            await measureSituation(server, situation, rate, run, options, common),
          );
        }
      }
    }
    return { rate, runs };
  } finally {
    for (const { server } of servers.values()) await server.stop();
  }
}

function rowsOf(outcome: LatencyOutcome, side: Side): Row[] {
  const tail = (situation: Situation, set: "undisturbed" | "all"): number =>
    median(outcome.runs[side][situation].map(({ result }) => result[set].p999));
  return SITUATIONS.map((situation) => {
    const measured = outcome.runs[side][situation];
    const done = measured.map(({ done }) => done).join(", ");
    const isDone = measured.every((one) => one.done > 0);
    const ratio = tail(situation, "undisturbed") / tail("quiet", "undisturbed");
    const isJudged = side === "ours" && situation !== "quiet";
    return [
      `${side}, ${situation}`,
      count(tail(situation, "undisturbed")),
      count(tail(situation, "all")),
      situation === "quiet" ? "" : ratio.toFixed(2),
      situation === "quiet" ? "" : done,
      situation === "quiet" ? "" : (measured.at(-1)?.answer ?? ""),
      isJudged ? verdict(isDone && ratio <= LIMIT) : "",
    ];
  });
}

export function latencySection(options: LatencyOptions, outcome: LatencyOutcome): string {
  const header = ["", "p99.9 us", "p99.9 us, all", "to quiet", "done", "last answer", "ok?"];
  return `## Latency with maintenance

${table(
  header,
  SIDES.flatMap((side) => rowsOf(outcome, side)),
)}

${LATENCY_LOAD.title}, open loop at ${count(outcome.rate)} requests/s (half of what native does at
most) for ${options.timing.seconds} s, ${count(options.items)} items stored; medians of the runs.
Crawl: \`lru_crawler crawl all\` again and again (done: crawls begun in each run). Mover:
\`slabs reassign\` ${options.pages} times, evenly over the time (done: pages moved in each run). The
ratio is to the server's own quiet figure, at most ${LIMIT.toFixed(1)}; the first figure leaves out
requests due while the generator's own core was taken from it.`;
}
