/**
 * The test table of the embedded cache: what every kind of it does, on every host.
 *
 * Goal: unshared, shared and server-backed caches are one thing. Method: each row gets a fresh
 * cache of the kind under test and throws when something is not as it should be.
 */
import { equal, holds, sleep, throwsCode } from "./asserting.ts";
import { codecs } from "./codec-rows.ts";
import { evictions, expiries } from "./eviction-rows.ts";
import { large } from "./large-rows.ts";
import type { Row, Subject } from "./row.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function inOrder(all: readonly unknown[]): string[] {
  return all.map((one) => JSON.stringify(one)).sort();
}

const values: Record<string, Row> = {
  "text and bytes come back as they were": (cache) => {
    cache
      .set("text", "grüße 👋")
      .set("bytes", bytes(0, 255, 10))
      .set("long", "x".repeat(5000));
    equal(cache.get("text"), "grüße 👋");
    equal(cache.get("bytes"), bytes(0, 255, 10));
    equal(cache.get("long"), "x".repeat(5000));
    cache.set("no text", "").set("no bytes", bytes());
    equal([cache.get("no text"), cache.get("no bytes")], ["", bytes()]);
    equal(cache.get("nobody"), undefined);
  },
  "what was got is the caller's own": (cache) => {
    cache.set("key", bytes(1, 2, 3));
    const got = cache.get("key") as Uint8Array;
    got.fill(9);
    equal(cache.get("key"), bytes(1, 2, 3));
    cache.set("key", bytes(4));
    equal(got, bytes(9, 9, 9));
  },
  "a value above what is copied out at once": (cache) => {
    const long = new Uint8Array(cache.maxValueBytes);
    long.forEach((_, i) => (long[i] = i * 31));
    cache.set("long", long);
    equal(cache.get("long"), long);
    equal(cache.get("long"), long);
  },
  "keys are text or bytes, and those of the same bytes are the same": (cache) => {
    cache.set("ä", "umlaut");
    equal(cache.get(bytes(0xc3, 0xa4)), "umlaut");
    cache.set(bytes(0, 1, 2), "binary");
    equal(cache.get(bytes(0, 1, 2)), "binary");
    cache.set("k".repeat(250), "longest");
    equal(cache.get("k".repeat(250)), "longest");
  },
  "keys of no or too many bytes are refused, everywhere": (cache) => {
    for (const key of ["", "k".repeat(251), "ä".repeat(126), bytes(), new Uint8Array(251)]) {
      throwsCode(() => cache.get(key), "KEY");
      throwsCode(() => cache.set(key, "value"), "KEY");
      throwsCode(() => cache.delete(key), "KEY");
      throwsCode(() => cache.incr(key), "KEY");
    }
    throwsCode(() => cache.get(7 as never), "KEY");
    equal(cache.size, 0);
  },
  "values of other types are refused": (cache) => {
    throwsCode(() => cache.set("key", 7 as never), "VALUE");
    throwsCode(() => cache.set("key", null as never), "VALUE");
    equal(cache.has("key"), false);
  },
  "a value that is too large is refused, and the old one gone": (cache) => {
    cache.set("key", "old");
    throwsCode(() => cache.set("key", new Uint8Array(cache.maxValueBytes + 1000)), "TOO_LARGE");
    equal(cache.get("key"), undefined);
    cache.set("key", new Uint8Array(cache.maxValueBytes - 10));
    throwsCode(() => cache.append("key", new Uint8Array(2000)), "TOO_LARGE");
    equal((cache.get("key") as Uint8Array).length, cache.maxValueBytes - 10);
  },
  "a codec that uses the cache itself": (_, { make }) => {
    const codec = {
      kind: "text" as const,
      encode: (value: string): string => value + (outer.get("suffix") ?? ""),
      decode: (text: string): string => text + String(plain.get("other")),
    };
    const plain = make();
    const outer = make<string>({ codec });
    plain.set("other", "!");
    outer.set("key", "value");
    equal(outer.get("key"), "value!");
    const got = outer.getWithCas("key");
    holds((got?.cas ?? 0n) > 0n, "a CAS unique is there");
    equal(outer.cas("key", "new", got?.cas ?? 0n), "stored");
  },
};

