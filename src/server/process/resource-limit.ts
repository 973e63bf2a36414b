/**
 * Resource limits: reading and setting them.
 *
 * Shared by `core-limit.ts` and `file-limit.ts`. Setting needs libc; reading falls back to /proc,
 * so that at least the truth is known without it.
 */

import { readFileSync } from "node:fs";
import { libc } from "./libc.ts";

/** Numbers of <sys/resource.h>, as on Linux. */
export const RLIMIT_CORE = 4;
export const RLIMIT_NOFILE = 7;

/** "No limit", as the C library writes it. */
export const RLIM_INFINITY = 2n ** 64n - 1n;

export interface ResourceLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

const PROC_NAMES: Readonly<Record<number, string>> = {
  [RLIMIT_CORE]: "Max core file size",
  [RLIMIT_NOFILE]: "Max open files",
};

/** The limit, or null when it cannot be found out. */
export function getLimit(resource: number): ResourceLimit | null {
  const pair = new BigUint64Array(2);
  const library = libc();
  if (library !== null && library.getrlimit(resource, pair) === 0) {
    return { soft: pair[0] as bigint, hard: pair[1] as bigint };
  }
  return limitFromProc(resource);
}

/** Returns whether the system agreed. */
export function setLimit(resource: number, limit: ResourceLimit): boolean {
  const library = libc();
  if (library === null) return false;
  return library.setrlimit(resource, new BigUint64Array([limit.soft, limit.hard])) === 0;
}

/** A line such as `Max open files            1024                 4096                 files`. */
function limitFromProc(resource: number): ResourceLimit | null {
  try {
    const lines = readFileSync("/proc/self/limits", "latin1").split("\n");
    const name = PROC_NAMES[resource] ?? "?";
    const words = lines
      .find((line) => line.startsWith(name))
      ?.slice(name.length)
      .trim();
    const [soft, hard] = (words ?? "").split(/\s+/);
    if (soft === undefined || hard === undefined) return null;
    return { soft: limitFromWord(soft), hard: limitFromWord(hard) };
  } catch {
    return null;
  }
}

function limitFromWord(word: string): bigint {
  return word === "unlimited" ? RLIM_INFINITY : BigInt(word);
}
