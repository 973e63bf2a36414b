/**
 * Goal: a client that asks for much and reads nothing costs the server nothing but the connection:
 * others are served, memory does not grow, and when it reads at last every byte is there.
 * Method: a client that pauses its socket; the server is known to be blocked when its figures stand
 * still; its resident memory is read from /proc.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import type { TextClient } from "../support/text-client.ts";
import { untilAlone, untilConnections } from "../support/item-memory.ts";
import { noise } from "../support/noise.ts";
import { until } from "../support/waiting.ts";

/** More than kernel buffers and one round of replies take, far less than what is asked for. */
const GROWTH_MAX_KIB = 16 * 1024;

/** A server gives back within this what it has freed: the launcher's MIMALLOC_PURGE_DELAY. */
const GIVEN_BACK_MS = 3000;

/** Others get their reply within this even while somebody blocks; usually it takes under 1 ms. */
const OTHERS_WAIT_MAX_MS = 1000;

async function store(client: TextClient, key: string, value: Uint8Array): Promise<void> {
  client.send(`set ${key} 0 0 ${value.length}\r\n`);
  client.send(value);
  client.send("\r\n");
  expect(await client.line()).toBe("STORED");
}

/** Waits until the server reads no more from anybody: its byte counts stand still. */
async function untilBlocked(server: LiveServer, client: TextClient): Promise<void> {
  let before = "";
  let still = 0;
  await until("the server to be blocked", async () => {
    const now = `${await server.stat("cmd_get")} ${client.unsentLength}`;
    still = now === before ? still + 1 : 0;
    before = now;
    return still >= 5;
  });
}

async function expectOthersServed(server: LiveServer): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const other = await server.connect();
    const start = performance.now();
    expect(await other.ask(`set other 0 0 1\r\n${i % 10}`)).toBe("STORED");
    expect(await other.askAll("get other")).toEqual(["VALUE other 0 1", String(i % 10), "END"]);
    expect(performance.now() - start).toBeLessThan(OTHERS_WAIT_MAX_MS);
    other.hangUp();
  }
}

/** Lets the server compile its hot path, so that what that costs is there before measuring. */
async function warmUp(client: TextClient): Promise<void> {
  expect(await client.ask("set small 0 0 1\r\n1")).toBe("STORED");
  const reply = "VALUE small 0 1\r\n1\r\nEND\r\n";
  for (let round = 0; round < 100; round++) {
    client.send("get small\r\n".repeat(2000));
    await client.take(2000 * reply.length);
  }
  expect(await client.ask("stats reset")).toBe("RESET");
}

/**
 * A server with a value, and a client that has asked for it `times` times and reads nothing. Before
 * memory is measured the server rests for `restMs`.
 */
async function blocked(server: LiveServer, length: number, times: number, restMs = 0) {
  const value = noise(length);
  const owner = await server.connect();
  await warmUp(owner);
  await store(owner, "large", value);
  // Once through, so that what a first large reply needs is there before measuring.
  owner.send("get large\r\n");
  const reply = Buffer.concat([
    Buffer.from(`VALUE large 0 ${length}\r\n`),
    value,
    Buffer.from("\r\nEND\r\n"),
  ]);
  expect((await owner.take(reply.length)).equals(reply)).toBe(true);
  owner.hangUp();
  await Bun.sleep(restMs);
  const before = server.residentKib();
  const reader = await server.connect();
  reader.pause();
  reader.send("get large\r\n".repeat(times));
  await untilBlocked(server, reader);
  return { reader, reply, before };
}

test("2,000 requests of 100,000 bytes, unread: no memory grows, then all arrive", async () => {
  await using server = await LiveServer.start();
  const times = 2000;
  const { reader, reply, before } = await blocked(server, 100_000, times);
  expect(await server.stat("cmd_get")).toBeLessThan(times / 2);
  await expectOthersServed(server);
  expect(server.residentKib() - before).toBeLessThan(GROWTH_MAX_KIB);
  reader.resume();
  for (let i = 0; i < times; i++) {
    const arrived = await reader.take(reply.length);
    if (!arrived.equals(reply)) throw new Error(`reply ${i} is not what was stored`);
  }
  expect(await reader.ask("version")).toBe("VERSION 1.6.45");
}, 30_000);

test("32 MB of requests from a client that never reads stay outside the server", async () => {
  await using server = await LiveServer.start();
  // Once through with small requests, too: compiled code and heap for them are 15 MiB.
  const first = await blocked(server, 1000, 3_000_000);
  first.reader.hangUp();
  await untilAlone(server);
  const { reader, before } = await blocked(server, 1000, 3_000_000, GIVEN_BACK_MS);
  // Most is still with the client, for the server does not read it.
  expect(reader.unsentLength).toBeGreaterThan(16_000_000);
  await expectOthersServed(server);
  await Bun.sleep(GIVEN_BACK_MS);
  expect(server.residentKib() - before).toBeLessThan(GROWTH_MAX_KIB);
  reader.hangUp();
  await untilAlone(server);
}, 30_000);

test("it blocks, resumes a little, blocks again: bytes stay in order", async () => {
  await using server = await LiveServer.start();
  const times = 60;
  const { reader, reply } = await blocked(server, 300_000, times);
  let taken = 0;
  while (taken < times) {
    reader.resume();
    const arrived = await reader.take(reply.length);
    reader.pause();
    if (!arrived.equals(reply)) throw new Error(`reply ${taken} is not what was stored`);
    taken++;
    if (taken % 10 === 0) await untilConnections(server, 2);
  }
});

test("fifty blocked clients: others are served, and all end well", async () => {
  await using server = await LiveServer.start();
  const owner = await server.connect();
  const value = noise(200_000);
  await store(owner, "large", value);
  const before = server.residentKib();
  const readers = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
  for (const reader of readers) {
    reader.pause();
    reader.send("get large\r\n".repeat(40));
  }
  await until("all of them to be read", async () => (await server.stat("cmd_get")) >= 50);
  await expectOthersServed(server);
  // 400 MB of replies are wanted.
  expect(server.residentKib() - before).toBeLessThan(2 * GROWTH_MAX_KIB);
  const length = `VALUE large 0 200000\r\n`.length + value.length + "\r\nEND\r\n".length;
  for (const reader of readers.slice(0, 5)) {
    reader.resume();
    const all = await reader.take(length * 40);
    for (let i = 0; i < 40; i++) {
      const at = i * length + `VALUE large 0 200000\r\n`.length;
      expect(all.subarray(at, at + value.length).equals(value)).toBe(true);
    }
  }
  for (const reader of readers) reader.hangUp();
  owner.hangUp();
  await untilAlone(server);
}, 30_000);
