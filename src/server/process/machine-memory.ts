/**
 * Whether there is what `-m` asks for, where that takes several memories: in the machine, and in
 * the control groups of this process.
 *
 * memcached finds out when it is too late. What one memory holds is taken as memcached takes it, so
 * that a command line that starts memcached starts this.
 */
import { EXIT_FAILURE, StartError } from "../../base/start-error.ts";
import { type GroupLimits, groupLimits } from "./control-group.ts";
import type { Settings } from "../../base/settings.ts";
import { memoryCount } from "../../core/routed/plan.ts";
import { readFileSync } from "node:fs";

const MEMINFO_FILE = "/proc/meminfo";
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

/** What there is for this process, in bytes, and who limits it. */
export interface AvailableMemory {
  readonly bytes: number;
  readonly giver: "this machine" | "the control group of this process";
}

/** Memory and swap; null where what the machine has cannot be known. */
export function availableMemory(
  file: string = MEMINFO_FILE,
  limits: GroupLimits = groupLimits(),
): AvailableMemory | null {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return null;
  }
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1]) * KIBIBYTE;
  const [memory, swap] = [bytes("MemTotal"), bytes("SwapTotal")];
  const machine = memory + swap;
  if (Number.isNaN(machine)) return null;
  const allowed = Math.min(memory, limits.memory) + Math.min(swap, limits.swap);
  const group = Math.min(allowed, limits.both);
  return group < machine
    ? { bytes: group, giver: "the control group of this process" }
    : { bytes: machine, giver: "this machine" };
}

/** Throws where `-m` is more than all memory and swap that there is. */
export function checkMachineMemory(
  settings: Pick<Settings, "memoryLimit" | "memoriesLeast">,
  available: AvailableMemory | null = availableMemory(),
): void {
  const { memoryLimit } = settings;
  if (memoryCount(settings) === 1 || available === null || memoryLimit <= available.bytes) return;
  const [wanted, given] = [memoryLimit, available.bytes].map((size) => Math.floor(size / MEBIBYTE));
  throw new StartError(
    EXIT_FAILURE,
    `-m ${wanted}: ${available.giver} has ${given} megabytes of memory and swap`,
  );
}
