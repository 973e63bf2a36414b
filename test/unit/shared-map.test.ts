/**
 * The shared map: the same entries for each thread, exact counts, an honest end when it is full,
 * and its lock always given back.
 */
import { beforeEach, describe, expect, spyOn, test } from "bun:test";
import { SharedMap } from "../../src/base/shared-map.ts";

const ENTRIES_MAX = 16;
const WIDTH = 3;
const KEY_LENGTH_MAX = 255;

let map: SharedMap;
let other: SharedMap;

beforeEach(() => {
  map = new SharedMap(ENTRIES_MAX, WIDTH);
  other = new SharedMap(ENTRIES_MAX, WIDTH, map.shared);
});

/** Adds to one number of a key; false when there is no room for the key. */
function add(on: SharedMap, key: string, which: number, change: number): boolean {
  return on.change(key, (numbers) => {
    if (numbers === null) return false;
    numbers[which] += change;
    return true;
  });
}

function contents(of: SharedMap): [string, number[]][] {
  return of.entries().map(([key, numbers]) => [key, [...numbers]]);
}

describe("entries", () => {
  test("begin at zeros, and are shared", () => {
    expect(map.change("a", (numbers) => [...(numbers ?? [])])).toEqual([0, 0, 0]);
    add(other, "a", 1, 5);
    add(map, "a", 1, 2);
    add(map, "b", 2, 0.5);
    const expected: [string, number[]][] = [
      ["a", [0, 7, 0]],
      ["b", [0, 0, 0.5]],
    ];
    expect(contents(map)).toEqual(expected);
    expect(contents(other)).toEqual(expected);
  });

  test("are listed in order of first use", () => {
    for (const key of ["c", "a", "b", "a", "c"]) add(map, key, 0, 1);
    expect(contents(other).map(([key]) => key)).toEqual(["c", "a", "b"]);
  });

  test("are copies when they are listed", () => {
    add(map, "a", 0, 1);
    const [[, numbers]] = map.entries();
    add(map, "a", 0, 1);
    expect(numbers[0]).toBe(1);
  });

  test("are told apart by every byte and by their length", () => {
    const keys = ["", "a", "aa", "ab", "a\0", "\0", "\xff", "x".repeat(KEY_LENGTH_MAX)];
    keys.push("x".repeat(KEY_LENGTH_MAX - 1), `${"x".repeat(KEY_LENGTH_MAX - 1)}y`);
    keys.forEach((key, index) => add(map, key, 0, index + 1));
    keys.forEach((key, index) => add(other, key, 1, index + 1));
    expect(contents(map)).toEqual(keys.map((key, index) => [key, [index + 1, index + 1, 0]]));
  });

  test("hold numbers beyond 32 bits exactly", () => {
    add(map, "a", 0, 2 ** 52);
    add(map, "a", 0, 1);
    expect(contents(other)).toEqual([["a", [2 ** 52 + 1, 0, 0]]]);
  });
});

describe("a full map", () => {
  const keys = Array.from({ length: ENTRIES_MAX }, (_, index) => `key:${index}`);

  beforeEach(() => {
    for (const key of keys) expect(add(map, key, 0, 1)).toBe(true);
  });

  test("refuses new keys and knows the old ones", () => {
    expect(add(other, "one more", 0, 1)).toBe(false);
    for (const key of keys) expect(add(other, key, 0, 1)).toBe(true);
    expect(contents(map)).toEqual(keys.map((key) => [key, [2, 0, 0]]));
  });

  test("is empty after clear, and holds as many others", () => {
    other.clear();
    expect(contents(map)).toEqual([]);
    const others = keys.map((key) => `other ${key}`);
    for (const key of others) expect(add(map, key, 1, 1)).toBe(true);
    expect(add(map, keys[0], 0, 1)).toBe(false);
    expect(contents(other)).toEqual(others.map((key) => [key, [0, 1, 0]]));
  });
});

function words(): Int32Array {
  return new Int32Array(map.shared);
}

function fail(): never {
  throw new Error("a mistake");
}

describe("the lock", () => {
  test("is given back, also after a mistake of the caller", () => {
    expect(() => map.change("a", fail)).toThrow("a mistake");
    expect(words()[0]).toBe(0);
    expect(add(other, "a", 0, 1)).toBe(true);
  });

  test("is waited for", () => {
    words()[0] = 1;
    let sleeps = 0;
    const wait = spyOn(Atomics, "wait").mockImplementation(() => {
      if (++sleeps === 3) words()[0] = 0;
      return "ok";
    });
    try {
      expect(add(map, "a", 0, 1)).toBe(true);
    } finally {
      wait.mockRestore();
    }
    expect(sleeps).toBe(3);
    expect(contents(map)).toEqual([["a", [1, 0, 0]]]);
  });

  test("is held while a change is made", () => {
    map.change("a", () => expect(words()[0]).toBe(1));
  });
});

test("threads at work at the same time lose no count", async () => {
  const [workers, each] = [3, 2000];
  const done = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker(new URL("shared-map-worker.ts", import.meta.url));
    const end = Promise.withResolvers<void>();
    worker.addEventListener("message", () => end.resolve());
    worker.addEventListener("error", (event) => end.reject(new Error(event.message)));
    worker.postMessage({ shared: map.shared, sizes: [ENTRIES_MAX, WIDTH], own: index, each });
    return end.promise.finally(() => worker.terminate());
  });
  await Promise.all(done);
  const sums = new Map(contents(map));
  expect(sums.get("all")).toEqual([each, each, each]);
  expect(["own 0", "own 1", "own 2"].map((key) => sums.get(key)?.[0])).toEqual([each, each, each]);
});
