/**
 * Rows of the test table about values that are larger than a slab page, and so in several chunks.
 */
import { equal, holds, throwsCode } from "./asserting.ts";
import type { Row } from "./row.ts";

/** Bytes that tell where in the value they are. */
function pattern(length: number): Uint8Array {
  const value = new Uint8Array(length);
  for (let i = 0; i < length; i++) value[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 16)) & 255;
  return value;
}

/** Compared without making a text of it: it is long. */
function same(actual: unknown, expected: Uint8Array, what: string): void {
  holds(actual instanceof Uint8Array, `${what} is bytes`);
  const bytes = actual as Uint8Array;
  equal(bytes.length, expected.length, `length of ${what}`);
  holds(
    bytes.every((byte, i) => byte === expected[i]),
    `${what} is as it was stored`,
  );
}

export const large: Record<string, Row> = {
  "a value may have a tenth of the cache": (cache) => {
    const limit = cache.maxValueBytes;
    holds(limit > cache.maxBytes / 10, `${limit} bytes are a tenth of ${cache.maxBytes}`);
    const value = pattern(limit);
    const key = "k".repeat(250);
    cache.set(key, value);
    same(cache.get(key), value, "the longest value");
    throwsCode(() => cache.set(key, new Uint8Array(limit + 300)), "TOO_LARGE");
    equal(cache.has(key), false);
  },
  "large values by every way in and out": (cache) => {
    const half = Math.floor(cache.maxValueBytes / 2);
    const value = pattern(half);
    equal(cache.add("large", value), true);
    equal(cache.replace("large", value), true);
    const got = cache.getWithCas("large");
    same(got?.value, value, "the value with its CAS unique");
    equal(cache.cas("large", value.subarray(1), got?.cas ?? 0n), "stored");
    equal(cache.prepend("large", value.subarray(0, 1)), true);
    equal(cache.append("large", value.subarray(0, half - 9)), true);
    const whole = new Uint8Array(2 * half - 9);
    whole.set(value);
    whole.set(value.subarray(0, half - 9), half);
    same(cache.get("large"), whole, "what was put together");
    for (const [key, met] of cache.entries()) same(met, whole, key);
    same(cache.getMany(["large"])[0], whole, "one of many");
    cache.set("text", "ä".repeat(Math.floor(half / 2)));
    equal((cache.get("text") as string).length, Math.floor(half / 2));
    equal((cache.get("text") as string).replaceAll("ä", ""), "");
    throwsCode(() => cache.append("large", new Uint8Array(half)), "TOO_LARGE");
    equal([cache.delete("large"), cache.size], [true, 1]);
  },
  "large and small values make room for each other": (cache, { tickMs }) => {
    // A server's slab pages do not change hands so fast: it refuses then, as memcached does.
    if (tickMs >= 1000) return;
    const limit = cache.maxValueBytes;
    const value = pattern(limit);
    const small = new Uint8Array(100);
    for (let i = 0; i < cache.maxBytes / 150; i++) cache.set(`small${i}`, small);
    for (let i = 0; i < 30; i++) {
      const length = Math.floor(limit / (1 + (i % 5)));
      cache.set(`large${i}`, value.subarray(0, length));
      same(cache.get(`large${i}`), value.subarray(0, length), `large${i}`);
      for (let j = 0; j < 50; j++) cache.set(`between${i} ${j}`, value.subarray(0, 1 + j * 60));
    }
    let kept = 0;
    for (let i = 0; i < 30; i++) {
      const met = cache.get(`large${i}`);
      if (met === undefined) continue;
      kept++;
      same(met, value.subarray(0, (met as Uint8Array).length), `large${i}`);
    }
    holds(kept > 3, `${kept} large values are there still`);
    for (let i = 0; i < cache.maxBytes / 150; i++) cache.set(`small${i}`, small);
    holds(cache.size > cache.maxBytes / 400, `${cache.size} small values fit again`);
  },
};
