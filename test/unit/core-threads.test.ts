/**
 * Several threads of one store: each has areas and counters of its own, and all see one cache.
 *
 * Method: three instances over one shared memory, all called from this thread, one after the other.
 * What happens when calls overlap is the matter of test/model and test/torture.
 */
import {
  DUMP_LOCK,
  FREE,
  HELD,
  lockWord,
  locksTaken,
  sleepsDuring,
  withoutSleep,
} from "../support/core-locks.ts";
import {
  INBOX_SIZE,
  INBOX_SLACK,
  KEY_BATCH_MAX,
  OUTBOX_SIZE,
  SLAB_CLASS_COUNT_MAX,
} from "../../assembly/shared/limits.ts";
import { ClassCounter, ClassGauge, Counter } from "../../assembly/shared/counters.ts";
import { Fetch, Lookup, Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import { fromLatin1, latin1 } from "../support/bytes.ts";
import { Core } from "../../src/core/core.ts";
import { type CoreBuild, instantiate } from "../../src/core/load.ts";
import { CoreDriver } from "../support/core-driver.ts";

const THREADED_BUILDS: CoreBuild[] = ["core.threads", "core.debug"];
const THREADS = 3;
const COUNTERS_SIZE = 8 * (Counter.COUNT + ClassCounter.COUNT * SLAB_CLASS_COUNT_MAX);
const TWO_32 = 2 ** 32;

let threads: CoreDriver[];

function start(build: CoreBuild, shape = {}): void {
  threads = CoreDriver.threads(shape, build, THREADS);
  threads[0].now = 100;
}

/** Thread n misses n + 1 keys. */
function missSome(): void {
  threads.forEach((thread, index) => {
    for (let i = 0; i <= index; i++) expect(thread.read("nobody")).toBeNull();
  });
}

/** A counter where it stands in memory. */
function rawCounter(ptr: number, which: Counter): bigint {
  const { bytes } = threads[0].core;
  return new DataView(bytes.buffer).getBigUint64(ptr + 8 * which, true);
}

function ownCounters(which: Counter): bigint[] {
  const { abi } = threads[0].core;
  return threads.map((_, index) => rawCounter(abi.countersPtr(index), which));
}

describe.each(THREADED_BUILDS)("%s: counters", (build) => {
  beforeEach(() => start(build));

  test("are each thread's own in memory, and the sum to whoever asks", () => {
    missSome();
    expect(ownCounters(Counter.GET_MISSES)).toEqual([1n, 2n, 3n]);
    for (const { core } of threads) expect(core.counter(Counter.GET_MISSES)).toBe(6);
  });

  test("of a slab class are, too", () => {
    const [first, second, third] = threads;
    first.set("a", 10);
    second.set("a", 10);
    third.set("b", 10);
    third.set("b", 5000);
    const id = classOf(10);
    for (const { core } of threads) {
      expect(core.classCounter(id, ClassCounter.CMD_SET)).toBe(3);
      expect(core.classCounter(classOf(5000), ClassCounter.CMD_SET)).toBe(1);
      expect(core.classCounterSum(ClassCounter.CMD_SET)).toBe(4);
    }
    const { abi } = first.core;
    const at = 8 * (Counter.COUNT + id * ClassCounter.COUNT + ClassCounter.CMD_SET);
    const own = threads.map((_, index) => rawCounter(abi.countersPtr(index) + at, 0));
    expect(own).toEqual([1n, 1n, 1n]);
  });

  test("are reset for all by any one, and go on from there", () => {
    missSome();
    threads[1].set("a", 10);
    threads[1].core.abi.resetCounters();
    for (const { core } of threads) {
      expect(core.counter(Counter.GET_MISSES)).toBe(0);
      expect(core.counter(Counter.TOTAL_ITEMS)).toBe(0);
      expect(core.classCounterSum(ClassCounter.CMD_SET)).toBe(0);
    }
    threads[2].read("nobody");
    threads[2].set("a", 10);
    for (const { core } of threads) {
      expect(core.counter(Counter.GET_MISSES)).toBe(1);
      expect(core.classCounter(classOf(10), ClassCounter.CMD_SET)).toBe(1);
    }
  });

  test("are not touched by a reset: it writes the baseline", () => {
    const { abi } = threads[0].core;
    missSome();
    expect(rawCounter(abi.baselinePtr(), Counter.GET_MISSES)).toBe(0n);
    abi.resetCounters();
    missSome();
    expect(rawCounter(abi.baselinePtr(), Counter.GET_MISSES)).toBe(6n);
    expect(ownCounters(Counter.GET_MISSES)).toEqual([2n, 4n, 6n]);
    abi.resetCounters();
    expect(rawCounter(abi.baselinePtr(), Counter.GET_MISSES)).toBe(12n);
  });

  test("count beyond 32 bits, by thread and as baseline", () => {
    const [{ core }] = threads;
    const view = new DataView(core.bytes.buffer);
    for (const index of [0, 2]) {
      const ptr = core.abi.countersPtr(index) + 8 * Counter.GET_MISSES;
      view.setBigUint64(ptr, BigInt(TWO_32 - 1), true);
    }
    missSome();
    expect(core.counter(Counter.GET_MISSES)).toBe(2 * (TWO_32 - 1) + 6);
    core.abi.resetCounters();
    expect(core.counter(Counter.GET_MISSES)).toBe(0);
    missSome();
    expect(core.counter(Counter.GET_MISSES)).toBe(6);
  });

  test("all of them: each slot of the last class of the last thread is read, and reset", () => {
    const [{ core }] = threads;
    const last = SLAB_CLASS_COUNT_MAX - 1;
    const ptr = core.abi.countersPtr(THREADS - 1) + COUNTERS_SIZE - 8 * ClassCounter.COUNT;
    const view = new DataView(core.bytes.buffer);
    for (let slot = 0; slot < ClassCounter.COUNT; slot++) {
      view.setBigUint64(ptr + 8 * slot, BigInt(slot + 1), true);
      expect(core.classCounter(last, slot)).toBe(slot + 1);
    }
    core.abi.resetCounters();
    for (let slot = 0; slot < ClassCounter.COUNT; slot++) {
      expect(core.classCounter(last, slot)).toBe(0);
    }
  });
});

/** The class of an item with a one-byte key. */
function classOf(length: number): number {
  const size = 30 + 8 + 1 + length;
  const [driver] = threads;
  for (let id = 1; ; id++) {
    if (driver.classGauge(id, ClassGauge.CHUNK_SIZE) >= size) return id;
  }
}

// ── Areas ────────────────────────────────────────────────────────────────────────────────────────

describe.each(THREADED_BUILDS)("%s: areas", (build) => {
  beforeEach(() => start(build));

  test("of all threads lie apart", () => {
    const areas = threads.flatMap(({ core: { abi } }, index) => [
      [abi.inboxPtr(), INBOX_SIZE + INBOX_SLACK],
      [abi.outboxPtr(), OUTBOX_SIZE],
      [abi.keysPtr(), 8 * KEY_BATCH_MAX],
      [abi.resultPtr(), 4 * Result.COUNT],
      [abi.countersPtr(index), COUNTERS_SIZE],
    ]);
    const [{ core }] = threads;
    areas.push([core.abi.baselinePtr(), COUNTERS_SIZE]);
    areas.sort(([a], [b]) => a - b);
    let end = 0;
    for (const [ptr, length] of areas) {
      expect(ptr).toBeGreaterThanOrEqual(end);
      end = ptr + length;
    }
  });

  test("that all share are the same for each", () => {
    const shared = threads.map(({ core: { abi } }) => {
      const counters = threads.map((_, index) => abi.countersPtr(index));
      return [abi.dumpPtr(), abi.sizesPtr(), abi.baselinePtr(), ...counters];
    });
    expect(shared[1]).toEqual(shared[0]);
    expect(shared[2]).toEqual(shared[0]);
  });

  test("are thread 0's where nothing was attached", () => {
    const { module, memory } = threads[0].core.share;
    const fresh = instantiate(module, memory);
    expect(fresh.inboxPtr()).toBe(threads[0].core.inboxPtr);
    fresh.attach(2);
    expect(fresh.inboxPtr()).toBe(threads[2].core.inboxPtr);
  });

  test("are not changed by a thread that joins", () => {
    const { bytes, share } = threads[0].core;
    threads[0].set("a", "value");
    const before = bytes.slice(0, 16 * 1024 * 1024);
    Core.join(share, 1);
    expect(Buffer.compare(before, bytes.subarray(0, before.length))).toBe(0);
  });

  test("for results: what another thread looks for changes nothing here", () => {
    const [first, second] = threads;
    first.set("a", "value");
    first.fetch("a", Fetch.PIN);
    const results = first.core.result.slice();
    expect(results[Result.LOOKUP]).toBe(Lookup.FOUND);
    second.read("nobody");
    second.set("a", "another", 50);
    expect(first.core.result).toEqual(results);
    expect(second.result(Result.LOOKUP)).toBe(Lookup.FOUND);
  });

  test("for key batches: two threads answer long requests in turns", () => {
    const [first, second] = threads;
    const keys = Array.from({ length: 8 }, (_, index) => `key:${index}`);
    for (const key of keys) first.set(key, `value of ${key}`);
    putBatch(first, keys);
    putBatch(second, keys.toReversed());
    const answers = ["", ""];
    for (let from = 0; from < keys.length; from++) {
      answers[0] += answerOne(first, from, keys.length);
      answers[1] += answerOne(second, from, keys.length);
    }
    const blocks = keys.map((key) => `VALUE ${key} 0 14\r\nvalue of ${key}\r\n`);
    expect(answers).toEqual([blocks.join(""), blocks.toReversed().join("")]);
  });
});

/** Puts keys into the thread's inbox and key batch. */
function putBatch({ core }: CoreDriver, keys: readonly string[]): void {
  let at = 0;
  keys.forEach((key, index) => {
    core.inbox.set(latin1(key), at);
    core.keys.set([core.inboxPtr + at, key.length], 2 * index);
    at += key.length;
  });
}

/** Has one key of the batch answered: there is no room for a second. */
function answerOne({ core }: CoreDriver, from: number, count: number): string {
  const { abi, outbox, outboxPtr, result } = core;
  const answered = abi.fetchKeys(from, count, outboxPtr, outboxPtr + 320 + 32768 + 2, 0, 0);
  expect(answered).toBe(1);
  return fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]));
}