const commands: Record<string, Row> = {
  "add and replace": (cache) => {
    equal(cache.replace("key", "early"), false);
    equal(cache.add("key", "first"), true);
    equal(cache.add("key", "second"), false);
    equal(cache.get("key"), "first");
    equal(cache.replace("key", "third"), true);
    equal(cache.get("key"), "third");
  },
  "append and prepend": (cache) => {
    equal(cache.append("key", "?"), false);
    equal(cache.prepend("key", "?"), false);
    cache.set("key", "b");
    equal(cache.append("key", "c"), true);
    equal(cache.prepend("key", "a"), true);
    equal(cache.get("key"), "abc");
  },
  "delete, has, size": (cache) => {
    equal([cache.has("key"), cache.delete("key"), cache.size], [false, false, 0]);
    cache.set("key", "value").set("other", "value");
    equal([cache.has("key"), cache.size], [true, 2]);
    equal([cache.delete("key"), cache.has("key"), cache.size], [true, false, 1]);
  },
  cas: (cache) => {
    equal(cache.cas("key", "value", 1n), "missing");
    equal(cache.getWithCas("key"), undefined);
    cache.set("key", "one");
    const before = cache.getWithCas("key");
    equal(before?.value, "one");
    equal(cache.cas("key", "two", before?.cas ?? 0n), "stored");
    equal(cache.cas("key", "three", before?.cas ?? 0n), "exists");
    equal(cache.get("key"), "two");
  },
  "incr and decr": (cache) => {
    equal(cache.incr("count"), undefined);
    equal(cache.incr("count", 1, { initial: 10 }), 10);
    equal(cache.incr("count"), 11);
    equal(cache.incr("count", 89), 100);
    equal(cache.decr("count", 1), 99);
    equal(cache.get("count"), "99 ");
    equal(cache.decr("count", 1000), 0);
    equal(cache.incr("count", 2n ** 64n - 1n), 2n ** 64n - 1n);
    equal(cache.incr("count", 2n), 1n);
    cache.set("large", "9007199254740992");
    throwsCode(() => cache.incr("large", 1), "RANGE");
    equal(cache.incr("large", 0n), 9007199254740993n);
    cache.set("word", "word");
    throwsCode(() => cache.incr("word"), "NOT_NUMERIC");
    for (const by of [-1, 1.5, Number.NaN, 2n ** 64n]) {
      throwsCode(() => cache.incr("count", by as number), "RANGE");
    }
  },
  "getMany and setMany": (cache) => {
    const entries = Array.from({ length: 100 }, (_, i) => [`key${i}`, `value${i}`] as const);
    cache.setMany(entries);
    const keys = [...entries.map(([key]) => key), "nobody"];
    equal(cache.getMany(keys), [...entries.map(([, value]) => value), undefined]);
  },
  "getMany of any keys: again, not there, of bytes, long values": (cache) => {
    equal(cache.getMany([]), []);
    const long = "ä".repeat(30_000);
    cache.set("a", "1").set("ä".repeat(125), long).set("b", bytes(2)).set("none", "");
    const few = ["a", "nobody", "a"];
    equal(cache.getMany(new Set(few)), ["1", undefined]);
    const keys = ["a", "ä".repeat(125), bytes(0x62), "nobody", "none", "a", bytes(1)];
    const found = ["1", long, bytes(2), undefined, "", "1", undefined];
    for (let times = 1; times < 40; times += 9) {
      const many = Array.from({ length: times }, () => keys).flat();
      equal(cache.getMany(many), Array.from({ length: times }, () => found).flat());
    }
    throwsCode(() => cache.getMany([...keys, ""]), "KEY");
  },
  "getMany where the codec uses the cache": (_, { make }) => {
    const codec = {
      kind: "text" as const,
      encode: (value: string): string => value,
      decode: (text: string): string => text + String(cache.has("other")),
    };
    const cache = make<string>({ codec });
    const keys = Array.from({ length: 20 }, (_, i) => `key${i}`);
    for (const key of keys) cache.set(key, key);
    equal(
      cache.getMany(keys),
      keys.map((key) => `${key}false`),
    );
  },
  "getInto writes what fits, and says how long it is": (cache) => {
    const target = new Uint8Array(100);
    equal(cache.getInto("key", target), undefined);
    for (const length of [0, 1, 24, 25, 48, 49, 100]) {
      cache.set("key", new Uint8Array(length).fill(length + 1));
      target.fill(0);
      equal(cache.getInto("key", target), length);
      equal(
        target,
        new Uint8Array(100).map((_, i) => (i < length ? length + 1 : 0)),
      );
    }
    cache.set("key", new Uint8Array(101).fill(1));
    target.fill(0);
    equal(cache.getInto("key", target), 101);
    equal(target, new Uint8Array(100));
    cache.set("key", "ä");
    equal(cache.getInto("key", target), 2);
    equal(target.slice(0, 2), bytes(0xc3, 0xa4));
    const large = new Uint8Array(50_000).map((_, i) => i);
    const room = new Uint8Array(60_000);
    cache.set("key", large);
    for (let i = 0; i < 3; i++) equal(cache.getInto("key", room), large.length);
    equal(room.slice(0, large.length), large);
    // Nothing is held any more: the item can go.
    equal(cache.delete("key"), true);
  },
  "texts and bytes of every length near where copying changes": (cache) => {
    for (const length of [1, 7, 8, 23, 24, 25, 26, 47, 48, 49, 63, 64, 65, 255, 10_922, 10_923]) {
      const text = "v".repeat(length - 1);
      for (const last of ["w", "é", "€"]) {
        cache.set("text", text + last);
        equal(cache.get("text"), text + last);
      }
      const value = new Uint8Array(length).map((_, i) => i + length);
      cache.set(value.subarray(0, Math.min(length, 250)), value);
      equal(cache.get(value.slice(0, 250)), value);
      // Neither end of the array behind a view is taken for the view's.
      equal(cache.set("view", value.subarray(1)).get("view"), value.slice(1));
    }
  },
  "a text keeps what is odd in it": (cache) => {
    for (const text of ["\ufeffBOM", `\ufeff${"b".repeat(60)}`, "\0nul", "👋".repeat(20)]) {
      equal(cache.set("key", text).get("key"), text);
    }
    equal(cache.set("key", "half \ud83d").get("key"), "half \ufffd");
  },
  "entries, keys and the cache itself are iterated while it changes": (cache) => {
    const expected = Array.from({ length: 500 }, (_, i) => [`key${i}`, "v".repeat(i)]);
    for (const [key, value] of expected) cache.set(key as string, value as string);
    const met: unknown[] = [];
    for (const entry of cache.entries()) {
      met.push(entry);
      cache.get("key7");
    }
    equal(inOrder(met), inOrder(expected));
    equal([...cache.keys()].length, 500);
    for (const [key] of cache) cache.delete(key);
    equal(cache.size, 0);
    equal([...cache.entries()], []);
  },
  clear: (cache) => {
    for (let i = 0; i < 1000; i++) cache.set(`key${i}`, "value");
    cache.clear();
    equal([cache.size, cache.get("key1")], [0, undefined]);
    cache.set("key1", "new");
    equal([cache.size, cache.get("key1")], [1, "new"]);
  },
  "stats count": (cache) => {
    const before = cache.stats();
    cache.set("key", "value");
    cache.get("key");
    cache.get("nobody");
    cache.delete("key");
    const after = cache.stats();
    equal(after.hits - before.hits, 1);
    equal(after.misses - before.misses, 1);
    equal(after.sets - before.sets, 1);
    equal(after.deletes - before.deletes, 1);
    equal([after.size, after.bytes, cache.bytes], [0, 0, 0]);
    equal(after.maxBytes, cache.maxBytes);
  },
};

