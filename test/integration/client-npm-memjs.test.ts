/**
 * Goal: memjs works with the server: the binary protocol, many requests on their way at once, keys
 * spread over several servers, and SASL.
 * Method: its promises, on one thread where nothing but binary is spoken and on default threads.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "memjs";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { inTime, until } from "../support/waiting.ts";

const silent = { log: () => undefined };

function connect(servers: readonly LiveServer[], options: object = {}): Client {
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`).join(",");
  return Client.create(addresses, { timeout: 4, retries: 1, logger: silent, ...options });
}

async function textOf(client: Client, key: string): Promise<string | null> {
  const { value } = await client.get(key);
  return value === null ? null : value.toString();
}

describe.each([
  ["-t 1 -B binary", ["-t", "1", "-B", "binary"]],
  ["default threads", []],
])("%s", (_title, words: string[]) => {
  let server: LiveServer;
  let client: Client;
  beforeAll(async () => {
    server = await LiveServer.start(words);
    client = connect([server]);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  test("stores in every way", async () => {
    expect(await client.get("absent")).toEqual({ value: null, flags: null });
    expect(await client.set("key", "value")).toBe(true);
    expect(await textOf(client, "key")).toBe("value");
    expect(await client.add("key", "other")).toBe(false);
    expect(await client.add("new", "fresh")).toBe(true);
    expect(await client.replace("nobody", "x")).toBe(false);
    expect(await client.replace("key", "second")).toBe(true);
    // memjs 1.3.2 sends appends for prepends.
    expect(await client.append("key", "-after")).toBe(true);
    await expect(client.append("nobody", "x")).rejects.toThrow("MemJS APPEND: Item not stored");
    expect(await textOf(client, "key")).toBe("second-after");
    expect(await client.delete("key")).toBe(true);
    expect(await client.delete("key")).toBe(false);
    expect(await textOf(client, "key")).toBeNull();
  });

  test("a thousand requests at once get their own replies", async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `many${i}`);
    const stored = await Promise.all(keys.map((key) => client.set(key, `of ${key}`)));
    expect(stored).not.toContain(false);
    const found = await Promise.all(keys.map((key) => textOf(client, key)));
    expect(found).toEqual(keys.map((key) => `of ${key}`));
  });

  test("counts, from an initial value too, and refuses to count texts", async () => {
    expect(await client.increment("count", 5, { initial: 10 })).toMatchObject({ value: 10 });
    expect(await client.increment("count", 5)).toEqual({ success: true, value: 15 });
    expect(await client.decrement("count", 6, {})).toEqual({ success: true, value: 9 });
    expect(await client.decrement("count", 100, {})).toEqual({ success: true, value: 0 });
    await client.set("text", "abc");
    await expect(client.increment("text", 1)).rejects.toThrow("MemJS INCREMENT: ");
    expect(await textOf(client, "text")).toBe("abc");
  });

  test("values of all sizes come back, one too large does not", async () => {
    for (const length of [0, 1, 4096, 65_536, 1_000_000]) {
      await client.set("sized", noise(length));
      const { value } = await client.get("sized");
      expect(value?.equals(noise(length))).toBe(true);
    }
    await expect(client.set("sized", noise(2_000_000))).rejects.toThrow("MemJS SET: ");
    expect(await textOf(client, "sized")).toBeNull();
  });

  test("expiry and touch", async () => {
    await client.set("long", "y", { expires: 100 });
    await client.set("touched", "z", { expires: 2 });
    expect(await client.touch("touched", 100)).toBe(true);
    expect(await client.touch("nobody", 100)).toBe(false);
    // It is gone no sooner than what was touched would have been.
    await client.set("short", "x", { expires: 2 });
    await until("the end of two seconds", async () => (await textOf(client, "short")) === null);
    expect(await textOf(client, "long")).toBe("y");
    expect(await textOf(client, "touched")).toBe("z");
  });

  test("stats, flush, quit", async () => {
    await client.set("flushed", "x");
    const stats = new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
      client.statsWithKey("settings", (error, _, found) =>
        error ? reject(error) : resolve(found),
      );
    });
    expect(await inTime("stats settings", stats)).toMatchObject({ maxbytes: String(64 << 20) });
    expect(await client.flush()).toEqual({ [`127.0.0.1:${server.port}`]: true });
    expect(await textOf(client, "flushed")).toBeNull();
    const leaving = connect([server]);
    expect(await leaving.set("kept", "x")).toBe(true);
    leaving.quit();
    expect(await textOf(client, "kept")).toBe("x");
  });
});

test("keys are spread over three servers", async () => {
  await using first = await LiveServer.start();
  await using second = await LiveServer.start();
  await using third = await LiveServer.start();
  const servers = [first, second, third];
  const client = connect(servers);
  const keys = Array.from({ length: 300 }, (_, i) => `spread${i}`);
  await Promise.all(keys.map((key) => client.set(key, `of ${key}`)));
  const found = await Promise.all(keys.map((key) => textOf(client, key)));
  expect(found).toEqual(keys.map((key) => `of ${key}`));
  client.close();
  const counts = await Promise.all(servers.map((server) => server.stat("curr_items")));
  expect(Math.min(...counts)).toBeGreaterThan(30);
  expect(counts.reduce((sum, count) => sum + count)).toBe(300);
});

describe("SASL", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-memjs-"));
  let server: LiveServer;
  beforeAll(async () => {
    const file = join(folder, "passwords");
    writeFileSync(file, "ada:secret\n");
    server = await LiveServer.start(["-S"], { environment: { MEMCACHED_SASL_PWDB: file } });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("lets in who has the password", async () => {
    const client = connect([server], { username: "ada", password: "secret" });
    expect(await client.set("key", "value")).toBe(true);
    expect(await textOf(client, "key")).toBe("value");
    client.close();
  });

  test.each([
    ["a wrong password", { username: "ada", password: "guess" }],
    ["a stranger's name", { username: "eve", password: "secret" }],
    ["no name at all", {}],
  ])("refuses %s", async (_, options) => {
    const client = connect([server], options);
    await expect(client.set("key", "stolen")).rejects.toThrow();
    client.close();
    const known = connect([server], { username: "ada", password: "secret" });
    expect(await textOf(known, "key")).not.toBe("stolen");
    known.close();
  });
});
