/**
 * What the orchestrator asks a measuring process for, and what comes back; both travel as JSON.
 *
 * Place: between `main.ts` and `measuring-process.ts`. Every library and size has a process of its
 * own, so that none meets the garbage or the compiled code of another.
 */

export type ValueKind = "text" | "bytes";

/** One filled cache. */
export interface Scene {
  readonly entries: number;
  readonly valueBytes: number;
  readonly kind: ValueKind;
}

/** Hits, sets and those at once go to any item alike; popular and mixed by Zipf. */
export const OPERATIONS = [
  "get hit",
  "get popular",
  "50 at once",
  "get miss",
  "set",
  "mixed",
] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface LibraryTask extends Scene {
  readonly mode: "library";
  readonly library: string;
  /** Keys that are made beforehand and asked for in turn. */
  readonly draws: number;
  /** Measured time of each operation; 0: memory only. */
  readonly minCpuMs: number;
  /** Where in the fill resident memory is looked at; the last is `entries`. */
  readonly checkpoints: readonly number[];
}

export interface PauseTask {
  readonly mode: "pause";
  readonly library: string;
  readonly sets: number;
  /** How many of the items the cache is to keep. */
  readonly kept: number;
}

export interface LimitTask {
  readonly mode: "limit";
  readonly maxBytes: number;
}

export interface NativeTask {
  readonly mode: "native";
  readonly entries: number;
  readonly seconds: number;
}

export interface WaitingTask {
  readonly mode: "waiting";
  readonly bytes: number;
  readonly minCpuMs: number;
}

export type Task = LibraryTask | PauseTask | LimitTask | NativeTask | WaitingTask;

/** Nanoseconds of one call. */
export interface Times {
  readonly median: number;
  /** What the garbage collector takes is in here. */
  readonly mean: number;
}

export interface Resident {
  readonly entries: number;
  /** By how much the process has grown. */
  readonly bytes: number;
}

export interface LibraryResult {
  readonly times: Readonly<Record<Operation, Times>> | null;
  /** What making a value takes, which is part of every set. */
  readonly making: Times | null;
  readonly resident: readonly Resident[];
}

export interface PauseResult {
  /** Milliseconds of the longest turn of the event loop, and of the median one. */
  readonly longest: number;
  readonly median: number;
  readonly seconds: number;
}

export interface LimitResult {
  readonly grown: number;
  readonly stored: number;
  readonly evictions: number;
}

/** Operations in a second, by the way in which the client asks. */
export type NativeResult = Readonly<Record<string, number>>;
