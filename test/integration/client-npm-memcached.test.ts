/**
 * Goal: the npm client `memcached` works with the server: it is strict about VERSION and its way of
 * taking replies apart line by line.
 * Method: its callbacks turned into promises; one server, a client with two connections.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import Memcached from "memcached";
import { LiveServer } from "../support/live-server.ts";
import { inTime } from "../support/waiting.ts";

type Callback = (error: unknown, result: unknown) => void;
type Client = InstanceType<typeof Memcached>;

let server: LiveServer;
let client: Client;

function newClient(options: object): Client {
  const address = `127.0.0.1:${server.port}`;
  return new Memcached(address, options);
}

beforeAll(async () => {
  server = await LiveServer.start();
  client = newClient({ poolSize: 2, timeout: 5000, retries: 0, failures: 0 });
});

afterAll(async () => {
  client["end"]?.();
  await server.stop();
});

/** Calls a method; an error it gives back is the result, as text. */
function call(method: string, ...words: unknown[]): Promise<unknown> {
  const result = new Promise((resolve) => {
    const callback: Callback = (error, value) => {
      // The client empties lists as soon as the callback returns.
      const kept = Array.isArray(value) ? [...(value as unknown[])] : value;
      resolve(error === undefined || error === null ? kept : String(error));
    };
    client[method]?.(...words, callback);
  });
  return inTime(`${method} ${String(words[0])}`, result);
}

test("stores in every way", async () => {
  expect(await call("set", "key", "value", 0)).toBe(true);
  expect(await call("get", "key")).toBe("value");
  expect(await call("add", "key", "x", 0)).toContain("not stored");
  expect(await call("add", "new", "x", 0)).toBe(true);
  expect(await call("replace", "nobody", "x", 0)).toContain("not stored");
  expect(await call("replace", "key", "second", 0)).toBe(true);
  expect(await call("append", "key", "-after")).toBe(true);
  expect(await call("prepend", "key", "before-")).toBe(true);
  expect(await call("get", "key")).toBe("before-second-after");
  expect(await call("get", "absent")).toBeUndefined();
});

test("values of all kinds come back as they were, by their flags", async () => {
  const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  for (const value of [12.5, true, { a: [1, "zwei"] }, octets, "ünïcödé \r\n END\r\n"]) {
    expect(await call("set", "kind", value, 0)).toBe(true);
    expect(await call("get", "kind")).toEqual(value);
  }
  const large = "0123456789".repeat(100_000);
  expect(await call("set", "large", large, 0)).toBe(true);
  expect(await call("get", "large")).toBe(large);
});

test("getMulti gives what there is", async () => {
  const keys = Array.from({ length: 200 }, (_, i) => `many${i}`);
  expect(await Promise.all(keys.map((key) => call("set", key, `of ${key}`, 0)))).not.toContain(
    false,
  );
  const found = await call("getMulti", [...keys, "absent"]);
  expect(found).toEqual(Object.fromEntries(keys.map((key) => [key, `of ${key}`])));
});

test("counts, and refuses to count texts", async () => {
  await call("set", "count", "10", 0);
  expect(await call("incr", "count", 5)).toBe(15);
  expect(await call("decr", "count", 6)).toBe(9);
  expect(await call("incr", "nobody", 1)).toBe(false);
  await call("set", "text", "abc", 0);
  expect(await call("incr", "text", 1)).toContain("non-numeric");
});

test("gets and cas", async () => {
  await call("set", "unique", "first", 0);
  const { cas } = (await call("gets", "unique")) as { cas: string };
  expect(cas).toMatch(/^\d+$/);
  expect(await call("cas", "unique", "second", cas, 0)).toBe(true);
  expect(await call("cas", "unique", "third", cas, 0)).toBe(false);
  expect(await call("get", "unique")).toBe("second");
});

test("touch and del", async () => {
  await call("set", "touched", "x", 100);
  expect(await call("touch", "touched", 200)).toBe(true);
  expect(await call("del", "touched")).toBe(true);
  expect(await call("del", "touched")).toBe(false);
});

test("version, stats, settings, items, slabs, cachedump", async () => {
  await call("set", "dumped", "x", 0);
  expect(await call("version")).toEqual([expect.objectContaining({ version: "1.6.45" })]);
  expect(await call("stats")).toEqual([expect.objectContaining({ version: "1.6.45" })]);
  expect(await call("settings")).toEqual([expect.objectContaining({ cas_enabled: "yes" })]);
  const [items] = (await call("items")) as [Record<string, { number: number }>];
  const classId = Number(Object.keys(items).find((name) => /^\d+$/.test(name)));
  expect(items[classId]?.number).toBeGreaterThan(0);
  const [slabs] = (await call("slabs")) as [Record<string, unknown>];
  expect(slabs[classId]).toBeDefined();
  // What is fresh is in COLD, which is what is listed, within a second.
  let dump = "";
  for (let tries = 0; tries < 40 && !dump.includes("dumped"); tries++) {
    await Bun.sleep(100);
    dump = JSON.stringify(await call("cachedump", `127.0.0.1:${server.port}`, classId, 0));
  }
  expect(dump).toContain("dumped");
});

test("a value too large shows as an issue of the server, which the client tells", async () => {
  // Past the client's own limit, so that it is the server that refuses.
  const wide = newClient({ maxValue: 4_000_000, retries: 0 });
  const issue = new Promise((resolve) => wide["on"]?.("issue", resolve));
  wide["set"]?.("too-large", "x".repeat(2_000_000), 0, () => undefined);
  const { messages } = (await inTime("the issue", issue)) as { messages: string[] };
  wide["end"]?.();
  expect(messages).toEqual(["object too large for cache"]);
});

test("flush", async () => {
  await call("set", "flushed", "x", 0);
  expect(await call("flush")).toEqual([true]);
  expect(await call("get", "flushed")).toBeUndefined();
});
