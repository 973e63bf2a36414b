/**
 * A server under test: started on a free port, pinned to one core, ended by process id.
 *
 * Place: used by the orchestrator. A launcher may leave the work to a child process, so the whole
 * tree below the started process counts as the server.
 */
import { readdirSync, readFileSync } from "node:fs";
import { connectLoopback, closeSocket } from "./libc.ts";

const START_MILLIS = 15_000;

/** The two sides of every comparison. */
export type Side = "native" | "ours";

/** Children come after their parents. */
function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The name, in parentheses, may contain anything; the parent is the second field after it.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      parents.set(pid, Number(fields[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const tree = [root];
  for (let at = 0; at < tree.length; at++) {
    for (const [pid, parent] of parents) if (parent === tree[at]) tree.push(pid);
  }
  return tree;
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function listenWords(
  port: number,
  securePort: number,
  certificate: ServerCertificate | null,
): string[] {
  if (certificate === null) return ["-l", "127.0.0.1"];
  const { certFile, keyFile } = certificate;
  const listeners = `notls:127.0.0.1:${port},127.0.0.1:${securePort}`;
  return ["-l", listeners, "-Z", "-o", `ssl_chain_cert=${certFile},ssl_key=${keyFile}`];
}

function accepts(port: number): boolean {
  try {
    closeSocket(connectLoopback(port));
    return true;
  } catch {
    return false;
  }
}

/** Files in PEM. */
export interface ServerCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface StartOptions {
  readonly command: readonly string[];
  /** In MiB. */
  readonly memory: number;
  readonly cores: string;
  /** Null: no TLS. */
  readonly certificate: ServerCertificate | null;
}

export class ServerProcess {
  readonly side: Side;
  /** Plain text, whatever else there is. */
  readonly port: number;
  /** TLS; 0 without a certificate. */
  readonly securePort: number;
  private readonly child: Bun.Subprocess;

  private constructor(side: Side, port: number, securePort: number, child: Bun.Subprocess) {
    this.side = side;
    this.port = port;
    this.securePort = securePort;
    this.child = child;
  }

  static async start(
    side: Side,
    { command, memory, cores, certificate }: StartOptions,
  ): Promise<ServerProcess> {
    const port = freePort();
    const securePort = certificate === null ? 0 : freePort();
    const settings = `-t 1 -p ${port} -m ${memory} -c 4096 -u root`.split(" ");
    settings.push(...listenWords(port, securePort, certificate));
    const [program = "", ...words] = command;
    // The command's own words come last: they override these.
    const child = Bun.spawn(["taskset", "-c", cores, program, ...settings, ...words], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit",
    });
    const server = new ServerProcess(side, port, securePort, child);
    const deadline = Date.now() + START_MILLIS;
    while (!accepts(port)) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await server.stop();
        throw new Error(`${command.join(" ")} did not start`);
      }
      await Bun.sleep(20);
    }
    return server;
  }

  get pids(): number[] {
    return processTree(this.child.pid);
  }

  /** Resident memory of the server in MiB. */
  residentMib(): number {
    let kib = 0;
    for (const pid of this.pids) {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      kib += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    }
    return kib / 1024;
  }

  /** At once: it has nothing to lose, and native takes a second over an orderly end. */
  async stop(): Promise<void> {
    for (const pid of this.pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Already gone.
      }
    }
    await this.child.exited;
  }
}
