/**
 * The crawler in the core: cursors in queues and in the hash table (specification §8.7).
 *
 * Method: crawls go on item by item, and between two items the queue is changed in every way there
 * is. A short dump shows which items a walk meets.
 */
import { CLASS_ID, SegmentedStore } from "../support/segmented-store.ts";
import { FREE, HELD, itemLockOf, setLock, sleepsDuring } from "../support/core-locks.ts";
import { Gauge, ClassCounter } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { CrawlSum, CrawlTicket, Result } from "../../assembly/shared/status.ts";
import { CRAWL_STALL_SECONDS, SEGMENT_COLD } from "../../assembly/shared/limits.ts";
import { fromLatin1 } from "../support/bytes.ts";

const COLD = CLASS_ID | SEGMENT_COLD;
const KEYS = ["a", "b", "c", "d", "e"];

/** Room for just one line of a dump. */
const ONE_LINE = 1024;

function sums({ core }: CoreDriver): Uint32Array {
  return new Uint32Array(core.bytes.buffer, core.abi.crawlSumsPtr(), CrawlSum.COUNT);
}

/** The key that the walk of COLD meets next; null when it is through. */
function nextKey({ core }: CoreDriver): string | null {
  const { abi, outbox, outboxPtr, result } = core;
  if (abi.crawlDump(COLD, outboxPtr, outboxPtr + ONE_LINE, 1, 0) === 0) return null;
  const line = fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]));
  return line.slice("mg ".length, -2);
}

/** Keys met from the tail on, with `meanwhile` called before the given step. */
function walk(driver: CoreDriver, step: number, meanwhile: () => void): string[] {
  const keys: string[] = [];
  driver.core.abi.beginCrawl(COLD, 0);
  for (let i = 0; ; i++) {
    if (i === step) meanwhile();
    expect(driver.check()).toBe(0);
    const key = nextKey(driver);
    if (key === null) return keys;
    keys.push(key);
  }
}

function flat(...keys: string[]): SegmentedStore {
  const store = new SegmentedStore({ lruSegmented: false });
  store.set(...keys);
  return store;
}

describe("a crawl for what is dead", () => {
  test("reclaims expired and flushed items, and counts them", () => {
    const store = flat(...KEYS);
    store.fetch("a", 1);
    store.driver.touch("a", store.now + 10);
    store.driver.touch("c", store.now + 10);
    store.wait(5);
    store.set("f");
    store.driver.flush(store.now - 5, false);
    store.wait(5);
    store.driver.core.abi.beginCrawl(COLD, 0);
    expect(store.driver.core.abi.crawlExpired(COLD, 100)).toBe(6);
    expect(store.driver.check()).toBe(0);
    expect(store.order("cold")).toEqual(["f"]);
    expect(store.counter(ClassCounter.CRAWLER_RECLAIMED)).toBe(5);
    expect(store.counter(ClassCounter.CRAWLER_ITEMS_CHECKED)).toBe(6);
    // a and c were fetched: touch is an access.
    expect(store.counter(ClassCounter.EXPIRED_UNFETCHED)).toBe(3);
    expect(store.counter(ClassCounter.RECLAIMED)).toBe(0);
  });

  test("sums up when the others fall due", () => {
    const store = flat("never");
    const lives = [1, 59, 60, 119, 120, 59 * 60, 60 * 60 - 1, 60 * 60, 1e6];
    for (const [index, life] of lives.entries()) {
      store.driver.set(`key${index}`, "v", store.now + life);
    }
    store.driver.set("dead", "v", store.now);
    const { abi } = store.driver.core;
    expect(abi.beginCrawl(COLD, 0)).toBe(11);
    expect(abi.crawlExpired(COLD, 100)).toBe(11);
    const found = sums(store.driver);
    expect([0, 1, 2, 3, 58, 59].map((minute) => found[minute])).toEqual([2, 2, 1, 0, 0, 2]);
    const { LATER, NO_EXPIRY, SEEN, RECLAIMED } = CrawlSum;
    expect([LATER, NO_EXPIRY, SEEN, RECLAIMED].map((at) => found[at])).toEqual([2, 1, 11, 1]);
    abi.beginCrawl(COLD, 0);
    expect(sums(store.driver).every((sum) => sum === 0)).toBe(true);
  });

  test.each([
    [1, 1],
    [3, 3],
    [5, 5],
    [6, 5],
    [0, 5],
  ])("with a limit of %i looks at %i of five items", (limit, count) => {
    const store = flat(...KEYS);
    expect(store.driver.core.abi.beginCrawl(COLD, limit)).toBe(count);
    let looked = 0;
    while (store.driver.core.abi.crawlExpired(COLD, 2) > 0) looked++;
    expect(store.counter(ClassCounter.CRAWLER_ITEMS_CHECKED)).toBe(count);
    expect(looked).toBe(Math.ceil(count / 2));
  });

  test("takes held items out too; their chunks stay until they are let go", () => {
    const store = flat("a");
    const held = store.driver.hold("a");
    store.driver.touch("a", store.now + 1);
    store.wait(1);
    store.driver.core.abi.beginCrawl(COLD, 0);
    store.driver.core.abi.crawlExpired(COLD, 10);
    expect([store.driver.items, store.driver.check()]).toEqual([0, 0]);
    store.driver.release(held);
    expect(store.driver.check()).toBe(0);
  });
});

