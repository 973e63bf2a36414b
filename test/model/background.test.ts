/**
 * Work in the background against the built core, as core.test.ts holds clients' calls against it:
 * the locks that it waits for, and what it holds then, have to be a way through the model's
 * program.
 * Of several waits in a row for the same lock the first one is seen (spied-core.ts).
 */
import { SEGMENT_COLD, SEGMENT_HOT, SEGMENT_WARM } from "../../assembly/shared/limits.ts";
import { SpiedCore, type Watched, requestText } from "./spied-core.ts";
import {
  bumpItems,
  check,
  crawl,
  crawlDump,
  crawlTable,
  freeze,
  juggle,
  moveChunks,
} from "./maintenance.ts";
import { MoveStatus, StoreMode } from "../../assembly/shared/status.ts";
import { Value, Word, wordName } from "./words.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import type { CoreBuild } from "../../src/core/load.ts";
import type { Program } from "./program.ts";
import { beginSetSegmented } from "./protocol.ts";
import { follows } from "./follows.ts";

const { DUMP, EXPANSION, ITEM_A, ITEM_B, MAINTENANCE, QUEUE_1, QUEUE_2, SLABS } = Word;
const ALL = [EXPANSION, DUMP, MAINTENANCE, ITEM_A, ITEM_B, QUEUE_1, QUEUE_2, SLABS];

const BUILDS: readonly CoreBuild[] = ["core.threads", "core.debug"];

/** A value of a class of which a page has two chunks. */
const LENGTH = 300_000;
const CLASS_ID = 2;
const COLD = CLASS_ID | SEGMENT_COLD;

let core: SpiedCore;
let a = "";
let b = "";

function begin(key: string, expiresAt = 0): number {
  return core.abi.beginSet(...core.key(key), 0, expiresAt, LENGTH, StoreMode.SET) >>> 0;
}

function set(key: string, expiresAt = 0): void {
  expect(core.abi.endSet(begin(key, expiresAt), StoreMode.SET, 0, 0)).toBe(0);
}

function fetch(key: string): void {
  core.abi.fetchText(...core.key(key), core.abi.outboxPtr(), 0, 0);
  core.abi.release(core.pinned());
}

/** A whole crawl; how many items were looked at. */
function crawlAll(): number {
  core.abi.beginCrawl(COLD, 0);
  const looked = core.abi.crawlExpired(COLD, 10);
  core.abi.endCrawl(COLD);
  return looked;
}

function except(...words: Word[]): Word[] {
  return ALL.filter((word) => !words.includes(word));
}

function expectRequests(program: Program, watched: Watched, expected: string[]): void {
  expect(watched.requests.map(requestText)).toEqual(expected);
  expect(follows(program, watched)).toBe(true);
}

/** Nothing is left locked. */
function expectFree(): void {
  const taken = ALL.filter((word) => core.wordOf(word) !== Value.FREE);
  expect(taken.map(wordName)).toEqual([]);
}

