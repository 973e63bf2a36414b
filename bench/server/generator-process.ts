/**
 * Runs one task in a generator process of its own.
 *
 * Place: the orchestrator's side of `task.ts`. `runTask` blocks until the task is done; `startTask`
 * does not, for what has to happen at the same time.
 */
import { join } from "node:path";
import { runChild, startChild } from "../support/child-task.ts";
import type { Task, TaskResult } from "./task.ts";

const GENERATOR = join(import.meta.dir, "generator.ts");
/** On top of the time the task itself takes. */
const SPARE_MILLIS = 60_000;
/** Tasks without a duration of their own limit themselves to this. */
const FILL_MILLIS = 300_000;

function limitOf(task: Task): number {
  if (!("seconds" in task)) return FILL_MILLIS + SPARE_MILLIS;
  const sides = task.mode === "paired" ? 2 : 1;
  return sides * (task.warmUpSeconds + task.seconds) * 1000 + SPARE_MILLIS;
}

export function runTask<T extends Task>(task: T, core: number): TaskResult<T> {
  return runChild<TaskResult<T>>(GENERATOR, task, core, limitOf(task));
}

export function startTask<T extends Task>(task: T, core: number): Promise<TaskResult<T>> {
  return startChild<TaskResult<T>>(GENERATOR, task, core, limitOf(task));
}
