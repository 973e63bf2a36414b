/** The subjects of this machine: which servers there are to talk to. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ServerProcess } from "./server-process.ts";
import type { Server, Subject } from "./subject.ts";

const OWN_PROGRAM = join(import.meta.dirname, "../../bin/wasmcached");

/** The native memcached, or null when it is not installed. */
export function nativeSubject(): Subject | null {
  const program = Bun.which("memcached");
  return program === null ? null : processSubject("native memcached", program, true);
}

/** Our server as a process, or null before it exists. */
export function ownSubject(): Subject | null {
  return existsSync(OWN_PROGRAM) ? processSubject("wasmcached", OWN_PROGRAM, false) : null;
}

function processSubject(name: string, program: string, native: boolean): Subject {
  const open = (options: readonly string[]): Promise<Server> =>
    ServerProcess.start(program, options);
  return { name, native, open };
}

/** Names of tests that cannot run carry the reason. */
export function skipped(name: string, reason: string): string {
  return `${name} (skipped: ${reason})`;
}

export const NO_NATIVE = "native memcached is not installed";
export const NO_OWN = "bin/wasmcached does not exist yet";
export const NO_IN_PROCESS = "no in-process subject is supplied yet";
