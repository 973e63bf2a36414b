/**
 * Goal: many connections, one after the other or at once, are all served; over `-c` they are
 * refused with memcached's line, and there is room again when some close.
 * Method: real sockets on loopback; the server's own figures tell when it has noticed a close.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import type { TextClient } from "../support/text-client.ts";
import { untilAlone, untilConnections } from "../support/item-memory.ts";
import { until } from "../support/waiting.ts";

const REFUSAL = "ERROR Too many open connections\r\n";

/** What 10,000 connections may leave behind: pools and garbage, but nothing per connection. */
const GROWTH_MAX_KIB = 24 * 1024;

function connectMany(server: LiveServer, count: number): Promise<TextClient[]> {
  return Promise.all(Array.from({ length: count }, () => server.connect()));
}

test("10,000 connections opened and closed, served each", async () => {
  await using server = await LiveServer.start();
  const visit = async (): Promise<void> => {
    const client = await server.connect();
    expect(await client.ask("version")).toBe("VERSION 1.6.45");
    client.hangUp();
  };
  const visits = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 100) await Promise.all(Array.from({ length: 100 }, visit));
  };
  await visits(2000);
  const before = server.residentKib();
  await visits(8000);
  await untilAlone(server);
  expect(await server.stat("total_connections")).toBeGreaterThanOrEqual(10_000);
  expect(await server.stat("rejected_connections")).toBe(0);
  expect(await server.stat("connection_structures")).toBeLessThan(500);
  expect(server.residentKib() - before).toBeLessThan(GROWTH_MAX_KIB);
}, 30_000);

test("1,000 connections at once are all served", async () => {
  await using server = await LiveServer.start();
  const clients = await connectMany(server, 1000);
  // In several rounds, so that every connection is used again after others were.
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(
      clients.map((client, i) => client.ask(`set key${i} 0 0 5\r\n${round}${1000 + i}`)),
    );
    expect(new Set(replies)).toEqual(new Set(["STORED"]));
    const values = await Promise.all(clients.map((client, i) => client.askAll(`get key${i}`)));
    expect(values.map((lines) => lines[1])).toEqual(clients.map((_, i) => `${round}${1000 + i}`));
  }
  await untilConnections(server, 1001);
  for (const client of clients) client.hangUp();
  await untilAlone(server);
});

test("a connection that is reset before it is accepted does no harm", async () => {
  await using server = await LiveServer.start();
  await server.freeze();
  const clients = await connectMany(server, 10);
  for (const client of clients) client.hangUp();
  server.thaw();
  await untilAlone(server).catch(() => undefined);
  expect(server.errors).toBe("");
  await untilConnections(server, 1);
});

test("connections over -c are refused; after some close there is room again", async () => {
  await using server = await LiveServer.start(["-c", "60"]);
  const clients: TextClient[] = [];
  let refused: TextClient | null = null;
  while (refused === null && clients.length < 100) {
    const client = await server.connect();
    client.send("version\r\n");
    // Either the version or the refusal: both are a line.
    if ((await client.line()) === "VERSION 1.6.45") clients.push(client);
    else refused = client;
  }
  // memcached counts other descriptors too, so it takes fewer than -c; more than -c is wrong.
  expect(clients.length).toBeGreaterThan(30);
  expect(clients.length).toBeLessThanOrEqual(60);
  await until("the refused connection to be closed", () => refused?.hasEnded === true);

  for (let i = 0; i < 20; i++) {
    const late = await server.connect();
    expect(await late.rest()).toBe(REFUSAL);
  }
  const first = clients[0];
  if (first === undefined) throw new Error("nobody was served");
  const lines = await first.askAll("stats");
  expect(lines).toContain("STAT rejected_connections 21");
  expect(lines).toContain(`STAT curr_connections ${clients.length}`);

  for (const client of clients.splice(-5)) client.hangUp();
  const room = `STAT curr_connections ${clients.length}`;
  await until("5 to be gone", async () => (await first.askAll("stats")).includes(room));
  for (const client of await connectMany(server, 5)) {
    expect(await client.ask("version")).toBe("VERSION 1.6.45");
  }
  expect(await (await server.connect()).rest()).toBe(REFUSAL);
  for (const client of clients) expect(await client.ask("version")).toBe("VERSION 1.6.45");
});
