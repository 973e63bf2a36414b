/**
 * What the orchestrators ask of a generator process of this folder.
 *
 * Place: the contract with `generator.ts`; one process does one task and ends.
 */
import { join } from "node:path";
import { runChild } from "../support/child-task.ts";
import type { Footprint } from "./footprint.ts";
import type { ReplayOptions, ReplayResult } from "./replay.ts";
import type { TraceSpec } from "./trace-spec.ts";

export interface FootprintTask {
  readonly mode: "footprint";
  readonly trace: TraceSpec;
}

export interface ReplayTask extends ReplayOptions {
  readonly mode: "replay";
  readonly trace: TraceSpec;
}

export type MemoryTask = FootprintTask | ReplayTask;

const GENERATOR = join(import.meta.dir, "generator.ts");
/** Nothing here takes as long; a generator that hangs ends all the same. */
const LIMIT_MILLIS = 2 * 3600 * 1000;

export function measureFootprint(trace: TraceSpec, core: number): Footprint {
  const task: FootprintTask = { mode: "footprint", trace };
  return runChild<Footprint>(GENERATOR, task, core, LIMIT_MILLIS);
}

export function runReplay(trace: TraceSpec, options: ReplayOptions, core: number): ReplayResult {
  const task: ReplayTask = { mode: "replay", trace, ...options };
  return runChild<ReplayResult>(GENERATOR, task, core, LIMIT_MILLIS);
}