describe("items that change under the cursor", () => {
  const steps = [0, 1, 2, 3, 4, 5];

  test.each(steps)("a removed one before step %i: the others are met once", (step) => {
    for (const key of KEYS) {
      const { driver } = flat(...KEYS);
      const index = KEYS.indexOf(key);
      const met = walk(driver, step, () => driver.remove(key));
      expect(met).toEqual(index < step ? KEYS : KEYS.filter((other) => other !== key));
    }
  });

  test.each(steps)("all of them removed before step %i", (step) => {
    const { driver } = flat(...KEYS);
    const met = walk(driver, step, () => {
      for (const key of KEYS) driver.remove(key);
    });
    expect(met).toEqual(KEYS.slice(0, step));
  });

  test.each(steps)("one that goes to the head before step %i: nobody else is left out", (step) => {
    for (const key of KEYS) {
      const store = flat(...KEYS);
      store.wait(61);
      const met = walk(store.driver, step, () => store.driver.read(key));
      expect(met.toSorted()).toEqual(KEYS);
    }
  });

  test.each(steps)("one that moves to another segment before step %i", (step) => {
    for (const key of KEYS) {
      const store = new SegmentedStore();
      store.setCold(...KEYS);
      store.fetch(key, 2);
      const index = KEYS.indexOf(key);
      const met = walk(store.driver, step, () => store.bump());
      expect(met).toEqual(index < step ? KEYS : KEYS.filter((other) => other !== key));
    }
  });

  test.each(steps)("new ones before step %i: as many are met as there were", (step) => {
    const store = flat(...KEYS);
    const met = walk(store.driver, step, () => store.set("f", "g"));
    expect(met).toEqual(KEYS);
  });
});

describe("a crawl that is abandoned", () => {
  test("leaves nothing behind", () => {
    const { driver } = flat(...KEYS);
    driver.core.abi.beginCrawl(COLD, 0);
    nextKey(driver);
    driver.core.abi.endCrawl(COLD);
    expect(nextKey(driver)).toBeNull();
    for (const key of KEYS) driver.remove(key);
    expect(driver.check()).toBe(0);
  });

  test("and begun anew starts at the tail", () => {
    const { driver } = flat(...KEYS);
    driver.core.abi.beginCrawl(COLD, 0);
    nextKey(driver);
    expect(walk(driver, -1, () => undefined)).toEqual(KEYS);
  });
});

