/**
 * Hit ratios at equal memory: the same trace against native memcached and against this server.
 *
 * Place: behind `hits-command.ts`. The trace is weighed first; the servers' `-m` is a share of
 * that.
 */
import { SIDES } from "../server/comparison.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import { type Row, count, percent, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import type { Footprint } from "./footprint.ts";
import { type ReplayResult, hitRatio } from "./replay.ts";
import { measureFootprint, runReplay } from "./tasks.ts";
import type { TraceSpec } from "./trace-spec.ts";

const MEBIBYTE = 2 ** 20;
/** Native does not work well with less: a page for each of some thirty classes. */
const MEMORY_MIN = 2;
/** The report shows so many stretches of each trace. */
const WINDOWS = 10;

export interface HitsOptions {
  readonly connections: number;
  readonly batch: number;
  /** The cache's part of the footprint. */
  readonly share: number;
  /** MiB; overrides the share when it is not null. */
  readonly memory: number | null;
}

export interface HitsOutcome {
  readonly title: string;
  readonly footprint: Footprint;
  readonly memory: number;
  readonly results: Readonly<Record<Side, ReplayResult>>;
}

export async function measureHits(
  title: string,
  trace: TraceSpec,
  options: HitsOptions,
  common: Common,
): Promise<HitsOutcome> {
  const footprint = measureFootprint(trace, common.generatorCore);
  if (footprint.requests === 0) throw new Error(`${title}: a trace without requests`);
  const share = Math.round((footprint.bytes * options.share) / MEBIBYTE);
  const memory = options.memory ?? Math.max(MEMORY_MIN, share);
  note(`${title}: ${count(footprint.requests)} requests, ${count(footprint.keys)} keys`);
  const results: Partial<Record<Side, ReplayResult>> = {};
  for (const side of SIDES) {
    const { commands, serverCores, generatorCore } = common;
    const server = await ServerProcess.start(side, {
      command: commands[side],
      memory,
      cores: serverCores,
      certificate: null,
    });
    try {
      const { connections, batch } = options;
      const window = Math.ceil(footprint.requests / WINDOWS);
      const replay = { port: server.port, connections, batch, window, rate: null, unpaced: 0 };
      const result = runReplay(trace, replay, generatorCore);
      results[side] = result;
      const ratio = percent(hitRatio(result.windows), 2);
      note(`${title} ${side}: ${ratio} hits at -m ${memory}, ${result.seconds.toFixed(1)} s`);
    } finally {
      await server.stop();
    }
  }
  const { native, ours } = results;
  if (native === undefined || ours === undefined) throw new Error("a side is missing");
  return { title, footprint, memory, results: { native, ours } };
}

function ratioRow({ title, footprint, memory, results }: HitsOutcome): Row {
  const native = hitRatio(results.native.windows);
  const ours = hitRatio(results.ours.windows);
  return [
    title,
    count(footprint.requests),
    count(footprint.bytes / MEBIBYTE),
    String(memory),
    percent(native, 2),
    percent(ours, 2),
    `${((ours - native) * 100).toFixed(2)}`,
    verdict(ours >= native),
  ];
}

function serverRow({ title, results }: HitsOutcome, side: Side): Row {
  const { stats, windows, seconds } = results[side];
  const sum = (name: "sets" | "refused"): number =>
    windows.reduce((total, window) => total + window[name], 0);
  return [
    `${title}, ${side}`,
    count(stats["curr_items"] ?? 0),
    count(stats["evictions"] ?? 0),
    count(stats["slabs_moved"] ?? 0),
    count(sum("sets")),
    count(sum("refused")),
    seconds.toFixed(1),
  ];
}

function windowRow({ title, results }: HitsOutcome, side: Side): Row {
  const { windows } = results[side];
  const shares = windows.map((window) => percent(hitRatio([window]), 1));
  const cells = Array.from({ length: WINDOWS }, (_, at) => shares[at] ?? "");
  return [`${title}, ${side}`, ...cells];
}

export function hitsReport(head: string, outcomes: readonly HitsOutcome[]): string {
  const ratios = ["trace", "requests", "footprint MiB", "-m", "native", "ours", "points"];
  const servers = ["trace", "items held", "evictions", "pages moved", "sets", "refused", "s"];
  const stretches = Array.from({ length: WINDOWS }, (_, at) => String(at + 1));
  return `${head}

## Hit ratio

${table([...ratios, "at least native?"], outcomes.map(ratioRow))}

The footprint is the sum over all keys of key and value; the cache is a part of it. A miss is
followed by a set with the trace's size. Points are percentage points, ours above native.

## Each tenth of the trace

${table(
  ["hit ratio", ...stretches],
  outcomes.flatMap((outcome) => SIDES.map((side) => windowRow(outcome, side))),
)}

## What the servers did

${table(
  servers,
  outcomes.flatMap((outcome) => SIDES.map((side) => serverRow(outcome, side))),
)}
`;
}
