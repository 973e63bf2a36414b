/**
 * A process that makes one measurement: `bun bench/cache/measuring-process.ts <task as JSON>`.
 *
 * Place: started by `main.ts`, one after the other.
 */
import { answerTask } from "../support/child-task.ts";
import { measureLibrary } from "./library-measurement.ts";
import { measureLimit } from "./limit.ts";
import { measureNative } from "./native.ts";
import { measurePause } from "./pause.ts";
import { measureWaiting } from "./waiting.ts";
import type { Task } from "./task.ts";

await answerTask<Task>(async (task) => {
  switch (task.mode) {
    case "library":
      return await measureLibrary(task);
    case "pause":
      return await measurePause(task);
    case "limit":
      return await measureLimit(task);
    case "native":
      return await measureNative(task);
    case "waiting":
      return await measureWaiting(task);
  }
});