describe.each(BUILDS)("in the background of %s", (build) => {
  beforeEach(() => {
    core = new SpiedCore(build);
    a = core.keyWith(ITEM_A, "a");
    b = core.keyWith(ITEM_B, "b");
  });

  test("an allocation: what lives moves on, without the queue that it was in", () => {
    core.useSegments(SEGMENT_HOT, SEGMENT_COLD);
    core.abi.setLruShares(0, 0, 0, 0);
    set(a);
    set(b);
    const watched = core.watch(except(ITEM_A), [], () => expect(begin("new")).not.toBe(0));
    expectRequests(beginSetSegmented(QUEUE_1, QUEUE_2, [ITEM_A, ITEM_B]), watched, [
      "slabs, holding nothing",
      "queue 2, holding nothing",
      "queue 1, holding nothing",
      "queue 2, holding item A",
      "slabs, holding nothing",
      "queue 2, holding nothing",
      "slabs, holding item A, queue 2",
    ]);
    expectFree();
  });

  test("juggle: moves from queue to queue, one queue at a time", () => {
    core.useSegments(SEGMENT_HOT, SEGMENT_COLD);
    core.abi.setLruShares(0, 0, 0, 0);
    set(a);
    const watched = core.watch(except(ITEM_A), [], () => core.abi.juggle(CLASS_ID));
    expectRequests(juggle(QUEUE_1, QUEUE_2, [ITEM_A]), watched, [
      "maintenance, holding nothing",
      "queue 1, holding maintenance",
      "queue 2, holding maintenance, item A",
      "queue 1, holding maintenance",
      "queue 2, holding maintenance",
    ]);
    expectFree();
  });

  test("juggle: passes over an item whose lock is not free", () => {
    core.useSegments(SEGMENT_HOT, SEGMENT_COLD);
    core.abi.setLruShares(0, 0, 0, 0);
    set(a);
    const watched = core.watch(ALL, [], () => core.abi.juggle(CLASS_ID));
    expectRequests(juggle(QUEUE_1, QUEUE_2, [ITEM_A]), watched, [
      "maintenance, holding nothing",
      "queue 1, holding maintenance",
      "queue 2, holding maintenance",
    ]);
  });

  test("bumpItems: waits for the item, then for each queue", () => {
    core.useSegments(SEGMENT_WARM, SEGMENT_COLD);
    core.abi.setLruShares(0, 0, 0, 0);
    set(a);
    core.abi.juggle(CLASS_ID);
    fetch(a);
    fetch(a);
    const watched = core.watch(ALL, [], () => expect(core.abi.bumpItems()).toBe(1));
    expectRequests(bumpItems(ITEM_A, QUEUE_2, QUEUE_1), watched, [
      "maintenance, holding nothing",
      "item A, holding maintenance",
      "queue 2, holding maintenance, item A",
      "queue 1, holding maintenance, item A",
    ]);
    expectFree();
  });

  test("crawl: holds the item, but not the queue, and passes over a busy one", () => {
    set(a, 1010);
    set(b, 1010);
    core.abi.setNow(1020);
    const watched = core.watch(except(ITEM_A), [], () => expect(crawlAll()).toBe(2));
    expectRequests(crawl(QUEUE_1, [ITEM_A, ITEM_B, ITEM_A]), watched, [
      "queue 1, holding nothing",
      "maintenance, holding nothing",
      "queue 1, holding maintenance",
      "slabs, holding maintenance, item A",
      "queue 1, holding maintenance",
    ]);
    expectFree();
  });

  test("crawlDump: waits for a busy item without the queue", () => {
    set(a);
    core.abi.beginCrawl(COLD, 0);
    const outPtr = core.abi.outboxPtr();
    const watched = core.watch(except(ITEM_A), [ITEM_A], () => {
      expect(core.abi.crawlDump(COLD, outPtr, outPtr + 10_000, 1, 0)).toBe(1);
    });
    expectRequests(crawlDump(QUEUE_1, [ITEM_A, ITEM_B]), watched, [
      "queue 1, holding nothing",
      "item A, holding nothing",
      "queue 1, holding nothing",
    ]);
    expectFree();
  });

  test("crawlTable: holds one item lock at a time, and waits for nothing else", () => {
    set(a);
    set(b);
    const outPtr = core.abi.outboxPtr();
    const watched = core.watch(ALL, [], () => {
      expect(core.abi.crawlTable(0, outPtr, outPtr + 10_000, 1, 0, -1, -1)).toBe(0);
    });
    const requests = new Set(watched.requests.map(requestText));
    expect([...requests].sort()).toEqual(["item A, holding nothing", "item B, holding nothing"]);
    expect(follows(crawlTable([ITEM_A, ITEM_B]), watched)).toBe(true);
    expectFree();
  });

  test("moveChunks: rescues an item, for which another one has to go", () => {
    core.abi.setMemoryLimit(2);
    for (const key of [a, b, "third"]) set(key);
    expect(core.abi.startMove(CLASS_ID, 3)).toBe(MoveStatus.OK);
    const program = moveChunks(ITEM_A, QUEUE_1, [ITEM_A, ITEM_B]);
    const slice = (): unknown => core.abi.moveChunks(1);
    expectRequests(program, core.watch(except(ITEM_A), [], slice), [
      "maintenance, holding nothing",
      "slabs, holding maintenance",
      "queue 1, holding maintenance, item A",
      "slabs, holding maintenance, item A",
    ]);
    const other = moveChunks(ITEM_B, QUEUE_1, [ITEM_A, ITEM_B]);
    expectRequests(other, core.watch(except(ITEM_A, ITEM_B), [], slice), [
      "maintenance, holding nothing",
      "slabs, holding maintenance",
      "queue 1, holding maintenance, item B",
      "slabs, holding maintenance, item A, item B, queue 1",
    ]);
    expectFree();
  });

  test("moveChunks: leaves a busy item for another slice", () => {
    core.abi.setMemoryLimit(2);
    for (const key of [a, b, "third"]) set(key);
    expect(core.abi.startMove(CLASS_ID, 3)).toBe(MoveStatus.OK);
    const watched = core.watch(ALL, [], () => core.abi.moveChunks(1));
    expectRequests(moveChunks(ITEM_A, QUEUE_1, [ITEM_A]), watched, [
      "maintenance, holding nothing",
      "slabs, holding maintenance",
    ]);
  });

  test("freeze: takes all locks but those of maintenance and dumps, in the order", () => {
    let count = 0;
    const watched = core.watch(except(DUMP, MAINTENANCE), [], () => {
      while (core.abi.freeze(count) !== 0) count++;
      while (count > 0) core.abi.thaw(--count);
    });
    expectRequests(freeze(), watched, [
      "expansion, holding nothing",
      "item A, holding expansion",
      "item B, holding expansion, item A",
      "queue 1, holding expansion, item A, item B",
      "queue 2, holding expansion, item A, item B, queue 1",
      "slabs, holding expansion, item A, item B, queue 1, queue 2",
    ]);
    expectFree();
  });

  test("check: keeps the background out", () => {
    set(a);
    set(b);
    const watched = core.watch(ALL, [], () => expect(core.abi.check()).toBe(0));
    expectRequests(check([ITEM_A, ITEM_B]), watched, [
      "maintenance, holding nothing",
      "item A, holding maintenance",
      "item B, holding maintenance",
    ]);
    expectFree();
  });
});

/** One wait, with all that is behind it unseen. */
function watched(word: Word, holds: number): Watched {
  return { requests: [{ word, holds }], unseen: [0, 0xff] };
}

test("what is not in the model of a crawl does not pass", () => {
  const patient = crawlDump(QUEUE_1, [ITEM_A]);
  expect(follows(patient, watched(QUEUE_1, 0))).toBe(true);
  expect(follows(patient, watched(QUEUE_1, 1 << ITEM_A))).toBe(false);
  expect(follows(crawlTable([ITEM_A]), watched(ITEM_A, 0))).toBe(true);
  expect(follows(crawlTable([ITEM_A]), watched(ITEM_A, 1 << MAINTENANCE))).toBe(false);
});
