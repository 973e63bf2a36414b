/**
 * `-d`: run in the background.
 *
 * A runtime with threads cannot fork, so the program starts itself again, detached, and stays only
 * until the new process says how it went. That is better than memcached's fork, which reports
 * success before it has tried to listen:
 *
 *   parent                                    child (session of its own, cwd `/` unless -r)
 *   startDaemon ── spawn, pipe as fd 3 ─────▶ daemonStatus()
 *      │                                         │ limits, user, memory, sockets …
 *      │ ◀── {"code":0} ──────────────────────── status.ready()    then stdio → /dev/null
 *      │ ◀── {"code":71,"message":"…"} ───────── status.failed(error)
 *   exit with that code, message on stderr
 *
 * Until it is ready the child writes warnings to the parent's terminal; with `-v` it keeps it for
 * good. Without libc the streams cannot be changed later, so they are closed from the beginning.
 */

import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { EXIT_FAILURE, type StartError } from "../../base/start-error.ts";
import { cString, libc } from "./libc.ts";

/** Marks the child. Its value is the pid of the parent, so that an inherited one means nothing. */
const MARK = "WASMCACHED_DAEMON_PARENT";
const STATUS_FD = 3;
const O_RDWR = 2;

export interface DaemonOptions {
  /** The command line without the program. */
  readonly argv: readonly string[];
  /** `-v`: the streams stay open. */
  readonly verbose: boolean;
  /** `-r`: the current folder stays, for the core file. */
  readonly keepFolder: boolean;
}

/** How the start ended, for the parent to exit with. */
export interface DaemonOutcome {
  readonly code: number;
  /** For stderr; empty when all is well. */
  readonly message: string;
}

/** The child's end of the pipe. */
export interface DaemonStatus {
  /** Everything is listening: lets the parent go, and the streams unless `verbose`. */
  ready(verbose: boolean): void;
  /** The start failed: the parent prints the message and takes the exit code. */
  failed(error: StartError): void;
}

/** Starts the program again in the background and waits until it serves or has given up. */
export function startDaemon(options: DaemonOptions): Promise<DaemonOutcome> {
  const output = options.verbose || libc() !== null ? "inherit" : "ignore";
  const child = spawn(process.execPath, [...programArguments(), ...options.argv], {
    detached: true,
    stdio: ["ignore", output, output, "pipe"],
    env: { ...process.env, [MARK]: String(process.pid) },
    ...(options.keepFolder ? {} : { cwd: "/" }),
  });
  let report = "";
  const { promise, resolve } = Promise.withResolvers<DaemonOutcome>();
  const pipe = child.stdio[STATUS_FD];
  pipe?.on("data", (bytes: Buffer) => {
    report += String(bytes);
    if (report.endsWith("\n")) resolve(JSON.parse(report) as DaemonOutcome);
  });
  child.on("error", () => {
    resolve({ code: EXIT_FAILURE, message: "failed to daemon() in order to daemonize" });
  });
  child.on("exit", (code, signal) => {
    const how = code === null ? `signal ${signal}` : `exit code ${code}`;
    const message = `the background process ended before it was listening (${how})`;
    // A report that was written before the exit may still be in the pipe.
    setTimeout(() => resolve({ code: code || EXIT_FAILURE, message }), 50);
  });
  return promise;
}

/** What stands between the executable and our own arguments: nothing in a compiled program. */
function programArguments(): string[] {
  const compiled = Bun.main.startsWith("/$bunfs/");
  return compiled ? [] : [...process.execArgv, Bun.main];
}

/** In the child: the way to report. In any other process: null. Ask once, before threads start. */
export function daemonStatus(): DaemonStatus | null {
  const mark = process.env[MARK];
  delete process.env[MARK];
  if (mark !== String(process.ppid)) return null;
  return {
    ready(verbose: boolean): void {
      if (!verbose) dropStreams();
      report({ code: 0, message: "" });
    },
    failed(error: StartError): void {
      report({ code: error.code, message: error.message });
    },
  };
}

/** A parent that is gone does not matter: the server runs on. */
function report(outcome: DaemonOutcome): void {
  try {
    writeSync(STATUS_FD, `${JSON.stringify(outcome)}\n`);
    closeSync(STATUS_FD);
  } catch {
    // Nobody is waiting.
  }
}

/** Points stdin, stdout and stderr at /dev/null. */
function dropStreams(): void {
  const library = libc();
  if (library === null) return;
  const nowhere = library.open(cString("/dev/null"), O_RDWR, 0);
  if (nowhere < 0) return;
  for (const stream of [0, 1, 2]) library.dup2(nowhere, stream);
  if (nowhere > 2) closeSync(nowhere);
}
