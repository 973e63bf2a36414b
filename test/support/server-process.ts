/**
 * A server process on a free loopback port.
 *
 * The port is learnt the way memcached itself offers: the file named by MEMCACHED_PORT_FILENAME,
 * which appears once the server listens.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Conversation, Server } from "./subject.ts";
import { TcpConversation } from "./tcp-conversation.ts";

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 3;
const HOST = "127.0.0.1";

/** Servers still running: none may outlive this process, however it ends. */
const running = new Set<Bun.Subprocess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class ServerProcess implements Server {
  private constructor(
    private readonly child: Bun.Subprocess<"ignore", "ignore", "pipe">,
    readonly port: number,
  ) {}

  /** Starts `command` with the options of a test server before the given ones. */
  static async start(command: string, options: readonly string[]): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), "wasmcached-test-"));
    const file = join(directory, "port");
    const words = ["-u", "root", "-l", HOST, "-p", "-1", "-U", "0", ...options];
    const child = Bun.spawn([command, ...words], {
      env: { ...process.env, MEMCACHED_PORT_FILENAME: file },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    running.add(child);
    try {
      const port = await portFrom(file, () => child.exitCode === null);
      return new ServerProcess(child, port);
    } catch (error) {
      child.kill("SIGKILL");
      const said = await new Response(child.stderr).text();
      throw new Error(`${command} ${words.join(" ")}: ${String(error)}\n${said}`, { cause: error });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async connect(): Promise<Conversation> {
    try {
      return await TcpConversation.open(HOST, this.port);
    } catch (error) {
      if (this.child.exitCode === null && this.child.signalCode === null) throw error;
      const said = await new Response(this.child.stderr).text();
      throw new Error(`the server ended by itself\n${said}`, { cause: error });
    }
  }

  async advance(seconds: number): Promise<void> {
    await Bun.sleep(seconds * 1000);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    running.delete(this.child);
  }
}

async function portFrom(file: string, alive: () => boolean): Promise<number> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const port = /^TCP INET: (\d+)$/m.exec(textOf(file))?.[1];
    if (port !== undefined) return Number(port);
    if (!alive()) throw new Error("the server ended while starting");
    await Bun.sleep(POLL_MS);
  }
  throw new Error("the server did not say its port in time");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
