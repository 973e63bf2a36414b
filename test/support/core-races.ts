/**
 * Races between two threads of one store, played in one: a thread comes to a lock that is held, and
 * what the other one does meanwhile happens where it would sleep.
 */
import { FREE, HELD, queueLockOf, setLock, sleepsDuring } from "./core-locks.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import { CoreDriver, type CoreShape } from "./core-driver.ts";
import { SEGMENT_COLD } from "../../assembly/shared/limits.ts";
import { expect } from "bun:test";

export const THREADED_BUILDS: CoreBuild[] = ["core.threads", "core.debug"];
export const CLASS_ID = 1;
export const NOW = 1000;

/** The lock of a class's queue of this segment; `queueLockOf` knows COLD's. */
export function segmentLock(segment: number, classId = CLASS_ID): number {
  return queueLockOf(classId) + (segment - SEGMENT_COLD) * 64;
}

/** Two threads of one store, at NOW. */
export function pair(build: CoreBuild, shape: CoreShape = {}): [CoreDriver, CoreDriver] {
  const whole = { slabSizes: [1000], lruSegmented: true, ...shape };
  const [mover, other] = CoreDriver.threads(whole, build, 2) as [CoreDriver, CoreDriver];
  mover.now = NOW;
  mover.core.abi.setLruShares(0, 0, 1e9, 1e9);
  return [mover, other];
}

/** Does `work`, and `meanwhile` where it waits for the lock of a queue for the first time. */
export function atLock(
  core: CoreDriver,
  lockPtr: number,
  work: () => void,
  meanwhile: () => void,
): void {
  setLock(core.core, lockPtr, HELD);
  const met = sleepsDuring(work, (at) => {
    expect(at).toBe(lockPtr);
    setLock(core.core, lockPtr, FREE);
    meanwhile();
  });
  expect(met).toEqual([lockPtr]);
}
