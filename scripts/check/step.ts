/**
 * A step of the check: one program that must end well, or one function that says what is wrong.
 *
 * Steps run two at a time, because most of them are programs that use one core; each is reported in
 * the order of the list, with the time it took and, when it failed, with all it had to say.
 */

export interface StepResult {
  readonly isGood: boolean;
  /** What the step said. */
  readonly text: string;
  /** A remark for the line of a step that went well. */
  readonly note?: string;
}

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

const CONCURRENCY = 2;

/** A program of node_modules, run by the Bun that runs this. */
export function program(name: string, root: string, file: string, ...args: string[]): Step {
  return { name, run: () => runProgram([process.execPath, file, ...args], root) };
}

export async function runProgram(command: readonly string[], root: string): Promise<StepResult> {
  const child = Bun.spawn([...command], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const isGood = (await child.exited) === 0;
  return { isGood, text: `${stdout}${stderr}`.trim() };
}

/** Runs all steps and reports each; the names of those that failed. */
export async function runSteps(
  steps: readonly Step[],
  report: (line: string) => void,
): Promise<string[]> {
  const running: Promise<StepResult & { seconds: number }>[] = [];
  const failed: string[] = [];
  for (const [index, step] of steps.entries()) {
    while (running.length < Math.min(index + CONCURRENCY, steps.length)) {
      // A step may begin when the one CONCURRENCY places before it has ended.
      const next = running.length;
      running.push(timed(steps[next] ?? step, running[next - CONCURRENCY]));
    }
    const result = await running[index]!;
    report(`${mark(result.isGood)} ${step.name} ${inSeconds(result.seconds)}${noteOf(result)}`);
    if (result.isGood) continue;
    failed.push(step.name);
    report(result.text);
  }
  return failed;
}

async function timed(
  step: Step,
  before: Promise<unknown> | undefined,
): Promise<StepResult & { seconds: number }> {
  await before;
  const start = performance.now();
  const result = await runCaught(step);
  return { ...result, seconds: (performance.now() - start) / 1000 };
}

/** A step that cannot run has failed; it must not take the others with it. */
async function runCaught(step: Step): Promise<StepResult> {
  try {
    return await step.run();
  } catch (error) {
    return { isGood: false, text: String(error) };
  }
}

function noteOf({ note }: StepResult): string {
  return note === undefined ? "" : ` ${note}`;
}

export function mark(isGood: boolean): string {
  return isGood ? "ok    " : "FAILED";
}

export function inSeconds(seconds: number): string {
  return `(${seconds.toFixed(1)} s)`;
}
