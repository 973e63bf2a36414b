/**
 * Slab pages: who may take one, up to which limit, and the limit moved while the store runs
 * (specification §8.3).
 */
import { ClassCounter, ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { Status } from "../../assembly/shared/status.ts";

const MEBIBYTE = 1024 * 1024;
/** Five chunks to a page. */
const SLAB_SIZES = [200_000];
const LENGTH = 150_000;
const PER_PAGE = 5;

function pagesTaken(driver: CoreDriver): number {
  return driver.core.gauge(Gauge.PAGES_TAKEN);
}

function setMany(driver: CoreDriver, count: number): void {
  for (let index = 0; index < count; index++) driver.set(`key:${index}`, LENGTH);
}

describe("the memory limit", () => {
  test("each class gets its first page even beyond the limit", () => {
    const driver = new CoreDriver({ memoryMiB: 1 });
    for (const length of [10, 100, 1000, 10_000, 100_000]) {
      expect(driver.set(`key:${length}`, length)).toBe(Status.OK);
    }
    expect(pagesTaken(driver)).toBe(5);
    expect(driver.items).toBe(5);
    expect(driver.check()).toBe(0);
  });

  test("no class gets a second page beyond it", () => {
    const driver = new CoreDriver({ memoryMiB: 2, slabSizes: SLAB_SIZES });
    setMany(driver, 3 * PER_PAGE);
    expect(pagesTaken(driver)).toBe(2);
    expect(driver.items).toBe(2 * PER_PAGE);
    expect(driver.classSum(ClassCounter.EVICTED)).toBe(PER_PAGE);
  });

  test("first pages beyond it count: nobody else grows then", () => {
    const driver = new CoreDriver({ memoryMiB: 2, slabSizes: SLAB_SIZES });
    driver.set("whole page", 1_000_000);
    setMany(driver, 2 * PER_PAGE);
    expect(driver.classGauge(1, ClassGauge.PAGES)).toBe(1);
    expect(pagesTaken(driver)).toBe(2);
  });

  test("a page stays with its class when that is empty, as long as nobody moves it", () => {
    const driver = new CoreDriver({ memoryMiB: 2, slabSizes: SLAB_SIZES });
    setMany(driver, PER_PAGE);
    for (let index = 0; index < PER_PAGE; index++) driver.remove(`key:${index}`);
    expect(driver.classGauge(1, ClassGauge.FREE_CHUNKS)).toBe(PER_PAGE);
    expect(driver.classGauge(1, ClassGauge.USED_CHUNKS)).toBe(0);
    expect(pagesTaken(driver)).toBe(1);
  });
});

describe("chunks", () => {
  test("a freed one is the next one handed out", () => {
    const driver = new CoreDriver({ slabSizes: SLAB_SIZES });
    setMany(driver, 3);
    const itemPtr = driver.hold("key:1");
    driver.release(itemPtr);
    driver.remove("key:1");
    driver.set("again", LENGTH);
    expect(driver.hold("again")).toBe(itemPtr);
  });

  test("no two of them overlap, and all lie in a page of their class", () => {
    const driver = new CoreDriver({ memoryMiB: 4, slabSizes: SLAB_SIZES });
    setMany(driver, 4 * PER_PAGE);
    const found = Array.from({ length: 4 * PER_PAGE }, (_, index) => driver.hold(`key:${index}`));
    const chunkSize = driver.classGauge(1, ClassGauge.CHUNK_SIZE);
    const sorted = found.toSorted((a, b) => a - b);
    sorted.forEach((itemPtr, index) => {
      const inPage = itemPtr % MEBIBYTE;
      expect(inPage % chunkSize).toBe(0);
      expect(inPage + chunkSize).toBeLessThanOrEqual(MEBIBYTE);
      if (index > 0) expect(itemPtr - sorted[index - 1]).toBeGreaterThanOrEqual(chunkSize);
    });
  });
});

describe("setMemoryLimit", () => {
  test("raised, more pages may be taken", () => {
    const driver = new CoreDriver({ memoryMiB: 1, slabSizes: SLAB_SIZES });
    setMany(driver, 2 * PER_PAGE);
    expect(driver.items).toBe(PER_PAGE);
    expect(driver.core.abi.setMemoryLimit(3)).toBe(1);
    expect(driver.core.gauge(Gauge.PAGES_LIMIT)).toBe(3);
    setMany(driver, 4 * PER_PAGE);
    expect(driver.items).toBe(3 * PER_PAGE);
  });

  test("lowered, nothing is lost, and nothing more is taken", () => {
    const driver = new CoreDriver({ memoryMiB: 8, slabSizes: SLAB_SIZES });
    setMany(driver, 3 * PER_PAGE);
    expect(driver.core.abi.setMemoryLimit(1)).toBe(1);
    expect(driver.items).toBe(3 * PER_PAGE);
    setMany(driver, 5 * PER_PAGE);
    expect(driver.items).toBe(3 * PER_PAGE);
    expect(driver.check()).toBe(0);
  });

  test("is refused beyond the memory there is", () => {
    const driver = new CoreDriver({ memoryMiB: 8 });
    expect(driver.core.abi.setMemoryLimit(4096)).toBe(0);
    expect(driver.core.gauge(Gauge.PAGES_LIMIT)).toBe(8);
  });
});

describe("preallocate", () => {
  test("gives each class of the table one page", () => {
    const driver = new CoreDriver({ memoryMiB: 8, preallocate: true, slabSizes: [1000, 2000] });
    const pages = [1, 2, 3].map((id) => driver.classGauge(id, ClassGauge.PAGES));
    expect(pages).toEqual([1, 1, 1]);
    expect(driver.check()).toBe(0);
  });

  test("leaves the rest of the limit to whoever asks", () => {
    const driver = new CoreDriver({ memoryMiB: 8, preallocate: true, slabSizes: SLAB_SIZES });
    setMany(driver, 50);
    expect(driver.classGauge(1, ClassGauge.PAGES)).toBe(7);
    expect(pagesTaken(driver)).toBe(8);
  });
});
