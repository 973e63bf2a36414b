/**
 * Taking every lock there is (assembly/store/freeze.ts).
 *
 * Goal: who has them all is alone with the store; nobody is locked out for ever by it. Method: the
 * debug build and two threads in turn, sleep being replaced by what the other one does meanwhile.
 */
import {
  EXPANSION_LOCK,
  FREE,
  HELD,
  ITEM_LOCK_COUNT,
  SLABS_LOCK,
  itemLockAt,
  lockWord,
  locksTaken,
  queueLockOf,
  setLock,
  sleepsDuring,
  withoutSleep,
} from "../support/core-locks.ts";
import { Option, Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { describe, expect, test } from "bun:test";
import { instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";
import { Core } from "../../src/core/core.ts";
import { QUEUE_COUNT } from "../../assembly/shared/limits.ts";

const LOCKS = 1 + ITEM_LOCK_COUNT + QUEUE_COUNT + 1;

function start(): [Core, Core] {
  const memory = takeMemory("core.debug", 160, 160);
  const module = moduleOf("core.debug");
  const abi = instantiate(module, memory);
  abi.init(160, Option.EVICT | Option.CAS | Option.HASH_EXPAND, 0, 12, 16 * 1024, 64, 2);
  abi.compact(8, 16 * 1024, 10, 12);
  abi.classesByFactor(16, 1.25, 16 * 1024);
  abi.setNow(100);
  const share = { module, memory, threads: 2 };
  return [Core.join(share, 0), Core.join(share, 1)];
}

function set(core: Core, key: string): number {
  const { abi, inboxPtr, result, bytes } = core;
  for (let i = 0; i < key.length; i++) core.inbox[i] = key.charCodeAt(i);
  const item = abi.beginSet(inboxPtr, key.length, 0, 0, 10, StoreMode.SET) >>> 0;
  const start = result[Result.VALUE_PTR] as number;
  bytes.fill(7, start, start + 10);
  return abi.endSet(item, StoreMode.SET, 0, 0);
}

function freeze({ abi }: Core): number {
  let taken = 0;
  while (abi.freeze(taken) !== 0) taken++;
  return taken;
}

function thaw({ abi }: Core, taken: number): void {
  for (let index = taken - 1; index >= 0; index--) abi.thaw(index);
}

test("takes each lock once, and gives it back", () => {
  const [core] = start();
  set(core, "key");
  expect(freeze(core)).toBe(LOCKS);
  expect(locksTaken(core)).toHaveLength(LOCKS);
  thaw(core, LOCKS);
  expect(locksTaken(core)).toEqual([]);
  withoutSleep(() => expect(set(core, "key")).toBe(Status.OK));
  expect(core.abi.check()).toBe(0);
});

test("others wait at their first lock, and go on when it is over", () => {
  const [core, other] = start();
  set(core, "before");
  const taken = freeze(core);
  let copied = 0;
  const locks = sleepsDuring(
    () => expect(set(other, "key")).toBe(Status.OK),
    () => {
      copied = core.bytes.slice().length;
      thaw(core, taken);
    },
  );
  expect(locks).toEqual([SLABS_LOCK]);
  expect(copied).toBe(core.bytes.length);
  expect(locksTaken(core)).toEqual([]);
  expect(core.abi.check()).toBe(0);
});

describe("waits for a lock that somebody has", () => {
  test.each([
    ["expansion", EXPANSION_LOCK],
    ["item", itemLockAt(77)],
    ["queue", queueLockOf(1)],
    ["slabs", SLABS_LOCK],
  ])("%s", (_, lockPtr) => {
    const [core] = start();
    setLock(core, lockPtr, HELD);
    let taken = 0;
    const locks = sleepsDuring(
      () => {
        taken = freeze(core);
      },
      () => setLock(core, lockPtr, FREE),
    );
    expect([taken, locks]).toEqual([LOCKS, [lockPtr]]);
    thaw(core, taken);
    expect(locksTaken(core)).toEqual([]);
  });
});

test("gives back as many as it has, where it gives up", () => {
  const [core] = start();
  setLock(core, itemLockAt(5), HELD);
  let taken = 0;
  const giveUp = (): void => {
    sleepsDuring(
      () => {
        while (core.abi.freeze(taken) !== 0) taken++;
      },
      () => {
        throw new Error("no patience");
      },
    );
  };
  expect(giveUp).toThrow("no patience");
  expect(taken).toBe(6);
  thaw(core, taken);
  expect(locksTaken(core)).toEqual([itemLockAt(5)]);
  // Whoever wanted it is remembered there: its holder will wake it.
  expect(lockWord(core, itemLockAt(5))).not.toBe(FREE);
});
