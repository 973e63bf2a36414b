/**
 * Whether the machine can give what `-m` asks for, where that takes several memories.
 *
 * memcached finds out when it is too late. What one memory holds is taken as memcached takes it, so
 * that a command line that starts memcached starts this.
 */
import { EXIT_FAILURE, StartError } from "../../base/start-error.ts";
import type { Settings } from "../../base/settings.ts";
import { memoryCount } from "../../core/routed/plan.ts";
import { readFileSync } from "node:fs";

const MEMINFO_FILE = "/proc/meminfo";
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

/** Bytes of memory and swap that the machine has; null where that cannot be known. */
export function machineMemory(file: string = MEMINFO_FILE): number | null {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return null;
  }
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]);
  const total = (kibibytes("MemTotal") + kibibytes("SwapTotal")) * KIBIBYTE;
  return Number.isNaN(total) ? null : total;
}

/** Throws where `-m` is more than all memory and swap of the machine. */
export function checkMachineMemory(
  settings: Pick<Settings, "memoryLimit" | "memoriesLeast">,
  available: number | null = machineMemory(),
): void {
  const { memoryLimit } = settings;
  if (memoryCount(settings) === 1 || available === null || memoryLimit <= available) return;
  const [wanted, given] = [memoryLimit, available].map((bytes) => Math.floor(bytes / MEBIBYTE));
  throw new StartError(
    EXIT_FAILURE,
    `-m ${wanted}: this machine has ${given} megabytes of memory and swap`,
  );
}