describe("among threads", () => {
  const shape = { slabSizes: [1000] };

  /** Two threads of one store, at second 100. */
  function two(): [CoreDriver, CoreDriver] {
    const both = CoreDriver.threads(shape, "core.debug", 2) as [CoreDriver, CoreDriver];
    both[0].now = 100;
    return both;
  }

  test("one has the right to crawl", () => {
    const [first, second] = two();
    const ticket = first.core.abi.takeCrawl(0);
    expect(ticket).toBeGreaterThanOrEqual(CrawlTicket.FIRST);
    for (const { core } of [first, second]) {
      expect([core.abi.takeCrawl(0), core.abi.takeCrawl(1)]).toEqual([0, 0]);
    }
    expect(second.core.gauge(Gauge.IS_CRAWLING)).toBe(1);
    first.core.abi.giveBackCrawl(ticket);
    expect(first.core.gauge(Gauge.IS_CRAWLING)).toBe(0);
    const next = second.core.abi.takeCrawl(0);
    expect(next).toBeGreaterThan(ticket);
    // The one before has nothing to give back any more.
    first.core.abi.giveBackCrawl(ticket);
    expect([first.core.abi.keepCrawl(ticket), first.core.abi.keepCrawl(next)]).toEqual([0, 1]);
  });

  test("a crawl of the server's own makes way for a client, and goes on behind it", () => {
    const [first, second] = two();
    expect(first.core.abi.takeCrawl(1)).toBe(CrawlTicket.SERVER);
    expect(first.core.abi.takeCrawl(1)).toBe(CrawlTicket.SERVER);
    const ticket = second.core.abi.takeCrawl(0);
    expect(ticket).toBeGreaterThanOrEqual(CrawlTicket.FIRST);
    expect(first.core.abi.takeCrawl(1)).toBe(0);
    first.core.abi.giveBackCrawl(CrawlTicket.SERVER);
    expect(first.core.gauge(Gauge.IS_CRAWLING)).toBe(1);
    second.core.abi.giveBackCrawl(ticket);
    expect(first.core.abi.takeCrawl(1)).toBe(CrawlTicket.SERVER);
  });

  test.each([0, 1])("who has stalled loses the right; taken for the server: %i", (isOwn) => {
    const [first, second] = two();
    const stalled = first.core.abi.takeCrawl(0);
    first.now = 100 + CRAWL_STALL_SECONDS;
    expect(second.core.abi.takeCrawl(isOwn)).toBe(0);
    expect(first.core.abi.keepCrawl(stalled)).toBe(1);
    first.now = 100 + 2 * CRAWL_STALL_SECONDS;
    expect(second.core.abi.takeCrawl(isOwn)).toBe(0);
    first.now = 101 + 2 * CRAWL_STALL_SECONDS;
    const ticket = second.core.abi.takeCrawl(isOwn);
    expect(ticket).toBeGreaterThan(0);
    expect(first.core.abi.keepCrawl(stalled)).toBe(0);
    first.core.abi.giveBackCrawl(stalled);
    expect(second.core.abi.keepCrawl(ticket)).toBe(1);
  });

  test("a crawl for what is dead passes over an item that somebody is at", () => {
    const driver = new CoreDriver(shape);
    driver.now = 1000;
    for (const key of KEYS) driver.set(key, "v", 1001);
    driver.now = 1001;
    const lock = itemLockOf(driver.core, "c");
    setLock(driver.core, lock, HELD);
    driver.core.abi.beginCrawl(COLD, 0);
    expect(driver.core.abi.crawlExpired(COLD, 10)).toBe(5);
    setLock(driver.core, lock, FREE);
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });

  test("a dump waits for it, and leaves no key out", () => {
    const driver = new CoreDriver(shape);
    for (const key of KEYS) driver.set(key, "v");
    const lock = itemLockOf(driver.core, "c");
    const met: string[] = [];
    setLock(driver.core, lock, HELD);
    const slept = sleepsDuring(
      () => met.push(...walk(driver, -1, () => undefined)),
      (at) => setLock(driver.core, at, FREE),
    );
    expect([slept, met]).toEqual([[lock], KEYS]);
  });

  test("nor one that is removed while the dump waits for it", () => {
    const threads = CoreDriver.threads(shape, "core.debug", 2) as [CoreDriver, CoreDriver];
    const [driver, other] = threads;
    for (const key of KEYS) driver.set(key, "v");
    const lock = itemLockOf(driver.core, "c");
    const met: string[] = [];
    driver.core.abi.beginCrawl(COLD, 0);
    setLock(driver.core, lock, HELD);
    sleepsDuring(
      () => {
        for (let key = nextKey(driver); key !== null; key = nextKey(driver)) met.push(key);
      },
      (at) => {
        setLock(driver.core, at, FREE);
        expect(other.remove("c")).toBe(true);
      },
    );
    expect(met).toEqual(["a", "b", "d", "e"]);
    expect(driver.check()).toBe(0);
  });
});

/** All keys that it lists, with `between` called between two slices. */
function keysOfTable(
  { core }: CoreDriver,
  room: number,
  between: () => void,
  classes: readonly [low: number, high: number] = [-1, -1],
): string[] {
  const { abi, outbox, outboxPtr, result } = core;
  const keys: string[] = [];
  let cursor = 0;
  do {
    cursor = abi.crawlTable(cursor, outboxPtr, outboxPtr + room, 1, 0, ...classes) >>> 0;
    const lines = fromLatin1(outbox.subarray(0, result[Result.OUT_LENGTH]));
    keys.push(...lines.split("\r\n").slice(0, -1));
    between();
  } while (cursor !== 0);
  return keys.map((line) => line.slice("mg ".length));
}

function named(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `key${i}`);
}

function pad(key: string): string {
  return key.padEnd(200, "k");
}

