/**
 * Rows of the test table about codecs: what they take, what they give back, and what they say of
 * values that are not theirs.
 */
import { equal, holds, throwsCode } from "./asserting.ts";
import type { Row, Subject } from "./row.ts";
import type * as Api from "../../src/cache/exports.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** The items of a cache through another codec, as somebody else sees them. */
export function viewOf<V>(
  cache: Pick<Api.Cache, "handle" | "snapshot">,
  { api, make, tickMs }: Subject,
  codec: Api.Codec<V>,
): Api.Cache<V> {
  if (cache.handle !== null) return api.Cache.join<V>(cache.handle, { codec });
  // A server has one store, whoever asks for it.
  if (tickMs >= 1000) return make<V>({ codec });
  return api.Cache.from<V>(cache.snapshot(), { codec });
}

interface Person {
  readonly name: string;
  readonly friends: readonly (string | null)[];
}

const THROWING: Api.TextCodec<string> = {
  kind: "text",
  encode: (value) => value,
  decode: () => {
    throw new RangeError("mine");
  },
};

const ADA: Person = { name: "Ada ä 👋", friends: ["Charles", null] };

export const codecs: Record<string, Row> = {
  "JSON by every way in and out": (_, { make, api }) => {
    const cache = make({ codec: api.jsonCodec<Person | number | null>() });
    cache.set("set", ADA).setMany([["null", null]]);
    equal([cache.add("add", 1.5), cache.replace("add", 2.5)], [true, true]);
    const got = cache.getWithCas("set");
    equal(got?.value, ADA);
    equal(cache.cas("set", { ...ADA, friends: [] }, got?.cas ?? 0n), "stored");
    equal(cache.getMany(["set", "null", "nobody"]), [{ ...ADA, friends: [] }, null, undefined]);
    equal([cache.has("null"), cache.get("add")], [true, 2.5]);
    equal(Object.fromEntries(cache.entries())["set"], { ...ADA, friends: [] });
    const long = { name: "n".repeat(70_000), friends: [] };
    equal(cache.set("long", long).get("long"), long);
    equal([cache.incr("number", 1, { initial: 7 }), cache.get("number")], [7, 7]);
  },
  "JSON: what it has no text for is refused, and what was there stays": (_, { make, api }) => {
    const cache = make({ codec: api.jsonCodec<unknown>() });
    cache.set("key", "old");
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, () => 1, Symbol("s"), 1n, [1n], cycle]) {
      throwsCode(() => cache.set("key", value), "VALUE");
      throwsCode(() => cache.append("key", value), "VALUE");
    }
    equal(cache.get("key"), "old");
  },
  "JSON: text that is none is an error of who reads it, and nothing is held": (cache, subject) => {
    cache.set("word", "{no JSON").set("empty", "").set("long", "x".repeat(50_000));
    const json = viewOf(cache, subject, subject.api.jsonCodec<unknown>());
    for (const key of ["word", "empty", "long"]) {
      throwsCode(() => json.get(key), "VALUE");
      throwsCode(() => json.getMany([key]), "VALUE");
      throwsCode(() => [...json.entries()], "VALUE");
      equal(json.set(key, [key]).get(key), [key]);
    }
  },
  "the text codec takes text, whoever stored it": (cache, subject) => {
    cache
      .set("text", "grüße")
      .set("bytes", bytes(0x41, 0xc3, 0xa4))
      .set("none", bytes());
    const text = viewOf(cache, subject, subject.api.textCodec);
    equal(text.getMany(["text", "bytes", "none"]), ["grüße", "Aä", ""]);
    const long = "ä".repeat(40_000);
    equal(text.set("long", long).get("long"), long);
    for (const value of [bytes(1), 7, null, undefined]) {
      throwsCode(() => text.set("text", value as never), "VALUE");
    }
    equal(text.get("text"), "grüße");
  },
  "the codec of bytes takes bytes, whoever stored them": (cache, subject) => {
    cache.set("text", "ä").set("bytes", bytes(0, 255)).set("none", "");
    const raw = viewOf(cache, subject, subject.api.bytesCodec);
    equal(raw.getMany(["text", "bytes", "none"]), [bytes(0xc3, 0xa4), bytes(0, 255), bytes()]);
    const long = new Uint8Array(70_000).map((_, i) => i * 7);
    const got = raw.set("long", long).get("long");
    equal(got, long);
    got?.fill(0);
    equal(raw.get("long"), long);
    // Neither end of the array behind a view is taken for the view's.
    equal(raw.set("view", long.subarray(3, 50)).get("view"), long.slice(3, 50));
    for (const value of ["text", [1], null, undefined]) {
      throwsCode(() => raw.set("text", value as never), "VALUE");
    }
    equal(raw.get("text"), bytes(0xc3, 0xa4));
  },
  "a codec of one's own: what it gives is looked at, what it throws comes through": (
    _,
    subject,
  ) => {
    const { make } = subject;
    const wrong = { encode: (value: unknown) => value as never, decode: (value: unknown) => value };
    const text = make<unknown>({ codec: { kind: "text", ...wrong } });
    throwsCode(() => text.set("key", bytes(1)), "VALUE");
    const raw = make<unknown>({ codec: { kind: "bytes", ...wrong } });
    throwsCode(() => raw.set("key", "text"), "VALUE");
    equal(raw.has("key"), false);
    const cache = make<string>({ codec: THROWING });
    cache.set("key", "value");
    let thrown: unknown = null;
    try {
      cache.get("key");
    } catch (error) {
      thrown = error;
    }
    holds(thrown instanceof RangeError, `a RangeError, not ${String(thrown)}`);
    equal(cache.delete("key"), true);
  },
};
