/**
 * Rows of the test table about `onEvict`: who is told of what.
 */
import { equal, holds, sleep } from "./asserting.ts";
import type { Row, Subject } from "./row.ts";
import type * as Api from "../../src/cache/exports.ts";

interface Listening {
  readonly cache: Api.Cache;
  /** What was told, in order. */
  readonly told: string[];
}

/** A cache that writes down what it is told. */
function listening({ make }: Subject): Listening {
  const told: string[] = [];
  const cache = make({ onEvict: (key, reason) => told.push(`${reason} ${key}`) });
  return { cache, told };
}

/** All keys from 0 to `count` are there, or it was told that they were evicted; not both. */
function checkTold({ cache, told }: Listening, count: number, { tickMs }: Subject): void {
  const gone = new Set(told);
  equal(gone.size, told.length, "different keys told");
  for (let i = 0; i < count; i++) {
    const isThere = cache.has(`key${i}`);
    // A server's maintenance evicts on its own too, where it moves slab pages.
    if (tickMs >= 1000 && !isThere) continue;
    equal(isThere, !gone.has(`evicted key${i}`), `key${i} is there`);
  }
  equal(cache.stats().untold, 0, "untold");
}

export const evictions: Record<string, Row> = {
  "what a full cache evicts is told, once and by its key": (_, subject) => {
    const listener = listening(subject);
    const { cache, told } = listener;
    const before = cache.stats().evictions;
    const value = new Uint8Array(1000);
    const count = Math.ceil((cache.maxBytes / 1000) * 1.2);
    for (let i = 0; i < count; i++) cache.set(`key${i}`, value);
    holds(told.length > 100, `${told.length} of ${count} were told`);
    holds(told.length <= cache.stats().evictions - before, "no more was told than evicted");
    if (subject.tickMs < 1000) equal(told.length, cache.stats().evictions - before);
    equal(told.slice(0, 3), ["evicted key0", "evicted key1", "evicted key2"]);
    checkTold(listener, count, subject);
  },
  "what goes with a whole slab page is told": (_, subject) => {
    const listener = listening(subject);
    const { cache, told } = listener;
    const count = Math.ceil(cache.maxBytes / 60);
    for (let i = 0; i < count; i++) cache.set(`key${i}`, "v".repeat(30));
    const before = told.length;
    for (let size = 100; size < 20_000; size *= 2) cache.set(`size${size}`, "x".repeat(size));
    // A server's pages do not change hands so fast.
    if (subject.tickMs < 1000) holds(told.length > before, "pages were taken");
    checkTold(listener, count, subject);
  },
  "what was asked for is not told": (_, subject) => {
    const { cache, told } = listening(subject);
    cache.set("key", "old").set("key", "new").set("other", "value");
    cache.append("key", "er");
    cache.delete("key");
    cache.incr("count", 1, { initial: 1 });
    cache.incr("count");
    cache.clear();
    equal([cache.get("other"), cache.size, told], [undefined, 0, []]);
  },
  "a listener may use the cache": (_, { make }) => {
    let told = 0;
    const cache: Api.Cache = make({
      onEvict: (key) => {
        told++;
        if (told <= 20) cache.set(`gone ${key}`, "x".repeat(1000));
      },
    });
    const value = new Uint8Array(1000).fill(7);
    const count = Math.ceil(cache.maxBytes / 1000) + 500;
    for (let i = 0; i < count; i++) {
      cache.set(`key${i}`, value);
      equal(cache.get(`key${i}`), value);
    }
    holds(told > 20, `${told} were told`);
  },
  "what a listener throws, the call throws that evicted": (_, { make }) => {
    const cache = make({
      onEvict: () => {
        throw new Error("mine");
      },
    });
    let thrown = "";
    let last = -1;
    try {
      for (let i = 0; i < cache.maxBytes / 1000 + 500; i++) {
        last = i;
        cache.set(`key${i}`, new Uint8Array(1000));
      }
    } catch (error) {
      thrown = (error as Error).message;
    }
    equal(thrown, "mine");
    equal(cache.has(`key${last}`), true, "what was stored is there");
  },
  "who does not listen is told nothing, and others of the cache neither": (_, subject) => {
    const { cache, told } = listening(subject);
    const other = cache.handle === null ? null : subject.api.Cache.join(cache.handle);
    if (other === null) return;
    for (let i = 0; i < cache.maxBytes / 500; i++) other.set(`key${i}`, new Uint8Array(1000));
    holds(other.stats().evictions > 0, "something was evicted");
    equal(told, [], "told");
    other.dispose();
  },
};

/** These wait for some ticks. */
export const expiries: Record<string, Row> = {
  "what has expired is told when it is met": async (_, subject) => {
    const { cache, told } = listening(subject);
    const { tickMs } = subject;
    const names = ["got", "looked at", "deleted", "touched", "counted", "replaced", "walked over"];
    for (const name of names) cache.set(name, "1", { ttl: tickMs });
    cache.set("lives", "1");
    await sleep(3 * tickMs);
    equal(told, []);
    cache.get("got");
    cache.has("looked at");
    cache.delete("deleted");
    cache.touch("touched", 1000);
    cache.incr("counted");
    cache.replace("replaced", "2");
    equal([...cache.keys()], ["lives"]);
    equal(cache.getMany(names), Array(names.length).fill(undefined));
    const expected = names.map((name) => `expired ${name}`);
    // A server's maintenance meets some of them first.
    equal(told, tickMs < 1000 ? expected : expected.filter((line) => told.includes(line)));
  },
};
