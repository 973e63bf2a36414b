/**
 * Calls without a key: all memories carry them out, and answer as one.
 */
import { ClassGauge, Gauge } from "../../../assembly/shared/counters.ts";
import type { Core } from "../core.ts";
import { MoveStatus } from "../../../assembly/shared/status.ts";
import type { Router } from "./router.ts";
import type { StoreCalls } from "../facade.ts";
import { classGaugeOf, gaugeOf } from "./gauges.ts";
import { limitShares } from "./plan.ts";

type AllCalls = Pick<
  StoreCalls,
  | "setNow"
  | "setMemoryLimit"
  | "setMoveOnEvict"
  | "setToken"
  | "token"
  | "flush"
  | "yieldSpares"
  | "resetCounters"
  | "gauge"
  | "classGauge"
  | "startMove"
  | "check"
>;

/** A source that is any class with a page to spare. */
const ANY = -1;

/** Pages of the class that has most in this memory, of those that `source` stands for. */
function mostPages(core: Core, source: number, target: number): number {
  let most = 0;
  for (let id = 1; id <= core.classIdMax; id++) {
    const isSource = source === ANY ? id !== target : id === source;
    if (isSource) most = Math.max(most, core.classGauge(id, ClassGauge.PAGES));
  }
  return most;
}

/**
 * One move at a time, in the memory where the class has most pages.
 *
 * @param source -1 = any class
 */
function startMove({ cores }: Router, source: number, target: number): MoveStatus {
  const busy = cores.find((core) => core.gauge(Gauge.IS_MOVING) !== 0);
  if (busy !== undefined) return busy.abi.startMove(source, target);
  const pages = cores.map((core) => mostPages(core, source, target));
  const order = cores.map((_, memory) => memory);
  order.sort((a, b) => (pages[b] as number) - (pages[a] as number));
  // Where a memory has nothing to spare another one may have; all else is the same in all.
  const isNone = (status: MoveStatus): boolean =>
    status === MoveStatus.NO_SPARE || (source === ANY && status === MoveStatus.BAD_CLASS);
  let status: MoveStatus = MoveStatus.NO_SPARE;
  for (const memory of order) {
    status = cores[memory]?.abi.startMove(source, target) ?? status;
    if (!isNone(status)) break;
  }
  return status;
}

export function allCalls(router: Router): AllCalls {
  const { cores } = router;
  const abis = cores.map(({ abi }) => abi);
  return {
    setNow(seconds) {
      for (const abi of abis) abi.setNow(seconds);
    },
    /** The first share is the largest: if that is refused nothing has changed. */
    setMemoryLimit(mebibytes) {
      const shares = limitShares(mebibytes, abis.length);
      return Number(abis.every((abi, i) => abi.setMemoryLimit(shares[i] as number) !== 0));
    },
    setMoveOnEvict(isOn) {
      for (const abi of abis) abi.setMoveOnEvict(isOn);
    },
    setToken(token) {
      for (const abi of abis) abi.setToken(token);
    },
    /** Another number where a memory does not have it. */
    token() {
      const [token, ...others] = abis.map((abi) => abi.token()) as [number, ...number[]];
      return others.every((other) => other === token) ? token : ~token;
    },
    flush(cut, removeNewer) {
      for (const abi of abis) abi.flush(cut, removeNewer);
    },
    yieldSpares() {
      for (const abi of abis) abi.yieldSpares();
    },
    resetCounters() {
      for (const abi of abis) abi.resetCounters();
    },
    gauge: (which) => gaugeOf(cores, which),
    classGauge: (classId, which) => classGaugeOf(cores, classId, which),
    startMove: (source, target) => startMove(router, source, target),
    check: () => abis.map((abi) => abi.check()).find((fault) => fault !== 0) ?? 0,
  };
}
