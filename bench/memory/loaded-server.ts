/**
 * The load that goes on during maintenance, and how much of it native memcached can do.
 *
 * Place: shared by the metadump and the latency benchmark.
 */
import { runTask } from "../server/generator-process.ts";
import { type Load, CONNECTIONS } from "../server/loads.ts";
import type { ServerProcess } from "../server/server-process.ts";
import type { LoadTask } from "../server/task.ts";
import type { Common } from "./command-line.ts";

/** Stores what the load reads. */
export function storeLoad(port: number, { dataSet }: Load, core: number): void {
  runTask({ mode: "fill", port, dataSet }, core);
}

export interface Timing {
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly seed: number;
}

export function loadTask(
  { port, pids }: ServerProcess,
  { dataSet, shape }: Load,
  timing: Timing,
  { serverCores, generatorCore }: Common,
): LoadTask {
  const cores = [Number.parseInt(serverCores, 10), generatorCore];
  return { port, pids, cores, connections: CONNECTIONS, dataSet, shape, version: 0, ...timing };
}

/** Requests a second at most. */
export function rateOf(server: ServerProcess, load: Load, timing: Timing, common: Common): number {
  const task = { ...loadTask(server, load, timing, common), mode: "closed" } as const;
  const { requests, seconds } = runTask(task, common.generatorCore);
  return requests / seconds;
}
