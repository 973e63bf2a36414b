/**
 * A server process for tests that look at the process too: its standard error, exit code, memory.
 *
 * `server-process.ts` is enough for tests that only talk. Here nothing is added to the command
 * line but what every start needs (user, loopback, a free port), and each can be replaced.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextClient } from "./text-client.ts";
import { inTime, until } from "./waiting.ts";

export const OWN_PROGRAM = join(import.meta.dirname, "../../bin/wasmcached");

/** Starting takes a twentieth of a second, but not on a busy machine. */
const START_PATIENCE_MS = 10_000;

/** Servers that were not stopped, with their folders: neither may outlive this process. */
const running = new Map<Bun.Subprocess, string>();
process.on("exit", () => {
  for (const [child, folder] of running) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

export interface LiveServerOptions {
  /** Another program than our own. */
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What to listen on, instead of an ephemeral port of 127.0.0.1. */
  readonly listen?: readonly string[];
}

export class LiveServer implements AsyncDisposable {
  /** Lines of the port file, such as `TCP INET: 4711`. */
  portLines: readonly string[] = [];
  #errors = "";
  #output = "";
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #streams: Promise<void[]>;
  readonly #folder = mkdtempSync(join(tmpdir(), "wasmcached-live-"));

  private constructor(words: readonly string[], options: LiveServerOptions) {
    const listen = options.listen ?? ["-l", "127.0.0.1", "-p", "-1"];
    this.#child = Bun.spawn(
      [options.program ?? OWN_PROGRAM, "-u", "root", "-U", "0", ...listen, ...words],
      {
        env: { ...process.env, MEMCACHED_PORT_FILENAME: this.#portFile, ...options.environment },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    running.set(this.#child, this.#folder);
    this.#streams = Promise.all([
      collect(this.#child.stderr, (text) => (this.#errors += text)),
      collect(this.#child.stdout, (text) => (this.#output += text)),
    ]);
  }

  /** Resolves when the server listens. */
  static async start(
    words: readonly string[] = [],
    options: LiveServerOptions = {},
  ): Promise<LiveServer> {
    const server = LiveServer.launch(words, options);
    try {
      await until(
        "the port file",
        () => {
          if (server.#child.exitCode !== null) throw new Error("the server ended while starting");
          server.portLines = linesOf(server.#portFile);
          return server.portLines.length > 0;
        },
        START_PATIENCE_MS,
      );
    } catch (error) {
      await server.stop();
      throw new Error(`${words.join(" ")}: ${String(error)}\n${server.#errors}`, { cause: error });
    }
    return server;
  }

  /** Does not wait for anything: for starts that are to fail. */
  static launch(words: readonly string[], options: LiveServerOptions = {}): LiveServer {
    return new LiveServer(words, options);
  }

  get #portFile(): string {
    return join(this.#folder, "port");
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first port. */
  get port(): number {
    return Number(this.portLines[0]?.split(" ").at(-1));
  }

  /** Standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Standard output so far. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  connect(): Promise<TextClient> {
    return TextClient.connect(this.port);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Stops the process in its tracks, so that several things can happen before it sees any. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    const state = (): string | undefined =>
      /\) (\S)/.exec(readFileSync(`/proc/${this.pid}/stat`, "latin1"))?.[1];
    await until("the server to be stopped", () => state() === "T");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  /** Waits for the end of the process and of what it wrote; a death by signal is its name. */
  async ended(): Promise<number | string> {
    await inTime("the end of the server", Promise.all([this.#child.exited, this.#streams]));
    return this.#child.signalCode ?? this.#child.exitCode ?? "running";
  }

  /** The figures of `stats`, or of `stats <what>`, asked over a connection of its own. */
  async stats(what = ""): Promise<ReadonlyMap<string, string>> {
    const client = await this.connect();
    const lines = await client.askAll(`stats ${what}`.trim());
    // Its end is waited for, so that the next one who counts connections does not count it.
    client.send("quit\r\n");
    await client.rest();
    return new Map(
      lines.slice(0, -1).map((line) => {
        const [, name = "", value = ""] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
        return [name, value];
      }),
    );
  }

  async stat(name: string, what = ""): Promise<number> {
    return Number((await this.stats(what)).get(name));
  }

  /** Resident memory in KiB. */
  residentKib(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended();
    rmSync(this.#folder, { recursive: true, force: true });
    running.delete(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void) {
  for await (const bytes of stream) add(Buffer.from(bytes).toString("latin1"));
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "latin1").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
