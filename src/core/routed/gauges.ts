/**
 * Gauges of several memories as those of one store: sums, but where a sum means nothing.
 */
import { ClassGauge, Gauge } from "../../../assembly/shared/counters.ts";
import type { Core } from "../core.ts";

/** The same in all memories, or known to the first one. */
const OF_FRONT: ReadonlySet<Gauge> = new Set([
  Gauge.CLASS_LARGEST,
  Gauge.FLUSH_CUT,
  Gauge.MOVED_FROM,
  Gauge.MOVED_TO,
]);

/** Something goes on in any of them. */
const LARGEST: ReadonlySet<Gauge> = new Set([
  Gauge.IS_EXPANDING,
  Gauge.IS_CRAWLING,
  Gauge.IS_MOVING,
  Gauge.MOVE_BUSY,
]);

/** The same in all memories. */
const CLASS_OF_FRONT: ReadonlySet<ClassGauge> = new Set([
  ClassGauge.CHUNK_SIZE,
  ClassGauge.CHUNKS_PER_PAGE,
]);

/** Of the memory whose items are idle longest. */
const CLASS_LARGEST: ReadonlySet<ClassGauge> = new Set([
  ClassGauge.AGE,
  ClassGauge.AGE_HOT,
  ClassGauge.AGE_WARM,
  ClassGauge.EVICTED_IDLE,
]);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function gaugeOf(cores: readonly Core[], which: Gauge): number {
  const values = cores.map((core) => core.gauge(which));
  if (OF_FRONT.has(which)) return values[0] as number;
  if (LARGEST.has(which)) return Math.max(...values);
  // The power of two that all tables have buckets for.
  if (which === Gauge.HASH_POWER) return Math.floor(Math.log2(sum(values.map((n) => 2 ** n))));
  return sum(values);
}

export function classGaugeOf(cores: readonly Core[], classId: number, which: ClassGauge): number {
  const values = cores.map((core) => core.classGauge(classId, which));
  if (CLASS_OF_FRONT.has(which)) return values[0] as number;
  return CLASS_LARGEST.has(which) ? Math.max(...values) : sum(values);
}
