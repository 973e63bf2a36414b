/**
 * Goal: the npm client `memcache-client` works with the server: text, with noreply, and commands of
 * one's own making.
 * Method: its promises, on one thread where nothing but text is spoken and on default threads.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MemcacheClient } from "memcache-client";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { until } from "../support/waiting.ts";

interface Found {
  readonly value: unknown;
  readonly casUniq?: string | number;
}

/** What several keys were found to hold. */
function valuesOf(found: unknown): Record<string, unknown> {
  const entries = Object.entries(found as Record<string, Found>);
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}

describe.each([
  ["-t 1 -B ascii", ["-t", "1", "-B", "ascii"]],
  ["default threads", []],
])("%s", (_title, words: string[]) => {
  let server: LiveServer;
  let client: MemcacheClient;
  const valueOf = async (key: string) => ((await client.get(key)) as Found | undefined)?.value;

  beforeAll(async () => {
    server = await LiveServer.start(words);
    client = new MemcacheClient({
      server: { server: `127.0.0.1:${server.port}`, maxConnections: 3 },
      cmdTimeout: 4000,
    });
  });
  afterAll(async () => {
    client.shutdown();
    await server.stop();
  });

  test("stores in every way", async () => {
    expect(await client.get("absent")).toBeUndefined();
    expect(await client.set("key", "value")).toEqual(["STORED"]);
    expect(await valueOf("key")).toBe("value");
    await expect(client.add("key", "other")).rejects.toThrow("NOT_STORED");
    expect(await client.add("new", "fresh")).toEqual(["STORED"]);
    await expect(client.replace("nobody", "x")).rejects.toThrow("NOT_STORED");
    expect(await client.replace("key", "second")).toEqual(["STORED"]);
    expect(await client.append("key", "-after")).toEqual(["STORED"]);
    expect(await client.prepend("key", "before-")).toEqual(["STORED"]);
    expect(await valueOf("key")).toBe("before-second-after");
    expect(await client.delete("key")).toEqual(["DELETED"]);
    await expect(client.delete("key")).rejects.toThrow("NOT_FOUND");
    expect(await valueOf("key")).toBeUndefined();
  });

  test("values of all kinds come back as they were, by their flags", async () => {
    for (const value of [12.5, { list: [1, "zwei"] }, "ünïcödé \r\n END\r\n", noise(65_536)]) {
      await client.set("kind", value);
      expect(await valueOf("kind")).toEqual(value);
    }
    await client.set("large", noise(1_000_000));
    expect(noise(1_000_000).equals((await valueOf("large")) as Buffer)).toBe(true);
    await expect(client.set("large", noise(2_000_000))).rejects.toThrow(
      "object too large for cache",
    );
    expect(await valueOf("large")).toBeUndefined();
  });

  test("many keys at once, over three connections", async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `many${i}`);
    await Promise.all(keys.map((key) => client.set(key, `of ${key}`)));
    const expected = Object.fromEntries(keys.map((key) => [key, `of ${key}`]));
    expect(valuesOf(await client.get([...keys, "absent"]))).toEqual(expected);
    const single = await Promise.all(keys.map(valueOf));
    expect(single).toEqual(Object.values(expected));
  });

  test("gets and cas", async () => {
    await client.set("unique", "first");
    const { casUniq = 0 } = (await client.gets("unique")) as Found;
    expect(String(casUniq)).toMatch(/^\d+$/);
    expect(await client.cas("unique", "second", { casUniq })).toEqual(["STORED"]);
    await expect(client.cas("unique", "third", { casUniq })).rejects.toThrow("EXISTS");
    await expect(client.cas("nobody", "x", { casUniq })).rejects.toThrow("NOT_FOUND");
    expect(await valueOf("unique")).toBe("second");
  });

  test("counts, and refuses to count texts", async () => {
    await client.set("count", "10");
    expect(await client.incr("count", 5)).toBe("15");
    expect(await client.decr("count", 6)).toBe("9");
    await expect(client.incr("nobody", 1)).rejects.toThrow("NOT_FOUND");
    await client.set("text", "abc");
    await expect(client.incr("text", 1)).rejects.toThrow("non-numeric value");
    expect(await valueOf("text")).toBe("abc");
  });

  test("expiry and touch", async () => {
    await client.set("long", "y", { lifetime: 100 });
    await client.set("touched", "z", { lifetime: 2 });
    expect(await client.touch("touched", 100)).toEqual(["TOUCHED"]);
    await expect(client.touch("nobody", 100)).rejects.toThrow("NOT_FOUND");
    // It is gone no sooner than what was touched would have been.
    await client.set("short", "x", { lifetime: 2 });
    await until("the end of two seconds", async () => (await valueOf("short")) === undefined);
    expect(valuesOf(await client.get(["long", "touched"]))).toEqual({ long: "y", touched: "z" });
  });

  test("noreply leaves the connection in step", async () => {
    // One connection, so that later commands come behind those without a reply.
    const one = new MemcacheClient({ server: `127.0.0.1:${server.port}` });
    await one.set("quiet", "1", { noreply: true });
    for (let i = 0; i < 200; i++) await one.incr("quiet", 1, { noreply: true });
    await one.add("quiet", "0", { noreply: true });
    await one.delete("nobody", { noreply: true });
    await one.set("quiet-large", noise(2_000_000), { noreply: true });
    expect(((await one.get("quiet")) as Found).value).toBe("201");
    one.shutdown();
  });

  test("version, stats, and commands of one's own", async () => {
    expect(await client.version()).toEqual(["VERSION", "1.6.45"]);
    const { STAT } = await client.cmd<{ STAT: string[][] }>("stats");
    expect(STAT).toContainEqual(["version", "1.6.45"]);
    await client.set("flushed", "x");
    expect(await client.cmd<string[]>("flush_all")).toEqual(["OK"]);
    expect(await valueOf("flushed")).toBeUndefined();
    await expect(client.cmd("bogus")).rejects.toThrow("ERROR");
    expect(await client.version()).toEqual(["VERSION", "1.6.45"]);
  });
});
