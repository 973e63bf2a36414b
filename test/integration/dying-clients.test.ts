/**
 * Goal: a client that goes away at a bad moment leaves nothing behind: no value, no memory, no
 * connection.
 * Method: `stats` and `stats slabs` asked over another connection before and after.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import type { TextClient } from "../support/text-client.ts";
import { expectNoLeak, untilAlone, usedChunks } from "../support/item-memory.ts";
import { noise } from "../support/noise.ts";
import { testWith } from "../support/peers.ts";
import { until } from "../support/waiting.ts";

const LENGTH = 500_000;

/** Ways to go. */
const ENDS: readonly (readonly [how: string, leave: (client: TextClient) => void])[] = [
  ["is killed", (client) => client.hangUp()],
  ["ends its input", (client) => client.endInput()],
];

for (const [how, leave] of ENDS) {
  test(`a client that ${how} in mid-value stores nothing and its item is freed`, async () => {
    await using server = await LiveServer.start();
    const other = await server.connect();
    expect(await other.ask("set key 0 0 3\r\nold")).toBe("STORED");
    const before = await usedChunks(server);
    const client = await server.connect();
    client.send(`set key 0 0 ${LENGTH}\r\n`);
    client.send(noise(LENGTH / 2));
    await until("the item", async () => (await usedChunks(server)) === before + 1);
    leave(client);
    await until("the item to go", async () => (await usedChunks(server)) === before);
    expect(await other.askAll("get key")).toEqual(["VALUE key 0 3", "old", "END"]);
    expect(await server.stat("total_items")).toBe(1);
    other.hangUp();
    await untilAlone(server);
    await expectNoLeak(server, ["key"]);
  });
}

testWith("nc", "a client process killed by SIGKILL in mid-value stores nothing", async () => {
  await using server = await LiveServer.start();
  const child = Bun.spawn(["nc", "127.0.0.1", String(server.port)], { stdin: "pipe" });
  child.stdin.write(`set key 0 0 ${LENGTH}\r\n${"x".repeat(1000)}`);
  child.stdin.flush();
  await until("the item", async () => (await usedChunks(server)) === 1);
  child.kill("SIGKILL");
  await child.exited;
  await untilAlone(server);
  expect(await server.stat("curr_items")).toBe(0);
  expect(await usedChunks(server)).toBe(0);
});

test("a client that goes while a value too large is swallowed is forgotten", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  client.send(`set key 0 0 ${3 * LENGTH * 2}\r\n`);
  client.send(noise(LENGTH));
  await until("the refusal", async () => (await server.stat("store_too_large")) === 1);
  client.hangUp();
  await untilAlone(server);
});

test("hundreds of clients that die in mid-value leak nothing", async () => {
  await using server = await LiveServer.start();
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 30 }, () => server.connect()));
    for (const [i, client] of clients.entries()) {
      client.send(`set key${i} 0 0 ${10_000 * (i + 1)}\r\n`);
      client.send(noise(5000, i));
    }
    await until("30 items", async () => (await usedChunks(server)) === 30);
    for (const client of clients) client.hangUp();
    await untilAlone(server);
    expect(await usedChunks(server)).toBe(0);
  }
});

test("clients that die within their pipelines leave nothing, and no bytes mix", async () => {
  await using server = await LiveServer.start(["-R", "1"]);
  const value = noise(20_000).toString("latin1");
  const other = await server.connect();
  expect(await other.ask(`set key 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
  const reply = `VALUE key 0 ${value.length}\r\n${value}\r\nEND\r\n`;
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
    for (const client of clients) expect(await client.ask("version")).toBe("VERSION 1.6.45");
    for (const client of clients) client.send("get key\r\n".repeat(500));
    // Half of them go at once, the others when replies are under way; the next round's clients
    // take their descriptors.
    for (const client of clients.slice(0, 10)) client.hangUp();
    other.send("get key\r\n");
    expect((await other.text(reply.length)) === reply).toBe(true);
    for (const client of clients.slice(10)) client.hangUp();
  }
  other.hangUp();
  await untilAlone(server);
  await expectNoLeak(server, ["key"]);
});

test("a client that dies instead of reading leaves no connection and no pinned value", async () => {
  await using server = await LiveServer.start();
  const keys = Array.from({ length: 20 }, (_, i) => `key${i}`);
  const other = await server.connect();
  for (const key of keys) {
    other.send(`set ${key} 0 0 1000000\r\n`);
    other.send(noise(1_000_000));
    other.send("\r\n");
    expect(await other.line()).toBe("STORED");
  }
  const readers = await Promise.all([server.connect(), server.connect()]);
  for (const [i, reader] of readers.entries()) {
    reader.pause();
    reader.send(`get ${keys.join(" ")}\r\n`);
    const asked = 20 * (i + 1);
    await until("the get", async () => (await server.stat("cmd_get")) === asked);
  }
  // While their values are still being sent, the items go; only the readers hold them now.
  for (const key of keys) expect(await other.ask(`delete ${key}`)).toBe("DELETED");
  other.hangUp();
  expect(await usedChunks(server)).toBeGreaterThan(0);
  for (const reader of readers) reader.hangUp();
  await untilAlone(server);
  await expectNoLeak(server, keys);
});
