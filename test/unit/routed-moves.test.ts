/**
 * Goal: `slabs reassign` over several memories answers as one store would: a page is found in
 * whichever memory has one to spare, and classes are refused only if they are none.
 * Method: a server over three memories in process; keys are chosen by the memory they belong to.
 */
import { describe, expect, test } from "bun:test";
import { ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { LocalServer } from "../support/in-process.ts";
import { MoveStatus } from "../../assembly/shared/status.ts";
import { latin1 } from "../support/bytes.ts";

const MEMORIES = 3;
const SIZES = [500, 20_000, 40_000];
const [SMALL, LARGE, LARGEST] = [1, 2, 3];
const POOL = 0;
const ANY = -1;

/** A server of which a class has so many pages in one memory, and nothing else is stored. */
function serverWith(memory: number, classId: number, spare: number): LocalServer {
  const options = ["-m", "60", "-o", `slab_sizes=${SIZES.join("-")}`];
  const server = new LocalServer(options, "core.server", MEMORIES);
  const { core } = server.context;
  const { connection } = server.open();
  const pages = (): number =>
    core.cores[memory]?.classGauge(classId, ClassGauge.PAGES) ?? Number.NaN;
  for (let i = 0; pages() < spare; i++) {
    const key = `key${i}`;
    core.inbox.set(latin1(key));
    const hash = core.abi.hashKey(core.inboxPtr, key.length) >>> 0;
    if (Math.floor((hash * MEMORIES) / 2 ** 32) !== memory) continue;
    const value = "v".repeat((SIZES[classId - 1] as number) - 200);
    connection.receive(latin1(`set ${key} 0 0 ${value.length} noreply\r\n${value}\r\n`));
    server.settle();
  }
  return server;
}

describe.each([0, 1, 2])("a page to spare in memory %i", (memory) => {
  test("of any class", () => {
    const { core } = serverWith(memory, SMALL, 2).context;
    expect(core.abi.startMove(ANY, LARGE)).toBe(MoveStatus.OK);
    expect(core.cores.map((one) => one.gauge(Gauge.IS_MOVING)).indexOf(1)).toBe(memory);
    expect(core.abi.startMove(ANY, LARGE)).toBe(MoveStatus.RUNNING);
  });

  test("of the class that is asked for", () => {
    const { core } = serverWith(memory, LARGE, 2).context;
    expect(core.abi.startMove(LARGE, SMALL)).toBe(MoveStatus.OK);
    expect(core.cores.map((one) => one.gauge(Gauge.IS_MOVING)).indexOf(1)).toBe(memory);
  });

  test("but the target's own does not count", () => {
    const { core } = serverWith(memory, SMALL, 2).context;
    expect(core.abi.startMove(ANY, SMALL)).toBe(MoveStatus.BAD_CLASS);
  });
});

test.each([
  [ANY, LARGE, MoveStatus.BAD_CLASS],
  [SMALL, LARGE, MoveStatus.NO_SPARE],
  [POOL, LARGE, MoveStatus.NO_SPARE],
  [LARGE, LARGE, MoveStatus.SAME],
  [-2, LARGE, MoveStatus.BAD_CLASS],
  [99, LARGE, MoveStatus.BAD_CLASS],
  [LARGE, 99, MoveStatus.BAD_CLASS],
  [ANY, 99, MoveStatus.BAD_CLASS],
])("with a page for each: from %i to %i", (source, target, status) => {
  const { core } = serverWith(1, LARGEST, 1).context;
  expect(core.abi.startMove(source, target)).toBe(status);
  expect(core.gauge(Gauge.IS_MOVING)).toBe(0);
});

test("any class: the memory whose class has most pages gives one", () => {
  const { core } = serverWith(2, SMALL, 4).context;
  const { inbox, inboxPtr, abi } = core;
  for (let i = 0; (core.cores[0]?.classGauge(LARGE, ClassGauge.PAGES) ?? 0) < 2; i++) {
    const key = latin1(`more${i}`);
    inbox.set(key);
    core.cores[0]?.abi.beginSet(inboxPtr, key.length, 0, 0, 19_000, 0);
  }
  expect(abi.startMove(ANY, LARGEST)).toBe(MoveStatus.OK);
  expect(core.cores.map((one) => one.gauge(Gauge.MOVED_FROM))[2]).toBe(SMALL);
});
