/**
 * What the figures were measured on.
 *
 * Place: the header of the report.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly kernel: string;
  readonly bun: string;
  readonly native: string;
  readonly commit: string;
  readonly date: string;
}

function outputOf(command: string, args: readonly string[]): string {
  const { stdout, status } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

function cpuModel(): string {
  const model = /^model name\s*:\s*(.+)$/m.exec(readFileSync("/proc/cpuinfo", "latin1"))?.[1];
  return `${model ?? "unknown"}, ${cpus().length} cores`;
}

function commitName(): string {
  const commit = outputOf("git", ["rev-parse", "--short", "HEAD"]);
  if (commit === "") return "uncommitted";
  return outputOf("git", ["status", "--porcelain", "src", "assembly", "bin"]) === ""
    ? commit
    : `${commit}-changed`;
}

/** Why the benchmark cannot run here, or null when it can. */
export function missingTool(native: string): string | null {
  if (process.platform !== "linux" || process.arch !== "x64") return "it needs Linux on x86-64";
  if (Bun.which("taskset") === null) return "it needs taskset (package util-linux)";
  if (Bun.which(native) === null) return `it needs native memcached: there is no ${native}`;
  if (cpus().length < 2) return "it needs two cores: one for the servers, one for the load";
  return null;
}

export function describeMachine(native: string): Machine {
  return {
    cpu: cpuModel(),
    kernel: release(),
    bun: Bun.version,
    native: outputOf(native, ["-V"]),
    commit: commitName(),
    date: new Date().toISOString().slice(0, 10),
  };
}
