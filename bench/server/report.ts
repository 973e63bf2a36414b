/**
 * The report: Markdown tables of all that was measured.
 *
 * Place: the last step. It states figures and verdicts only; `results.ts` collects them.
 */
import { medianOf, ratioOf, SIDES, type Ratio } from "./comparison.ts";
import {
  CAPACITY_MEMORY,
  CONNECTIONS,
  LATENCY_LIMIT,
  LATENCY_LOAD,
  LOAD_MEMORY,
  PLAIN_NAME,
  RESIDENT_BASE,
  RESIDENT_FACTOR,
  RESIDENT_VALUE_BYTES,
  SECURE_NAME,
  type CapacitySize,
  type Load,
} from "./loads.ts";
import { type Row, count, percent, table, verdict } from "../support/tables.ts";
import type { Machine } from "./machine.ts";
import {
  QUIET_SHARE,
  foreignShare,
  microsPerRequest,
  requestRate,
  type FullServer,
  type Outcome,
} from "./measurements.ts";
import type { Latencies, ClosedResult, OpenResult } from "./task.ts";

export interface Results {
  readonly machine: Machine;
  readonly commandLine: string;
  readonly runs: number;
  readonly seconds: number;
  readonly loads: readonly { readonly load: Load; readonly outcome: Outcome<ClosedResult> }[];
  readonly latency: { readonly rate: number; readonly outcome: Outcome<OpenResult> } | null;
  readonly capacity: readonly {
    readonly size: CapacitySize;
    readonly outcome: Outcome<FullServer>;
  }[];
  readonly resident: Outcome<FullServer> | null;
}

/** From here on a side has no time left; the machine takes a few percent from everybody. */
const GENERATOR_FULL = 0.97;
const SERVER_FULL = 0.92;

const micros = (value: number): string => value.toFixed(2);
const whole = (value: number): string => value.toFixed(0);
const BOTTLENECK_NOTE = `Busy is the share of the time in which there was something to do. "Others"
is the processor time other processes took on the two cores, as a share of one (median of the worse
side), and where neither was busy they are the bottleneck;
a run with more than ${percent(QUIET_SHARE)} of it is repeated, up to twice.`;

const SECURE_NOTE = `A get of 32 bytes, one per read. The generator of the TLS load does as much TLS
as the server, on its own core and with an event loop of its own: it may be the bottleneck, and its
"busy" is its processor time.`;

const spread = (ratio: Ratio): string => `${ratio.low.toFixed(2)}..${ratio.high.toFixed(2)}`;

function failed(title: string, outcome: Outcome<unknown>, columns: number): Row {
  const cells = Array.from({ length: columns - 2 }, () => "");
  return [title, `failed: ${outcome.failure ?? "no runs"}`, ...cells];
}

const unusable = (outcome: Outcome<unknown>): boolean =>
  outcome.failure !== null || outcome.runs.length === 0;

function processorTable(results: Results): string {
  const header = ["load", "native us/req", "ours us/req", "ratio", "spread", "limit", "ok?"];
  const rows = results.loads.map(({ load, outcome }) => {
    if (unusable(outcome)) return failed(load.title, outcome, header.length);
    const ratio = ratioOf(outcome.runs, microsPerRequest);
    return [
      load.title,
      micros(medianOf(outcome.runs, "native", microsPerRequest)),
      micros(medianOf(outcome.runs, "ours", microsPerRequest)),
      ratio.median.toFixed(2),
      spread(ratio),
      load.limit.toFixed(2),
      verdict(ratio.median <= load.limit),
    ];
  });
  return table(header, rows);
}

function throughputTable(results: Results): string {
  const header = ["load", "native req/s", "ours req/s", "ratio", "spread", "not below?"];
  const rows = results.loads.map(({ load, outcome }) => {
    if (unusable(outcome)) return failed(load.title, outcome, header.length);
    const ratio = ratioOf(outcome.runs, requestRate);
    return [
      load.title,
      count(medianOf(outcome.runs, "native", requestRate)),
      count(medianOf(outcome.runs, "ours", requestRate)),
      ratio.median.toFixed(2),
      spread(ratio),
      verdict(ratio.median >= 1),
    ];
  });
  return table(header, rows);
}

