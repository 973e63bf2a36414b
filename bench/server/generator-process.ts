/**
 * Runs one task in a generator process of its own.
 *
 * Place: the orchestrator's side of `task.ts`. The call blocks, so that the orchestrator sleeps in
 * the kernel for as long as the generator runs and takes no processor time from either side.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Task, TaskResult } from "./task.ts";

const GENERATOR = join(import.meta.dir, "generator.ts");
/** On top of the time the task itself takes. */
const SPARE_MILLIS = 60_000;
/** Tasks without a duration of their own limit themselves to this. */
const FILL_MILLIS = 300_000;

export function runTask<T extends Task>(task: T, core: number): TaskResult<T> {
  const args = ["-c", String(core), process.execPath, GENERATOR, JSON.stringify(task)];
  const millis = "seconds" in task ? (task.warmUpSeconds + task.seconds) * 1000 : FILL_MILLIS;
  const { stdout, stderr } = spawnSync("taskset", args, {
    encoding: "utf8",
    timeout: millis + SPARE_MILLIS,
    killSignal: "SIGKILL",
  });
  let result: TaskResult<T> | { error: string };
  try {
    result = JSON.parse(stdout) as TaskResult<T> | { error: string };
  } catch {
    throw new Error(`the generator ended without a result: ${stderr.trim()}`);
  }
  if ("error" in result) throw new Error(result.error);
  return result;
}