test("a thread that there is no area for is refused by the debug build", () => {
  start("core.debug");
  const { share } = threads[0].core;
  expect(() => Core.join(share, THREADS - 1)).not.toThrow();
  expect(() => Core.join(share, THREADS)).toThrow("core assertion failed");
});

// ── One cache ────────────────────────────────────────────────────────────────────────────────────

describe.each(THREADED_BUILDS)("%s: one cache", (build) => {
  beforeEach(() => start(build));

  test("what one thread stores the others fetch, change and remove", () => {
    const [first, second, third] = threads;
    first.set("a", "10");
    expect(fromLatin1(second.read("a") ?? new Uint8Array())).toBe("10");
    expect(third.change("a", true, 5n)).toBe("15");
    expect(second.store(StoreMode.ADD, { key: "a", value: latin1("x") })).toBe(Status.NOT_STORED);
    expect(first.remove("a")).toBe(true);
    expect(third.read("a")).toBeNull();
    expect(third.check()).toBe(0);
  });

  test("the time, the token and the CAS unique are the same for all", () => {
    const [first, second, third] = threads;
    second.core.abi.setToken(12345);
    expect(threads.map(({ core }) => core.abi.token())).toEqual([12345, 12345, 12345]);
    first.set("a", "v", 200);
    second.set("b", "v");
    third.set("c", "v");
    const uniques = ["a", "b", "c"].map((key) => second.fetch(key, Fetch.WITH_CAS)?.casUnique);
    expect(uniques).toEqual([2n, 3n, 4n]);
    third.now = 200;
    expect(first.read("a")).toBeNull();
  });

  test("an item that one thread holds another may let go", () => {
    const [first, second] = threads;
    first.set("a", "v");
    const held = first.hold("a");
    second.remove("a");
    expect(second.classGaugeSum(ClassGauge.USED_CHUNKS)).toBe(1);
    second.release(held);
    expect(first.classGaugeSum(ClassGauge.USED_CHUNKS)).toBe(0);
    expect(first.check()).toBe(0);
  });
});