/** What TLS costs each server, where the load was measured with and without it. */
function secureTable({ loads }: Results): string | null {
  const named = (name: string) => loads.find(({ load }) => load.name === name)?.outcome;
  const [plain, secure] = [named(PLAIN_NAME), named(SECURE_NAME)];
  if (plain === undefined || secure === undefined) return null;
  if (unusable(plain) || unusable(secure)) return null;
  const rows = SIDES.map((side) => {
    const [without, over] = [plain, secure].map(({ runs }) =>
      medianOf(runs, side, microsPerRequest),
    );
    return [side, micros(without!), micros(over!), (over! / without!).toFixed(2)];
  });
  return table(["server", "plain us/req", "TLS us/req", "ratio"], rows);
}

const generatorMicros = (result: ClosedResult): number => result.generatorMicros / result.requests;
const generatorShare = (result: ClosedResult): number =>
  result.generatorMicros / result.seconds / 1e6;
const serverShare = (result: ClosedResult): number => result.serverMicros / result.seconds / 1e6;

interface Shares {
  readonly generator: number;
  readonly server: number;
}

/** On the side where the server had the most time left. */
function bottleneck(sides: readonly Shares[]): string {
  if (sides.every(({ server }) => server >= SERVER_FULL)) return "server";
  const full = sides.some((side) => side.server < SERVER_FULL && side.generator >= GENERATOR_FULL);
  return full ? "**generator**" : "**neither**";
}

function bottleneckTable(results: Results): string {
  const header = [
    "load",
    "generator us/req",
    "native: generator busy",
    "native: server busy",
    "ours: generator busy",
    "ours: server busy",
    "bottleneck",
    "others",
  ];
  const rows = results.loads.map(({ load, outcome }) => {
    if (unusable(outcome)) return failed(load.title, outcome, header.length);
    const { runs } = outcome;
    const shares = SIDES.map((side) => ({
      generator: medianOf(runs, side, generatorShare),
      server: medianOf(runs, side, serverShare),
    }));
    return [
      load.title,
      micros(medianOf(runs, "native", generatorMicros)),
      ...shares.flatMap(({ generator, server }) => [percent(generator), percent(server)]),
      bottleneck(shares),
      percent(Math.max(...SIDES.map((side) => medianOf(runs, side, foreignShare)))),
    ];
  });
  return table(header, rows);
}

function latencyTable(rate: number, outcome: Outcome<OpenResult>): string {
  const header = ["latency (us)", "native", "ours", "ratio", "spread", "limit", "ok?"];
  const figure = (title: string, of: (result: OpenResult) => number, limit: number): Row => {
    const ratio = ratioOf(outcome.runs, of);
    const judged = Number.isFinite(limit);
    return [
      title,
      whole(medianOf(outcome.runs, "native", of)),
      whole(medianOf(outcome.runs, "ours", of)),
      ratio.median.toFixed(2),
      spread(ratio),
      judged ? limit.toFixed(2) : "",
      judged ? verdict(ratio.median <= limit) : "",
    ];
  };
  const of = (set: "all" | "undisturbed", name: keyof Latencies, limit: number): Row => {
    const title = `${name.replace("p999", "p99.9")}, ${set}`;
    return figure(title, (result) => result[set][name], limit);
  };
  const rows = unusable(outcome)
    ? [failed(LATENCY_LOAD.title, outcome, header.length)]
    : [
        of("undisturbed", "p50", Infinity),
        of("undisturbed", "p99", Infinity),
        of("undisturbed", "p999", LATENCY_LIMIT),
        of("all", "p50", Infinity),
        of("all", "p99", Infinity),
        of("all", "p999", Infinity),
        figure("p99.9, typical 50 ms", (result) => result.typicalP999, Infinity),
      ];
  const share = (side: "native" | "ours"): string =>
    percent(medianOf(outcome.runs, side, (result) => result.disturbedShare));
  return `${table(header, rows)}

${LATENCY_LOAD.title}, open loop, Poisson arrivals at ${count(rate)} requests/s (half of what native
does at most), ${outcome.runs.length} alternating runs; latency counts from when a request was due.
"All" is every request. "Undisturbed" leaves out those due while the generator's own core was taken
from it (${share("native")} of them with native, ${share("ours")} with ours). "Typical" is the
median
over slices of 50 ms of the slice's p99.9.`;
}

