/**
 * Goal: a reply that is under way shows the values as they were when it was asked for, whatever
 * happens to the items meanwhile.
 * Method: a client asks for 20 MB in one get and does not read; the values are then replaced,
 * deleted, changed in place, flushed, or pushed out; then it reads and compares.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import type { TextClient } from "../support/text-client.ts";
import { expectNoLeak, untilAlone } from "../support/item-memory.ts";
import { noise } from "../support/noise.ts";
import { until } from "../support/waiting.ts";

const COUNT = 20;
const LENGTH = 1_000_000;
const KEYS = Array.from({ length: COUNT }, (_, i) => `key${i}`);

async function store(client: TextClient, key: string, value: Uint8Array): Promise<string> {
  client.send(`set ${key} 0 0 ${value.length}\r\n`);
  client.send(value);
  client.send("\r\n");
  return client.line();
}

/** Runs `change` while a reader waits in the middle of its reply, then checks what it gets. */
async function changeMeanwhile(
  server: LiveServer,
  change: (client: TextClient) => Promise<void>,
): Promise<void> {
  const writer = await server.connect();
  const parts: Buffer[] = [];
  const keys = [...KEYS, "number"];
  for (const [i, key] of keys.entries()) {
    const value = key === "number" ? Buffer.from("1000") : noise(LENGTH, i + 1);
    expect(await store(writer, key, value)).toBe("STORED");
    parts.push(Buffer.from(`VALUE ${key} 0 ${value.length}\r\n`), value, Buffer.from("\r\n"));
  }
  const expected = Buffer.concat([...parts, Buffer.from("END\r\n")]);
  const reader = await server.connect();
  reader.pause();
  reader.send(`get ${keys.join(" ")}\r\n`);
  await until("the get", async () => (await server.stat("cmd_get")) >= keys.length);
  await change(writer);
  reader.resume();
  const arrived = await reader.take(expected.length);
  expect(arrived.equals(expected)).toBe(true);
  // In step afterwards.
  expect(await reader.ask("version")).toBe("VERSION 1.6.45");
  reader.hangUp();
  writer.hangUp();
  await untilAlone(server);
}

test("replaced by others of the same length", async () => {
  await using server = await LiveServer.start();
  await changeMeanwhile(server, async (client) => {
    for (const [i, key] of KEYS.entries()) {
      expect(await store(client, key, noise(LENGTH, 1000 + i))).toBe("STORED");
    }
    client.send("get key7\r\n");
    expect(await client.line()).toBe(`VALUE key7 0 ${LENGTH}`);
    expect((await client.take(LENGTH)).equals(noise(LENGTH, 1007))).toBe(true);
    expect(await client.text(7)).toBe("\r\nEND\r\n");
  });
  await expectNoLeak(server, [...KEYS, "number"]);
});

test("deleted, and their memory wanted by others at once", async () => {
  await using server = await LiveServer.start();
  await changeMeanwhile(server, async (client) => {
    for (const key of KEYS) expect(await client.ask(`delete ${key}`)).toBe("DELETED");
    for (let i = 0; i < COUNT; i++) {
      expect(await store(client, `other${i}`, noise(LENGTH, 2000 + i))).toBe("STORED");
    }
  });
  const others = Array.from({ length: COUNT }, (_, i) => `other${i}`);
  await expectNoLeak(server, [...others, "number"]);
});

test("a number counted up while it waits to be sent", async () => {
  await using server = await LiveServer.start();
  await changeMeanwhile(server, async (client) => {
    for (let i = 1; i <= 50; i++) expect(await client.ask("incr number 1")).toBe(String(1000 + i));
    expect(await client.ask("decr number 1000")).toBe("50");
  });
  await expectNoLeak(server, [...KEYS, "number"]);
});

test("appended to, prepended to, touched", async () => {
  await using server = await LiveServer.start();
  await changeMeanwhile(server, async (client) => {
    for (const key of KEYS) {
      expect(await client.ask(`append ${key} 0 0 3\r\nend`)).toBe("STORED");
      expect(await client.ask(`prepend ${key} 0 0 5\r\nstart`)).toBe("STORED");
      expect(await client.ask(`touch ${key} 100`)).toBe("TOUCHED");
    }
  });
  await expectNoLeak(server, [...KEYS, "number"]);
});

test("flushed, and stored anew", async () => {
  await using server = await LiveServer.start();
  await changeMeanwhile(server, async (client) => {
    expect(await client.ask("flush_all")).toBe("OK");
    expect(await client.askAll(`get ${KEYS.join(" ")}`)).toEqual(["END"]);
    for (const [i, key] of KEYS.entries()) {
      expect(await store(client, key, noise(LENGTH / 2, 3000 + i))).toBe("STORED");
    }
  });
});

test("pushed out by others: more is stored than memory has", async () => {
  await using server = await LiveServer.start(["-m", "32"]);
  await changeMeanwhile(server, async (client) => {
    for (let i = 0; i < 60; i++) {
      // A store may find every victim held by the reader; what must not happen is a damaged reply.
      const reply = await store(client, `other${i}`, noise(LENGTH, 4000 + i));
      expect(["STORED", "SERVER_ERROR out of memory storing object"]).toContain(reply);
    }
  });
  expect(await server.stat("evictions")).toBeGreaterThan(0);
});
