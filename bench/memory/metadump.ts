/**
 * What a metadump of a million items costs the server while gets go on.
 *
 * Place: behind `maintenance-command.ts`. The gets come at a fixed rate, from a generator of its
 * own, for the whole time. First their own cost is measured; what the server takes above that
 * while the dump runs is the dump's.
 */
import { cpuMicros } from "../server/cpu-clock.ts";
import { startTask } from "../server/generator-process.ts";
import { LATENCY_LOAD, LOAD_MEMORY } from "../server/loads.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import type { OpenTask } from "../server/task.ts";
import { type Row, count, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import { type Dump, readDump } from "./dump.ts";
import { storeItems } from "./items.ts";
import { loadTask, storeLoad } from "./loaded-server.ts";

const VALUE_BYTES = 100;
const RATE = 10_000;
/** Processor seconds of ours for 1,000,000 items. */
const LIMIT_PER_MILLION = 2;

export interface MetadumpOptions {
  readonly items: number;
  /** Until the load has found its pace. */
  readonly warmUpSeconds: number;
  /** How long the gets alone are measured. */
  readonly quietSeconds: number;
  /** How long the gets go on altogether: the dump has to be over by then. */
  readonly seconds: number;
}

export interface MetadumpOutcome {
  readonly dump: Dump;
  /** Of the server, in the time of the dump: all, and without what the gets cost. */
  readonly cpuSeconds: number;
  readonly netSeconds: number;
  /** Of the gets, over all their time, in microseconds. */
  readonly p999: number;
}

async function dumpUnderLoad(
  server: ServerProcess,
  { warmUpSeconds, quietSeconds }: MetadumpOptions,
): Promise<Omit<MetadumpOutcome, "p999">> {
  await Bun.sleep(warmUpSeconds * 1000);
  const quietStart = Bun.nanoseconds();
  const before = cpuMicros(server.pids);
  await Bun.sleep(quietSeconds * 1000);
  const quietMicros = cpuMicros(server.pids) - before;
  const share = quietMicros / ((Bun.nanoseconds() - quietStart) / 1e3);
  const start = Bun.nanoseconds();
  const dumpBefore = cpuMicros(server.pids);
  let dump = await readDump(server.port, 120_000);
  // The crawler's own run over the fresh items comes first.
  for (let tries = 0; dump.refusal?.startsWith("BUSY") === true && tries < 40; tries++) {
    await Bun.sleep(100);
    dump = await readDump(server.port, 120_000);
  }
  const cpuSeconds = (cpuMicros(server.pids) - dumpBefore) / 1e6;
  const netSeconds = cpuSeconds - share * ((Bun.nanoseconds() - start) / 1e9);
  return { dump, cpuSeconds, netSeconds };
}

export async function measureMetadump(
  side: Side,
  options: MetadumpOptions,
  common: Common,
): Promise<MetadumpOutcome> {
  const { commands, serverCores, generatorCore } = common;
  const server = await ServerProcess.start(side, {
    command: commands[side],
    memory: LOAD_MEMORY,
    cores: serverCores,
    certificate: null,
  });
  try {
    const { port } = server;
    storeLoad(port, LATENCY_LOAD, generatorCore);
    storeItems(port, { prefix: "d", count: options.items, valueBytes: VALUE_BYTES, exptime: 0 });
    const { warmUpSeconds, seconds } = options;
    const timing = { warmUpSeconds, seconds, seed: 1 };
    const load = loadTask(server, LATENCY_LOAD, timing, common);
    const task: OpenTask = { ...load, mode: "open", requestsPerSecond: RATE };
    const [outcome, gets] = await Promise.all([
      dumpUnderLoad(server, options),
      startTask(task, generatorCore),
    ]);
    const { dump, netSeconds } = outcome;
    const what = dump.refusal ?? `${dump.items} items, ${netSeconds.toFixed(2)} s of processor`;
    note(`metadump, ${side}: ${what}`);
    return { ...outcome, p999: gets.all.p999 };
  } finally {
    await server.stop();
  }
}

export function metadumpSection(
  { items }: MetadumpOptions,
  outcomes: readonly (readonly [Side, MetadumpOutcome])[],
): string {
  const limit = (LIMIT_PER_MILLION * items) / 1e6;
  const rows = outcomes.map(([side, { dump, cpuSeconds, netSeconds, p999 }]): Row => {
    if (dump.refusal !== null) return [side, `refused: ${dump.refusal}`, "", "", "", "", "", ""];
    const isOurs = side === "ours";
    return [
      side,
      count(dump.items),
      count(dump.bytes),
      dump.seconds.toFixed(2),
      cpuSeconds.toFixed(2),
      netSeconds.toFixed(2),
      count(p999),
      isOurs ? verdict(dump.items >= items && netSeconds <= limit) : "",
    ];
  });
  const header = ["server", "lines", "bytes", "s", "CPU s", "of the dump", "p99.9 us", "ok?"];
  return `## Metadump

${table(header, rows)}

\`lru_crawler metadump all\` with ${count(items)} items and those of the load, while
${count(RATE)} gets a second go on; "of the dump" is the server's processor time without what the
gets alone take in as long a time, at most ${limit.toFixed(1)} s for ours. p99.9 is that of the gets
over their whole time, the dump included.`;
}