const held = (result: FullServer): number => result.held;
const resident = (result: FullServer): number => result.residentMib;

function capacityTable(results: Results): string {
  const header = ["value bytes", "native", "ours", "ratio", "spread", "limit", "ok?"];
  const rows = results.capacity.map(({ size, outcome }) => {
    const title = String(size.valueBytes);
    if (unusable(outcome)) return failed(title, outcome, header.length);
    const ratio = ratioOf(outcome.runs, held);
    return [
      title,
      count(medianOf(outcome.runs, "native", held)),
      count(medianOf(outcome.runs, "ours", held)),
      ratio.median.toFixed(3),
      `${ratio.low.toFixed(3)}..${ratio.high.toFixed(3)}`,
      size.limit.toFixed(2),
      verdict(ratio.median >= size.limit),
    ];
  });
  return table(header, rows);
}

function residentTable(results: Results): string {
  const header = [
    "-m",
    "value bytes",
    "native MiB",
    "ours MiB",
    "highest",
    "at once",
    "limit",
    "ok?",
  ];
  const row = (memory: number, valueBytes: number, outcome: Outcome<FullServer>): Row => {
    if (unusable(outcome)) return failed(String(memory), outcome, header.length);
    const limit = RESIDENT_BASE + RESIDENT_FACTOR * memory;
    const highest = Math.max(...outcome.runs.map((run) => run.ours.residentMib));
    return [
      String(memory),
      String(valueBytes),
      medianOf(outcome.runs, "native", resident).toFixed(1),
      medianOf(outcome.runs, "ours", resident).toFixed(1),
      highest.toFixed(1),
      medianOf(outcome.runs, "ours", (full) => full.atOnceMib).toFixed(1),
      limit.toFixed(1),
      verdict(highest <= limit),
    ];
  };
  const rows = results.capacity.map(({ size, outcome }) =>
    row(CAPACITY_MEMORY, size.valueBytes, outcome),
  );
  if (results.resident !== null) {
    rows.push(row(LOAD_MEMORY, RESIDENT_VALUE_BYTES, results.resident));
  }
  return table(header, rows);
}

function head({ machine, commandLine, runs, seconds }: Results): string {
  return `# Server benchmark, ${machine.date}, ${machine.commit}

- processor: ${machine.cpu}; kernel ${machine.kernel}
- Bun ${machine.bun}; native ${machine.native}
- command: \`${commandLine}\`
- runs per figure: ${runs}, of ${seconds} s for each server, by turns: a slice of half a second each
  under the closed loop, whole runs otherwise; figures are medians, a ratio is the median of the
  ratios of two that follow one another (ours / native), the spread is where nine tenths of them end
  on both sides
- ${CONNECTIONS} connections over the loopback, 100,000 keys of 14 bytes, values of 32 bytes unless
  the load says otherwise; servers pinned to one core, the load generator to another; every byte of
  every answer is compared with the one expected, but for the CAS uniques in binary ones`;
}

export function writeReport(results: Results): string {
  const parts = [head(results)];
  if (results.loads.length > 0) {
    parts.push("## Server processor time per request", processorTable(results));
    parts.push("## Closed-loop throughput", throughputTable(results));
    parts.push("## Who is the bottleneck", bottleneckTable(results), BOTTLENECK_NOTE);
  }
  const secure = secureTable(results);
  if (secure !== null) parts.push("## What TLS costs", secure, SECURE_NOTE);
  if (results.latency !== null) {
    const { rate, outcome } = results.latency;
    parts.push("## Latency at a fixed rate", latencyTable(rate, outcome));
  }
  if (results.capacity.length > 0) {
    parts.push(`## Items held at \`-m ${CAPACITY_MEMORY}\` before the first eviction`);
    parts.push(capacityTable(results));
  }
  if (results.capacity.length > 0 || results.resident !== null) {
    parts.push("## Resident memory when full", residentTable(results));
  }
  return `${parts.join("\n\n")}\n`;
}
