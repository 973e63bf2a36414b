/**
 * Calcification: a cache full of small values whose users now want large ones.
 *
 * Place: behind `calcification-command.ts`. Every page belongs to the class of the small values by
 * then; the hit ratio of the large ones can only rise as the server moves pages. That takes time,
 * not requests, so the second part is played at a fixed rate. For each side the same large requests
 * also go to a fresh server: what it reaches is what a full recovery would be.
 */
import { SIDES } from "../server/comparison.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import { type Row, count, percent, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import type { CalcifyOptions } from "./generated-traces.ts";
import { type ReplayResult, type Window, hitRatio } from "./replay.ts";
import { runReplay } from "./tasks.ts";

const MEBIBYTE = 2 ** 20;
const SMALL_BYTES = 100;
const LARGE_BYTES = 5000;
/** The small values alone would fill this many times the memory. */
const OVERFILL = 2;
/** The large values' keys weigh so many times the memory. */
const LARGE_FACTOR = 2;
/** Recovered is who reaches this part of what a fresh native server does. */
const RECOVERED = 0.9;
/** The fresh servers' ratio is that of the last so many windows. */
const SETTLED_SHARE = 0.25;
/** Rows of the table of time. */
const ROWS = 24;

export interface CalcificationOptions {
  readonly memory: number;
  readonly seconds: number;
  readonly rate: number;
  readonly seed: number;
  readonly connections: number;
  readonly batch: number;
}

export interface SideOutcome {
  readonly calcified: ReplayResult;
  /** The large requests only, on a server that never held anything else. */
  readonly fresh: ReplayResult;
}

export type CalcificationOutcome = Readonly<Record<Side, SideOutcome>>;

/** A second's worth of requests. */
function windowOf(rate: number): number {
  return Math.max(1, Math.round(rate));
}

function traceFor({ memory, rate, seconds, seed }: CalcificationOptions): CalcifyOptions {
  const small = Math.ceil((memory * MEBIBYTE * OVERFILL) / SMALL_BYTES);
  const window = windowOf(rate);
  return {
    seed,
    smallBytes: SMALL_BYTES,
    smallKeys: small,
    // Whole windows: the next one begins with the large values.
    smallRequests: Math.ceil(small / window) * window,
    largeBytes: LARGE_BYTES,
    largeKeys: Math.ceil((memory * MEBIBYTE * LARGE_FACTOR) / LARGE_BYTES),
    largeRequests: Math.ceil(rate * seconds),
  };
}

async function play(
  side: Side,
  trace: CalcifyOptions,
  options: CalcificationOptions,
  common: Common,
): Promise<ReplayResult> {
  const { memory, rate, connections, batch } = options;
  const server = await ServerProcess.start(side, {
    command: common.commands[side],
    memory,
    cores: common.serverCores,
    certificate: null,
  });
  try {
    const { smallRequests } = trace;
    const replay = {
      port: server.port,
      connections,
      batch,
      window: windowOf(rate),
      rate,
      unpaced: smallRequests,
    };
    const result = runReplay({ kind: "calcify", ...trace }, replay, common.generatorCore);
    const skipped = smallRequests / replay.window;
    return { ...result, windows: result.windows.slice(skipped) };
  } finally {
    await server.stop();
  }
}

export async function measureCalcification(
  options: CalcificationOptions,
  common: Common,
): Promise<CalcificationOutcome> {
  const trace = traceFor(options);
  const outcomes: Partial<Record<Side, SideOutcome>> = {};
  for (const side of SIDES) {
    const fresh = await play(side, { ...trace, smallRequests: 0 }, options, common);
    note(`${side}, fresh: ${percent(settled(fresh), 1)} at its end`);
    const calcified = await play(side, trace, options, common);
    note(`${side}, calcified: ${percent(settled(calcified), 1)} at its end`);
    outcomes[side] = { calcified, fresh };
  }
  const { native, ours } = outcomes;
  if (native === undefined || ours === undefined) throw new Error("a side is missing");
  return { native, ours };
}

/** The hit ratio at the end. */
function settled({ windows }: ReplayResult): number {
  return hitRatio(windows.slice(-Math.ceil(windows.length * SETTLED_SHARE)));
}

/** The first window from which on the goal is met; null when that never happens. */
export function recoveryOf(windows: readonly Window[], goal: number): number | null {
  const at = windows.findLastIndex((window) => hitRatio([window]) < goal) + 1;
  return at < windows.length ? at : null;
}

function timeRows(outcome: CalcificationOutcome): Row[] {
  const columns = SIDES.flatMap((side) => [outcome[side].calcified, outcome[side].fresh]);
  const windows = Math.min(...columns.map((result) => result.windows.length));
  const step = Math.max(1, Math.ceil(windows / ROWS));
  return Array.from({ length: Math.floor(windows / step) }, (_, row) => {
    const from = row * step;
    const cells = columns.map((result) =>
      percent(hitRatio(result.windows.slice(from, from + step)), 1),
    );
    return [`${from} to ${from + step} s`, ...cells];
  });
}

function verdictRow(outcome: CalcificationOutcome, side: Side): Row {
  const { calcified, fresh } = outcome[side];
  const goal = RECOVERED * settled(outcome.native.fresh);
  const seconds = recoveryOf(calcified.windows, goal);
  const mean = hitRatio(calcified.windows);
  const refused = calcified.windows.reduce((sum, window) => sum + window.refused, 0);
  return [
    side,
    percent(mean, 2),
    percent(settled(calcified), 2),
    percent(settled(fresh), 2),
    seconds === null ? "not in this run" : `${seconds} s`,
    count(refused),
    count(calcified.stats["slabs_moved"] ?? 0),
    side === "native" ? "" : verdict(mean >= hitRatio(outcome.native.calcified.windows)),
  ];
}

export function calcificationReport(
  head: string,
  { memory, rate, seconds }: CalcificationOptions,
  outcome: CalcificationOutcome,
): string {
  const header = ["server", "mean", "at the end", "fresh", "recovered", "refused", "pages moved"];
  const over = SIDES.flatMap((side) => [`${side}`, `${side}, fresh`]);
  return `${head}

## Recovery

${table(
  [...header, "at least as fast?"],
  SIDES.map((side) => verdictRow(outcome, side)),
)}

\`-m ${memory}\`, filled with values of ${SMALL_BYTES} bytes; then ${count(rate)} gets a second for
${seconds} s by Zipf 0.99 of values of ${LARGE_BYTES} bytes, which are set where they are missing.
The mean is over these ${seconds} s, and "as fast" is judged by it. Fresh is what a server reaches
that never held small values. Recovered: from then on at least ${percent(RECOVERED)} of what a fresh
native server has at the end. Refused sets had no memory.

## Hit ratio over time

${table(["time", ...over], timeRows(outcome))}
`;
}