const times: Record<string, Row> = {
  "ttl in milliseconds, as a Date, and none": async (cache, { tickMs }) => {
    const ttl = tickMs * 3;
    cache.set("short", "value", { ttl });
    cache.set("dated", "value", { ttl: new Date(Date.now() + ttl) });
    cache.set("forever", "value");
    cache.set("very long", "value", { ttl: Number.MAX_SAFE_INTEGER });
    equal(cache.getMany(["short", "dated", "forever", "very long"]), Array(4).fill("value"));
    equal([cache.ttlOf("forever"), cache.ttlOf("nobody")], [Infinity, undefined]);
    const left = cache.ttlOf("short") ?? 0;
    holds(left > 0 && left <= ttl + tickMs, `${left} ms left of ${ttl}`);
    await sleep(ttl + 2 * tickMs);
    equal(cache.getMany(["short", "dated"]), [undefined, undefined]);
    equal(cache.getMany(["forever", "very long"]), ["value", "value"]);
  },
  "what has ended is not there for any command": (cache) => {
    for (const ttl of [0, -5, new Date(0)]) {
      cache.set("key", "value", { ttl });
      equal([cache.get("key"), cache.has("key"), cache.delete("key")], [undefined, false, false]);
    }
    throwsCode(() => cache.set("key", "value", { ttl: Number.NaN }), "RANGE");
  },
  touch: async (cache, { tickMs }) => {
    equal(cache.touch("key", 1000), false);
    cache.set("key", "value", { ttl: 3 * tickMs });
    equal(cache.touch("key", Infinity), true);
    cache.set("other", "value");
    equal(cache.touch("other", 2 * tickMs), true);
    await sleep(5 * tickMs);
    equal(cache.getMany(["key", "other"]), ["value", undefined]);
  },
  "the cache's own ttl is for what has none": async (_, { make, tickMs }) => {
    const cache = make({ ttl: 2 * tickMs });
    cache.set("own", "value").set("given", "value", { ttl: Infinity });
    cache.incr("number", 1, { initial: 1 });
    await sleep(4 * tickMs);
    equal(cache.getMany(["own", "given", "number"]), [undefined, "value", undefined]);
  },
};

