/**
 * Runs a task in a process of its own, as a rule pinned to a core: there and back it goes as JSON.
 *
 * Place: the orchestrators' side of every load generator. `runChild` blocks, so that the
 * orchestrator sleeps in the kernel for as long as the generator runs and takes no processor time
 * from either side; `startChild` is for those who have something to do meanwhile. `answerTask` is
 * the other side.
 */
import { spawnSync } from "node:child_process";

/** @param core null: wherever the system puts it */
function commandOf(program: string, task: unknown, core: number | null): string[] {
  const pinning = core === null ? [] : ["taskset", "-c", String(core)];
  return [...pinning, process.execPath, program, JSON.stringify(task)];
}

function resultOf<T>(stdout: string, stderr: string): T {
  let result: T | { error: string };
  try {
    result = JSON.parse(stdout) as T | { error: string };
  } catch {
    throw new Error(`the generator ended without a result: ${stderr.trim()}`);
  }
  if (typeof result === "object" && result !== null && "error" in result) {
    throw new Error(result.error);
  }
  return result as T;
}

export function runChild<T>(program: string, task: unknown, core: number, millis: number): T {
  const [first = "", ...words] = commandOf(program, task, core);
  const { stdout, stderr } = spawnSync(first, words, {
    encoding: "utf8",
    timeout: millis,
    killSignal: "SIGKILL",
  });
  return resultOf<T>(stdout, stderr);
}

export async function startChild<T>(
  program: string,
  task: unknown,
  core: number | null,
  millis: number,
): Promise<T> {
  const child = Bun.spawn(commandOf(program, task, core), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: millis,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return resultOf<T>(stdout, stderr);
}

/** In the generator: does the task of the command line and prints its result, or its failure. */
export async function answerTask<T>(run: (task: T) => unknown): Promise<void> {
  try {
    console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? "null") as T)));
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    process.exitCode = 1;
  }
}
