/** The subjects of this machine: which servers there are to talk to. */

import { join } from "node:path";
import { ServerProcess } from "./server-process.ts";
import type { Server, Subject } from "./subject.ts";

const OWN_PROGRAM = join(import.meta.dirname, "../../bin/wasmcached");

/** The native memcached, or null when it is not installed. */
export function nativeSubject(): Subject | null {
  const program = Bun.which("memcached");
  return program === null ? null : processSubject("native memcached", program, true);
}

/** Our server as a process. */
export function ownSubject(): Subject {
  return processSubject("wasmcached over TCP", OWN_PROGRAM, false);
}

/** The same with several threads: connections of one conversation meet different ones. */
export function ownThreadedSubject(): Subject {
  return processSubject("wasmcached over TCP, 4 threads", OWN_PROGRAM, false, 4);
}

function processSubject(name: string, program: string, native: boolean, threads = 1): Subject {
  const open = (options: readonly string[]): Promise<Server> =>
    ServerProcess.start(program, ["-t", `${threads}`, ...options]);
  return { name, native, threads, open };
}

/** Names of tests that cannot run carry the reason. */
export function skipped(name: string, reason: string): string {
  return `${name} (skipped: ${reason})`;
}

export const NO_NATIVE = "memcached is not installed";
