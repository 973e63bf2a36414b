/**
 * A program in front of our servers that clients reach over a Unix socket, such as nginx or
 * nutcracker: its folder with the configuration, its standard error, its end.
 *
 * The socket takes the place of a port, which would have to be found first and could be lost.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextClient } from "./text-client.ts";
import { until } from "./waiting.ts";

const START_PATIENCE_MS = 10_000;

/** Programs that were not stopped, with their folders: neither may outlive this process. */
const running = new Map<Bun.Subprocess, string>();
process.on("exit", () => {
  for (const [child, folder] of running) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Files that a program is to find in its folder, and what starts it there. */
export interface ProxyProgram {
  readonly files: (folder: string) => Readonly<Record<string, string>>;
  /** Runs in the foreground, and listens on `socket` in its folder. */
  readonly command: readonly string[];
}

export class ProxyProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly #errors: Promise<string>;

  private constructor(
    readonly folder: string,
    command: readonly string[],
  ) {
    this.#child = Bun.spawn([...command], {
      cwd: folder,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    running.set(this.#child, folder);
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Resolves when the program takes connections. */
  static async start({ files, command }: ProxyProgram): Promise<ProxyProcess> {
    const folder = mkdtempSync(join(tmpdir(), "wasmcached-proxy-"));
    for (const [name, text] of Object.entries(files(folder)))
      writeFileSync(join(folder, name), text);
    const proxy = new ProxyProcess(folder, command);
    try {
      await until("the proxy to listen", () => proxy.#listens(), START_PATIENCE_MS);
      return proxy;
    } catch (error) {
      await proxy.stop();
      throw new Error(`${command.join(" ")}: ${await proxy.#errors}`, { cause: error });
    }
  }

  async #listens(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error("the proxy ended while starting");
    try {
      (await this.connect()).hangUp();
      return true;
    } catch {
      return false;
    }
  }

  /** Where clients find it. */
  get socket(): string {
    return join(this.folder, "socket");
  }

  connect(): Promise<TextClient> {
    return TextClient.connectPath(this.socket);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    rmSync(this.folder, { recursive: true, force: true });
    running.delete(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