const limits: Record<string, Row> = {
  "what is stored stays within the limit, and the newest is there": (cache) => {
    const value = new Uint8Array(1000);
    const count = Math.ceil((cache.maxBytes / 1000) * 1.5);
    for (let i = 0; i < count; i++) cache.set(`key${i}`, value);
    const { evictions, bytes: used } = cache.stats();
    holds(evictions > 0, "something was evicted");
    holds(used <= cache.maxBytes, `${used} bytes are within ${cache.maxBytes}`);
    holds(used > cache.maxBytes * 0.6, `${used} bytes are most of ${cache.maxBytes}`);
    equal(cache.get(`key${count - 1}`), value);
    equal(cache.get("key0"), undefined);
  },
  "a full cache takes values of every size": (cache) => {
    const small = new Uint8Array(50);
    for (let i = 0; i < cache.maxBytes / 60; i++) cache.set(`key${i}`, small);
    for (let size = 1; size <= cache.maxValueBytes; size = Math.ceil(size * 1.3)) {
      const value = new Uint8Array(size).fill(size);
      cache.set(`size${size}`, value);
      equal(cache.get(`size${size}`), value, `value of ${size} bytes`);
    }
  },
  "a disposed cache refuses everything": (cache) => {
    cache.set("key", "value");
    cache.dispose();
    throwsCode(() => cache.get("key"), "CLOSED");
    throwsCode(() => cache.set("key", "value"), "CLOSED");
    throwsCode(() => cache.size, "CLOSED");
    throwsCode(() => [...cache.entries()], "CLOSED");
    cache.dispose();
  },
  "`using` disposes a cache": (_, { make }) => {
    let kept = null;
    {
      using cache = make();
      cache.set("key", "value");
      kept = cache;
    }
    throwsCode(() => kept.get("key"), "CLOSED");
  },
};

/**
 * Limits come first: in a server, which all rows share, a slab page changes hands only when its
 * mover finds time for it, and rows do not wait for that.
 */
export const TABLE: Readonly<Record<string, Row>> = {
  ...limits,
  ...evictions,
  ...values,
  ...codecs,
  ...large,
  ...commands,
  ...times,
  ...expiries,
};

/**
 * Rows that want a server which nobody has filled: its slab pages would be of other classes, or on
 * their way.
 */
export const FRESH: readonly string[] = Object.keys({ ...evictions, ...large });

/** Rows that wait for some ticks of the clock. */
export const TIMED: readonly string[] = Object.keys({ ...times, ...expiries });

/** Runs one row on a cache of its own. */
export async function runRow(row: Row, subject: Subject): Promise<void> {
  await row(subject.make(), subject);
}
