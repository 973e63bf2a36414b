/**
 * The measurements: which server runs when, and which task is run against it.
 *
 * Place: called by `main.ts` in the order of the report. A failing run (a wrong answer, a server
 * that is gone) ends its figure, not the benchmark: the report says what happened.
 */
import { alternate, medianOf, ratioOf, SIDES, type Run } from "./comparison.ts";
import { runTask } from "./generator-process.ts";
import {
  CAPACITY_MEMORY,
  CONNECTIONS,
  LATENCY_LOAD,
  LOAD_MEMORY,
  LOADS,
  RESIDENT_VALUE_BYTES,
  type CapacitySize,
  type Load,
} from "./loads.ts";
import type { Options } from "./options.ts";
import { ServerProcess, type ServerCertificate, type Side } from "./server-process.ts";
import { isStoring } from "./script.ts";
import type {
  CapacityResult,
  ClosedResult,
  ClosedTask,
  LoadTask,
  OpenResult,
  OpenTask,
  PairedTask,
  Target,
  TaskResult,
  TlsTask,
} from "./task.ts";

/** The runs of one figure; when `failure` is not null, those before it. */
export interface Outcome<T> {
  readonly runs: readonly Run<T>[];
  readonly failure: string | null;
}

export interface FullServer extends CapacityResult {
  /** A second after the last set. */
  readonly residentMib: number;
  /** Right behind it. */
  readonly atOnceMib: number;
}

/** What is repeated when others disturb it. */
type MeasuredTask = ClosedTask | PairedTask | TlsTask | OpenTask;

/** How long a full server rests before its resident memory is read. */
const SETTLE_MS = 1000;

/** Items stored after the first eviction: a server is full when it has lived on for a while. */
const BEYOND_FULL = 0.2;
/** A run counts as undisturbed while others take no more than this share of one core. */
export const QUIET_SHARE = 0.05;
const ATTEMPTS = 3;
/** Latency at the 99.9th percentile scatters more than any other figure. */
const latencyRuns = (runs: number): number => (runs === 1 ? 1 : 2 * runs + 1);

export function requestRate(result: ClosedResult): number {
  return result.requests / result.seconds;
}

export function microsPerRequest(result: ClosedResult): number {
  return result.serverMicros / result.requests;
}

