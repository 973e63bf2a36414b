/**
 * Notes of what is gone (assembly/store/notes.ts).
 *
 * Goal: what is evicted or met dead is noted by the thread whose call it was, and nothing else is.
 * Method: the debug build in the compact layout, two threads; the test names areas by hand.
 */
import { Argument, Gone, Option, Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { describe, expect, test } from "bun:test";
import { instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";
import { Core } from "../../src/core/core.ts";

const PAGE_SIZE = 16 * 1024;
const PAGES = 4;
const AREA_AT = 32 * 1024;

function start(): [Core, Core] {
  const memory = takeMemory("core.debug", 160, 160);
  const module = moduleOf("core.debug");
  const abi = instantiate(module, memory);
  abi.init(160, Option.EVICT | Option.CAS | Option.HASH_EXPAND, 0, 12, 2 * PAGE_SIZE, 64, 2);
  abi.compact(PAGES, PAGE_SIZE, 10, 12);
  abi.classesByFactor(16, 1.25, PAGE_SIZE);
  abi.setNow(100);
  const share = { module, memory, threads: 2 };
  return [Core.join(share, 0), Core.join(share, 1)];
}

function putKey(core: Core, key: string): number {
  for (let i = 0; i < key.length; i++) core.inbox[i] = key.charCodeAt(i);
  return key.length;
}

function set(core: Core, key: string, length: number, expiresAt = 0): boolean {
  const { abi, inboxPtr, result, bytes } = core;
  const { SET } = StoreMode;
  const item = abi.beginSet(inboxPtr, putKey(core, key), 0, expiresAt, length, SET) >>> 0;
  if (item === 0) return false;
  for (let left = length; left > 0 && result[Result.VALUE_PTR] === 0;) {
    const run = abi.addRun(item, left);
    bytes.fill(7, result[Result.VALUE_PTR], (result[Result.VALUE_PTR] as number) + run);
    left -= run;
    if (left > 0) result[Result.VALUE_PTR] = 0;
  }
  return abi.endSet(item, SET, 0, 0) === Status.OK;
}

function get(core: Core, key: string): boolean {
  const { abi, inboxPtr, outboxPtr } = core;
  return abi.fetchItem(inboxPtr, putKey(core, key), outboxPtr, 0, 0) === Status.OK;
}

function listen({ argument, outboxPtr }: Core, size = 4096): void {
  argument[Argument.NOTES_AT] = outboxPtr + AREA_AT;
  argument[Argument.NOTES_END] = outboxPtr + AREA_AT + size;
  argument[Argument.NOTES_UNTOLD] = 0;
}

/** What was noted since `listen`. */
function noted({ argument, bytes, outboxPtr }: Core): string[] {
  const notes: string[] = [];
  const end = argument[Argument.NOTES_AT] as number;
  for (let at = outboxPtr + AREA_AT; at < end;) {
    const length = bytes[at + 1] as number;
    const key = Buffer.from(bytes.slice(at + 2, at + 2 + length)).toString();
    notes.push(`${Gone[bytes[at] as number]} ${key}`);
    at += 2 + length;
  }
  return notes;
}

/** Fills every page with items of four to a page: key0 … key15. */
function fill(core: Core): void {
  for (let i = 0; i < PAGES * 4; i++) set(core, `key${i}`, 3000);
}

describe("what is noted", () => {
  test("an item at the tail, evicted or expired", () => {
    const [core] = start();
    fill(core);
    listen(core);
    set(core, "one more", 3000);
    set(core, "key1", 3000, 110);
    expect(noted(core)).toEqual(["EVICTED key0", "EVICTED key1"]);
    for (let i = 2; i < PAGES * 4; i++) get(core, `key${i}`);
    core.abi.setNow(110);
    listen(core);
    expect(get(core, "key1")).toBe(false);
    expect(noted(core)).toEqual(["EXPIRED key1"]);
  });

  test("all of a page that another class takes, dead ones as such", () => {
    const [core] = start();
    set(core, "key0", 3000, 105);
    for (let i = 1; i < PAGES * 4; i++) set(core, `key${i}`, 3000);
    core.abi.setNow(105);
    listen(core);
    expect(set(core, "small", 10)).toBe(true);
    expect(noted(core).toSorted()).toEqual([
      "EVICTED key1",
      "EVICTED key2",
      "EVICTED key3",
      "EXPIRED key0",
    ]);
    expect(core.abi.check()).toBe(0);
  });

  test("an item in chunks once, whichever of its pages is taken", () => {
    const [core] = start();
    expect(set(core, "large", 2 * PAGE_SIZE - 200)).toBe(true);
    core.abi.setNow(200);
    for (let i = 0; i < 4; i++) set(core, `key${i}`, 3000);
    listen(core);
    expect(set(core, "mid", 1500)).toBe(true);
    expect(noted(core)).toEqual(["EVICTED large"]);
    expect([get(core, "key0"), get(core, "large")]).toEqual([true, false]);
    expect(core.abi.check()).toBe(0);
  });
});

describe("what is not", () => {
  test("what was replaced, deleted or flushed", () => {
    const [core] = start();
    fill(core);
    listen(core);
    set(core, "key3", 3000);
    core.abi.remove(core.inboxPtr, putKey(core, "key4"));
    core.abi.setNow(101);
    core.abi.flush(100, 1);
    set(core, "small", 10);
    expect(get(core, "key8")).toBe(false);
    // Evicted by the one that replaced key3.
    expect(noted(core)).toEqual(["EVICTED key0"]);
  });

  test("what another thread evicts, and anything without an area", () => {
    const [core, other] = start();
    fill(core);
    listen(core);
    set(other, "one more", 3000);
    expect(noted(core)).toEqual([]);
    core.argument[Argument.NOTES_END] = 0;
    set(core, "two more", 3000);
    expect(noted(core)).toEqual([]);
    expect([get(core, "key0"), get(core, "key1")]).toEqual([false, false]);
    expect(core.argument[Argument.NOTES_UNTOLD]).toBe(0);
  });

  test("that for which there is no room, which is counted", () => {
    const [core] = start();
    fill(core);
    listen(core, 2 * (2 + 4) + 5);
    set(core, "small", 10);
    expect(noted(core)).toHaveLength(2);
    expect(core.argument[Argument.NOTES_UNTOLD]).toBe(2);
    expect(core.abi.check()).toBe(0);
  });
});
