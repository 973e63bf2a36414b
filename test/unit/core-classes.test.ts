/**
 * Slab class tables: memcached's for each shape that the specification lists (§8.2), and our
 * default.
 *
 * Method: chunk sizes are read back from the core. `slab_chunk_max` is given in bytes here.
 */
import { ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import { describe, expect, test } from "bun:test";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** memcached's defaults: what `-o classic_sizes` sets. */
const CLASSIC: CoreShape = { classicSizes: true, chunkSizeMin: 48, slabChunkMax: 512 * KIBIBYTE };

function tableOf(driver: CoreDriver): number[] {
  const count = driver.core.gauge(Gauge.CLASS_LARGEST);
  return Array.from({ length: count }, (_, index) =>
    driver.classGauge(index + 1, ClassGauge.CHUNK_SIZE),
  );
}

function chunkSizes(shape: CoreShape): number[] {
  return tableOf(new CoreDriver(shape));
}

function numbers(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}

const DEFAULT_CLASSIC = numbers(`
  96 120 152 192 240 304 384 480 600 752 944 1184 1480 1856 2320 2904 3632 4544 5680 7104 8880 11104
  13880 17352 21696 27120 33904 42384 52984 66232 82792 103496 129376 161720 202152 252696 315872
  394840 524288`);

const DEFAULT_OURS = numbers(`
  64 80 104 136 176 224 280 352 440 552 696 872 1096 1376 1720 2152 2696 3376 4224 5280 6600 8256
  10320 12904 16136 20176 25224 31536 39424 49280 61600 77000 96256 120320 150400 188000 235000
  293752 367192 458992 573744 717184 1048576`);

describe("memcached's tables", () => {
  test("default: 39 classes", () => {
    expect(chunkSizes(CLASSIC)).toEqual(DEFAULT_CLASSIC);
  });

  test("-n 1: starts at 56, 41 classes", () => {
    const sizes = chunkSizes({ ...CLASSIC, chunkSizeMin: 1 });
    expect([sizes[0], sizes.length]).toEqual([56, 41]);
  });

  test("-n 500: starts at 552, 31 classes", () => {
    const sizes = chunkSizes({ ...CLASSIC, chunkSizeMin: 500 });
    expect([sizes[0], sizes.length]).toEqual([552, 31]);
  });

  test("-n 600000: a single class", () => {
    expect(chunkSizes({ ...CLASSIC, chunkSizeMin: 600_000 })).toEqual([512 * KIBIBYTE]);
  });

  test("-f 1.08: 63 classes, the 62nd of 13800", () => {
    const sizes = chunkSizes({ ...CLASSIC, growthFactor: 1.08 });
    expect([sizes.length, sizes[61], sizes[62]]).toEqual([63, 13_800, 512 * KIBIBYTE]);
  });

  test("-f 1.01: sticks at 96 for 62 classes", () => {
    const sizes = chunkSizes({ ...CLASSIC, growthFactor: 1.01 });
    expect(sizes).toEqual([...Array.from({ length: 62 }, () => 96), 512 * KIBIBYTE]);
  });

  test("-f 2: 13 classes", () => {
    expect(chunkSizes({ ...CLASSIC, growthFactor: 2 })).toHaveLength(13);
  });

  test("no_modern: 42 classes up to a whole page", () => {
    const sizes = chunkSizes({ ...CLASSIC, slabChunkMax: MEBIBYTE });
    expect(sizes).toHaveLength(42);
    expect(sizes.slice(-2)).toEqual([771_184, MEBIBYTE]);
  });

  test("slab_chunk_max=16: 23 classes", () => {
    const sizes = chunkSizes({ ...CLASSIC, slabChunkMax: 16 * KIBIBYTE });
    expect(sizes).toHaveLength(23);
    expect(sizes.slice(-2)).toEqual([11_104, 16 * KIBIBYTE]);
  });

  test("slab_sizes=100-200-300: rounded up, and the largest chunk added", () => {
    const sizes = chunkSizes({ ...CLASSIC, slabSizes: [100, 200, 300] });
    expect(sizes).toEqual([104, 200, 304, 512 * KIBIBYTE]);
  });
});

describe("our table", () => {
  test("default: 43 classes from 64 bytes to a whole page", () => {
    expect(chunkSizes({})).toEqual(DEFAULT_OURS);
  });

  test("with -n given it starts where memcached's does", () => {
    expect(chunkSizes({ chunkSizeMin: 48 })[0]).toBe(96);
  });
});

describe.each([
  ["classic", CLASSIC],
  ["ours", {}],
] as const)("%s sizes", (_, shape) => {
  const driver = new CoreDriver(shape);

  test("are multiples of 8 and rise", () => {
    const sizes = tableOf(driver);
    expect(sizes.every((size) => size % 8 === 0)).toBe(true);
    expect(sizes).toEqual([...new Set(sizes)].toSorted((a, b) => a - b));
  });

  test("give as many chunks as fit a page", () => {
    tableOf(driver).forEach((size, index) => {
      const perPage = driver.classGauge(index + 1, ClassGauge.CHUNKS_PER_PAGE);
      expect(perPage).toBe(Math.floor(MEBIBYTE / size));
    });
  });

  test("an item goes to the smallest class that holds it, on both sides of each border", () => {
    const sizes = tableOf(driver);
    const overhead = driver.settings.classicSizes ? 59 : 38;
    sizes.slice(0, -1).forEach((size, index) => {
      for (const [length, classId] of [
        [size - overhead - 1, index + 1],
        [size - overhead, index + 2],
      ]) {
        driver.set("k", length);
        expect([size, driver.keys(classId)]).toEqual([size, ["k"]]);
      }
    });
  });
});