/** Others' processor time in the window, as a share of one core. */
export function foreignShare(result: Pick<ClosedResult, "foreignMicros" | "seconds">): number {
  return result.foreignMicros / result.seconds / 1e6;
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function failed<T>(name: string, runs: readonly Run<T>[], error: unknown): Outcome<T> {
  const failure = error instanceof Error ? error.message : String(error);
  note(`${name}: ${failure}`);
  return { runs, failure };
}

export class Measurements {
  private readonly options: Options;
  private readonly servers = new Map<Side, ServerProcess>();

  constructor(options: Options) {
    this.options = options;
  }

  /** Starts both servers, with a certificate for TLS, and stores what the loads read. */
  async startLoadServers(certificate: ServerCertificate | null): Promise<void> {
    const isSecure = certificate !== null;
    const loads = LOADS.filter((load) => (load.isSecure === true) === isSecure);
    for (const side of SIDES) {
      const server = await this.start(side, LOAD_MEMORY, certificate);
      this.servers.set(side, server);
      const dataSets = new Set(loads.map((load) => load.dataSet));
      for (const dataSet of dataSets) {
        runTask({ mode: "fill", port: server.port, dataSet }, this.options.generatorCore);
      }
      note(`${side}: started${isSecure ? " with TLS" : ""}, data sets stored`);
    }
  }

  async stopLoadServers(): Promise<void> {
    for (const server of this.servers.values()) await server.stop();
    this.servers.clear();
  }

  async load(load: Load): Promise<Outcome<ClosedResult>> {
    return load.isSecure === true ? await this.secureLoad(load) : this.pairedLoad(load);
  }

  /** Both servers by turns within each run. */
  private pairedLoad(load: Load): Outcome<ClosedResult> {
    const runs: Run<ClosedResult>[] = [];
    try {
      for (let run = 0; run < this.options.runs; run++) {
        const servers = { native: this.target("native", load), ours: this.target("ours", load) };
        const task: PairedTask = { ...this.loadShape(load, run), mode: "paired", servers };
        const pairs = this.undisturbedRun(task).runs;
        runs.push(...pairs);
        note(`${load.name} ${run + 1}: ${ratioOf(pairs, microsPerRequest).median.toFixed(2)}`);
        for (const side of SIDES) {
          const cpu = medianOf(pairs, side, microsPerRequest).toFixed(3);
          note(`  ${side}: ${cpu} us/request, ${medianOf(pairs, side, requestRate).toFixed(0)}/s`);
        }
      }
    } catch (error) {
      return failed(load.name, runs, error);
    }
    return { runs, failure: null };
  }

  private secureLoad(load: Load): Promise<Outcome<ClosedResult>> {
    return this.collect(load.name, this.options.runs, (side, run) => {
      const result = this.closedRun(side, load, run);
      const cpu = microsPerRequest(result).toFixed(3);
      note(`${load.name} ${run + 1} ${side}: ${cpu} us/request, ${rateText(result)}`);
      return result;
    });
  }

  latency(requestsPerSecond: number): Promise<Outcome<OpenResult>> {
    return this.collect("latency", latencyRuns(this.options.runs), (side, run) => {
      const shared = this.loadTask(side, LATENCY_LOAD, run);
      const task = { ...shared, mode: "open", requestsPerSecond } as const;
      const result = this.undisturbedRun(task);
      const tail = result.undisturbed.p999.toFixed(0);
      note(`latency ${run + 1} ${side}: p99.9 ${tail} us, ${rateText(result)}`);
      return result;
    });
  }

  /** What native does at most under the latency load, for when that was not measured before. */
  nativeRate(): number {
    return requestRate(this.closedRun("native", LATENCY_LOAD, 0));
  }

  capacity(size: CapacitySize): Promise<Outcome<FullServer>> {
    return this.collect(size.name, this.options.runs, (side, run) =>
      this.fillServer(`${size.name} ${run + 1}`, side, CAPACITY_MEMORY, size.valueBytes),
    );
  }

  resident(): Promise<Outcome<FullServer>> {
    return this.collect("resident", this.options.runs, (side, run) =>
      this.fillServer(`resident ${run + 1}`, side, LOAD_MEMORY, RESIDENT_VALUE_BYTES),
    );
  }

  /** Repeats a run that other processes disturbed, and keeps the one they disturbed least. */
  private undisturbedRun<T extends MeasuredTask>(task: T): TaskResult<T> {
    let best: TaskResult<T> | null = null;
    let failure: unknown = null;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const result = runTask(task, this.options.generatorCore);
        if (best === null || foreignShare(result) < foreignShare(best)) best = result;
        if (foreignShare(result) <= QUIET_SHARE) return result;
        note(`  other processes took ${(foreignShare(result) * 100).toFixed(0)} % of a core`);
      } catch (error) {
        // A wrong answer stays wrong; only falling behind may be somebody else's fault.
        if (!String(error).includes("keep up")) throw error;
        failure = error;
        note(`  ${String(error)}`);
      }
    }
    if (best === null) throw failure;
    return best;
  }

  private async fillServer(
    name: string,
    side: Side,
    memory: number,
    valueBytes: number,
  ): Promise<FullServer> {
    const server = await this.start(side, memory, null);
    try {
      const { port } = server;
      const task = { mode: "capacity", port, valueBytes, beyond: BEYOND_FULL } as const;
      const result = runTask(task, this.options.generatorCore);
      const atOnceMib = server.residentMib();
      // What the burst of the filling took for a moment is given back; what stays is the figure.
      await Bun.sleep(SETTLE_MS);
      const residentMib = server.residentMib();
      note(`${name} ${side}: ${result.held} items, ${residentMib.toFixed(1)} MiB resident`);
      return { ...result, residentMib, atOnceMib };
    } finally {
      await server.stop();
    }
  }

  private async collect<T>(
    name: string,
    runs: number,
    measure: (side: Side, run: number) => T | Promise<T>,
  ): Promise<Outcome<T>> {
    const found: Run<T>[] = [];
    try {
      await alternate(runs, measure, (run) => found.push(run));
    } catch (error) {
      return failed(name, found, error);
    }
    return { runs: found, failure: null };
  }

  private start(
    side: Side,
    memory: number,
    certificate: ServerCertificate | null,
  ): Promise<ServerProcess> {
    const { native, server, serverCores: cores } = this.options;
    const command = side === "native" ? native : server;
    return ServerProcess.start(side, { command, memory, cores, certificate });
  }

  private target(side: Side, load: Load): Target {
    const server = this.servers.get(side);
    if (server === undefined) throw new Error(`${side} is not running`);
    const { port, securePort, pids } = server;
    return { port: load.isSecure === true ? securePort : port, pids };
  }

  private loadTask(side: Side, load: Load, run: number): LoadTask {
    return { ...this.loadShape(load, run), ...this.target(side, load) };
  }

  private loadShape(load: Load, run: number): Omit<LoadTask, keyof Target> {
    return {
      cores: [Number.parseInt(this.options.serverCores, 10), this.options.generatorCore],
      connections: CONNECTIONS,
      dataSet: load.dataSet,
      shape: load.shape,
      version: isStoring(load.shape) ? run + 1 : 0,
      seed: run,
      // A just-in-time compiler meets a load for the first time in its first run.
      warmUpSeconds: this.options.warmUpSeconds * (run === 0 ? 2 : 1),
      seconds: this.options.seconds,
    };
  }

  private closedRun(side: Side, load: Load, run: number): ClosedResult {
    const mode = load.isSecure === true ? "tls" : "closed";
    const task: ClosedTask | TlsTask = { ...this.loadTask(side, load, run), mode };
    return this.undisturbedRun(task);
  }
}

function rateText(result: ClosedResult): string {
  const busy = (micros: number): string => `${(micros / result.seconds / 1e4).toFixed(0)} %`;
  const rate = requestRate(result).toFixed(0);
  return `${rate}/s, server ${busy(result.serverMicros)}, load ${busy(result.generatorMicros)}`;
}

export function nativeMedianRate(outcome: Outcome<ClosedResult>): number {
  return medianOf(outcome.runs, "native", requestRate);
}
