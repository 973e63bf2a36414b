/**
 * What the orchestrator asks of a generator process, and what it gets back, both as JSON.
 *
 * Place: the contract between `main.ts` and `generator.ts`. One process runs one task and ends.
 */
import type { DataSetSpec } from "./data-set.ts";
import type { Run } from "./comparison.ts";
import type { BatchShape } from "./script.ts";
import type { Side } from "./server-process.ts";

/** A server under load. */
export interface Target {
  readonly port: number;
  /** Its processes; their processor time is what is measured. */
  readonly pids: readonly number[];
}

/** What all kinds of load have in common. */
export interface LoadTask extends Target {
  /** The cores of the server and of the generator. */
  readonly cores: readonly number[];
  readonly connections: number;
  readonly dataSet: DataSetSpec;
  readonly shape: BatchShape;
  readonly version: number;
  readonly seed: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface FillTask {
  readonly mode: "fill";
  readonly port: number;
  readonly dataSet: DataSetSpec;
}

export interface ClosedTask extends LoadTask {
  readonly mode: "closed";
}

/** The closed loop against both servers by turns, a slice of time each: see `paired-loop.ts`. */
export interface PairedTask extends Omit<LoadTask, keyof Target> {
  readonly mode: "paired";
  readonly servers: Readonly<Record<Side, Target>>;
}

/** The closed loop over TLS. */
export interface TlsTask extends LoadTask {
  readonly mode: "tls";
}

export interface OpenTask extends LoadTask {
  readonly mode: "open";
  readonly requestsPerSecond: number;
}

export interface CapacityTask {
  readonly mode: "capacity";
  readonly port: number;
  readonly valueBytes: number;
  /** More items to store after the first eviction, as a share of those held then. */
  readonly beyond: number;
}

export type Task = FillTask | ClosedTask | PairedTask | TlsTask | OpenTask | CapacityTask;

export interface ClosedResult {
  readonly requests: number;
  readonly seconds: number;
  /** Processor time of the server in the window. */
  readonly serverMicros: number;
  /** Time in the window in which the generator had something to do. */
  readonly generatorMicros: number;
  /** Time on the two cores that went to other processes. */
  readonly foreignMicros: number;
}

export interface PairedResult {
  /** Of a slice each. */
  readonly runs: readonly Run<ClosedResult>[];
  /** Of all the time, with what lies between the slices. */
  readonly seconds: number;
  readonly foreignMicros: number;
}

/** Percentiles of the time from when a request was due to its answer's last byte, in us. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface OpenResult extends ClosedResult {
  readonly all: Latencies;
  /** Without the requests that were due while the generator itself was paused. */
  readonly undisturbed: Latencies;
  /** The median over slices of 50 ms of each slice's p99.9: what a quiet moment looks like. */
  readonly typicalP999: number;
  /** The share of requests left out of `undisturbed`. */
  readonly disturbedShare: number;
}

export interface CapacityResult {
  /** Items stored and still held when the first eviction showed. */
  readonly held: number;
  readonly seconds: number;
}

export interface FillResult {
  readonly stored: number;
}

export type TaskResult<T extends Task> = T extends ClosedTask | TlsTask
  ? ClosedResult
  : T extends PairedTask
    ? PairedResult
    : T extends OpenTask
      ? OpenResult
      : T extends CapacityTask
        ? CapacityResult
        : FillResult;
