/**
 * Processor time of other processes, to the nanosecond.
 *
 * Place: read by the generator at both ends of the measured window. Linux gives every process a
 * clock that counts the time of all its threads, those that have ended included; files under
 * `/proc` either round to 10 ms or lose the ended threads.
 */
import { readClockMicros } from "./libc.ts";

/** `CPUCLOCK_SCHED`: user and system time together, as the scheduler counted it. */
const SCHEDULER_CLOCK = 2;

/** Microseconds of processor time the processes have used so far, all together. */
export function cpuMicros(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) sum += readClockMicros((~pid << 3) | SCHEDULER_CLOCK);
  return sum;
}
