/**
 * Unix time in microseconds, for lines of the log: `Date` alone knows milliseconds only.
 */

/** Milliseconds that the two clocks may differ before they are taken to have parted. */
const DRIFT_MAX = 50;

/** Unix time in milliseconds when the monotonic clock was 0. */
let origin = 0;

export function unixMicroseconds(): number {
  const passed = performance.now();
  const wall = Date.now();
  if (Math.abs(wall - origin - passed) > DRIFT_MAX) origin = wall - passed;
  return Math.round((origin + passed) * 1000);
}
