/**
 * The generator process of the memory benchmarks: weighs a trace, or plays it.
 *
 * Place: started by the orchestrators on a core of its own, by `tasks.ts`.
 */
import { answerTask } from "../support/child-task.ts";
import { footprintOf } from "./footprint.ts";
import { replay } from "./replay.ts";
import type { MemoryTask } from "./tasks.ts";
import { traceOf } from "./trace-spec.ts";

answerTask<MemoryTask>((task) => {
  const trace = traceOf(task.trace);
  return task.mode === "footprint" ? footprintOf(trace) : replay(trace, task);
});
