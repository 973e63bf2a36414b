/** Runs a program to its end, with input, and gives back everything it said. */

export interface CommandRun {
  readonly code: number | null;
  readonly output: Buffer;
  /** Standard output as text, one byte per character. */
  readonly text: string;
  readonly errors: string;
}

const LIMIT_MS = 20_000;

/** A run that takes too long is ended and shows as code null. */
export async function run(
  command: readonly string[],
  options: { input?: string | Uint8Array; cwd?: string; limitMs?: number } = {},
): Promise<CommandRun> {
  const child = Bun.spawn([...command], {
    stdin: options.input === undefined ? "ignore" : Buffer.from(options.input as string, "latin1"),
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.limitMs ?? LIMIT_MS,
    killSignal: "SIGKILL",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const bytes = Buffer.from(output);
  return { code: child.exitCode, output: bytes, text: bytes.toString("latin1"), errors };
}
