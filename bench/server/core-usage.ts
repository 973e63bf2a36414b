/**
 * How much of the two pinned cores went to processes that are no part of the benchmark.
 *
 * Place: read by the generator at both ends of the measured window. A benchmark on a machine that
 * is also doing something else measures that something; the report has to say so.
 */
import { readFileSync } from "node:fs";
import { cpuMicros } from "./cpu-clock.ts";

/** The kernel counts in ticks of 10 ms. */
const TICK_MICROS = 10_000;

/** Microseconds in which the cores were not idle, all causes together. */
function busyMicros(cores: readonly number[]): number {
  const lines = readFileSync("/proc/stat", "latin1").split("\n");
  let ticks = 0;
  for (const core of cores) {
    const line = lines.find((text) => text.startsWith(`cpu${core} `)) ?? "";
    const [, user, nice, system, , , interrupt, softInterrupt, steal] = line.split(/\s+/);
    for (const part of [user, nice, system, interrupt, softInterrupt, steal]) ticks += Number(part);
  }
  return ticks * TICK_MICROS;
}

/** Rises by the time others take; only differences between two readings mean anything. */
export function foreignMicros(cores: readonly number[], pids: readonly number[]): number {
  return busyMicros(cores) - cpuMicros([...pids, process.pid]);
}