describe("a walk of the hash table", () => {
  test.each([
    ["large slices", 256 * 1024],
    ["small slices", 4096],
  ])("lists every key once, in %s", (_, room) => {
    const driver = new CoreDriver({ slabSizes: [200] });
    for (const key of named(20_000)) driver.set(key, "v");
    const keys = keysOfTable(driver, room, () => undefined);
    expect(keys.toSorted()).toEqual(named(20_000).toSorted());
  });

  test.each([1, 7, 64, 1000])("lists what is there all the time once, while %i items come", (n) => {
    const driver = new CoreDriver({ slabSizes: [200], hashPower: 12, memoryMiB: 128 });
    for (const key of named(4000)) driver.set(key, "v");
    let added = 0;
    const keys = keysOfTable(driver, 16_384, () => {
      for (let i = 0; i < n && added < 60_000; i++) driver.set(`new${added++}`, "v");
    });
    const old = keys.filter((key) => key.startsWith("key"));
    expect(old.toSorted()).toEqual(named(4000).toSorted());
    expect(new Set(keys).size).toBe(keys.length);
    if (n > 64) expect(driver.core.gauge(Gauge.HASH_POWER)).toBeGreaterThan(12);
    expect(driver.check()).toBe(0);
  });

  test("lists nothing that is dead", () => {
    const driver = new CoreDriver({ slabSizes: [200] });
    driver.now = 1000;
    for (const key of named(100)) driver.set(key, "v", key.endsWith("7") ? 1001 : 0);
    driver.now = 1001;
    expect(keysOfTable(driver, 4096, () => undefined)).toHaveLength(90);
    driver.flush(1000, true);
    expect(keysOfTable(driver, 4096, () => undefined)).toEqual([]);
  });

  test("lists the classes that were asked for", () => {
    const slabSizes = Array.from({ length: 40 }, (_, i) => 100 * (i + 1));
    const driver = new CoreDriver({ slabSizes, memoryMiB: 64 });
    // Classes 1, 31, 32 and 33: both halves of the bits, and the ends of them.
    const ids = [1, 31, 32, 33];
    for (const id of ids) driver.set(`class${id}`, "v".repeat(100 * id - 60));
    const listed = (low: number, high: number): string[] =>
      keysOfTable(driver, 8192, () => undefined, [low, high]).toSorted();
    expect(listed(-1, -1)).toEqual(ids.map((id) => `class${id}`).toSorted());
    expect(listed(2, 0)).toEqual(["class1"]);
    expect(listed(1 << 31, 2)).toEqual(["class31", "class33"]);
    expect(listed(0, 1)).toEqual(["class32"]);
    expect(listed(0, 0)).toEqual([]);
  });

  test("lists thousands of keys of one bucket", () => {
    const driver = new CoreDriver({ slabSizes: [200], hostileHash: true });
    for (const key of named(3000)) driver.set(key, "v");
    const keys = keysOfTable(driver, driver.core.outbox.length, () => undefined);
    expect(keys.toSorted()).toEqual(named(3000).toSorted());
  });

  test("long buckets lose nothing, whatever room there is", () => {
    // A hundred lines a bucket, in room for one, for eleven and for very many.
    const driver = new CoreDriver({ slabSizes: [400], hashPower: 6, hashExpand: false });
    const keys = named(6400).map((key) => key.padEnd(250, "k"));
    for (const key of keys) driver.set(key, "v");
    for (const room of [1400, 4096, 256 * 1024]) {
      const found = keysOfTable(driver, room, () => undefined);
      expect(found.length).toBe(keys.length);
      expect(new Set(found)).toEqual(new Set(keys));
    }
  });

  test("a table that grows while the walk is in the midst of a bucket", () => {
    const driver = new CoreDriver({ slabSizes: [400], hashPower: 12, memoryMiB: 128 });
    for (const key of named(5000)) driver.set(pad(key), "v");
    let added = 0;
    const found = keysOfTable(driver, 1400, () => {
      for (let i = 0; i < 50 && added < 60_000; i++) driver.set(pad(`new${added++}`), "v");
    });
    const old = found.filter((key) => key.startsWith("key"));
    expect(old.toSorted()).toEqual(
      named(5000)
        .map((key) => pad(key))
        .toSorted(),
    );
    expect(new Set(found).size).toBe(found.length);
    expect(driver.core.gauge(Gauge.HASH_POWER)).toBeGreaterThan(12);
  });

  test("long keys fill a slice, and none is lost between two", () => {
    const driver = new CoreDriver({ slabSizes: [400], hashPower: 12, hashExpand: false });
    const keys = named(20_000).map((key) => key.padEnd(250, "\u00e9"));
    for (const key of keys) driver.set(key, "v");
    expect(keysOfTable(driver, 8192, () => undefined).toSorted()).toEqual(keys.toSorted());
  });
});
