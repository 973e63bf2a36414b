/**
 * The end after a mistake of ours: what one thread left behind, locks and half-made changes, nobody
 * can know, so the whole process goes down, with a core dump where `-r` asked for one.
 */
import { stderrWriter } from "../base/log.ts";

/** Says which thread failed and why, then aborts the process (SIGABRT). */
export function abortProcess(threadName: string, error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderrWriter(`fatal: ${threadName}: ${text}\n`);
  process.abort();
}

/** For the program's own thread, which is the only one or starts the others. */
export function failMainThread(error: unknown): never {
  return abortProcess("main thread", error);
}