// ── The dump area ────────────────────────────────────────────────────────────────────────────────

describe.each(THREADED_BUILDS)("%s: the dump area", (build) => {
  beforeEach(() => {
    start(build);
    threads[0].set("a", "v");
  });

  test("is given back once the records are read", () => {
    const id = classOf(1);
    withoutSleep(() => {
      for (const { core } of threads) expect(core.dump(id, 0)).toHaveLength(1);
      // Of no class at all: there is nothing to read, but the area is given back all the same.
      for (const { core } of threads) expect(core.dump(SLAB_CLASS_COUNT_MAX, 0)).toEqual([]);
      for (const { core } of threads) expect(core.dump(id, 0)).toHaveLength(1);
    });
    expect(locksTaken(threads[0].core)).toEqual([]);
  });

  test.each([1, 63, SLAB_CLASS_COUNT_MAX, 1000])("is one thread's, class %i", (id) => {
    const [first, second] = threads;
    first.core.abi.dump(id, 0);
    expect(lockWord(first.core, DUMP_LOCK)).toBe(HELD);
    const sleeps = sleepsDuring(
      () => second.core.dump(id, 0),
      () => first.core.abi.dumpEnd(),
    );
    expect(sleeps).toEqual([DUMP_LOCK]);
    expect(lockWord(first.core, DUMP_LOCK)).toBe(FREE);
  });

  test("does not keep anybody from storing and fetching", () => {
    const [first, second] = threads;
    first.core.abi.dump(classOf(1), 0);
    withoutSleep(() => {
      expect(second.set("b", "v")).toBe(Status.OK);
      expect(first.read("b")).not.toBeNull();
      first.flush(99, true);
    });
    first.core.abi.dumpEnd();
    expect(second.items).toBe(0);
  });
});
