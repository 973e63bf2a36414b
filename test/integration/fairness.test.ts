/**
 * Goal: `-R` keeps a client with a long pipeline from holding up the others.
 * Method: the server is frozen while two clients send long pipelines of incr on one counter, so
 * both are there when it goes on; the numbers each receives tell in which order they were served.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";

const REQUESTS = 2000;

/** How often the turn passed from one client to the other, while both had requests waiting. */
async function turns(server: LiveServer): Promise<number> {
  const clients = [await server.connect(), await server.connect()];
  for (const client of clients) expect(await client.ask("version")).toBe("VERSION 1.6.45");
  expect(await clients[0]?.ask("set count 0 0 1\r\n0")).toBe("STORED");
  await server.freeze();
  for (const client of clients) client.send("incr count 1\r\n".repeat(REQUESTS));
  server.thaw();
  const servedTo: number[] = [];
  for (const [i, client] of clients.entries()) {
    let last = 0;
    for (let n = 0; n < REQUESTS; n++) {
      const number = Number(await client.line());
      expect(number).toBeGreaterThan(last);
      servedTo[number] = i;
      last = number;
    }
  }
  expect(Object.keys(servedTo)).toHaveLength(2 * REQUESTS);
  let changes = 0;
  for (let n = 2; n <= 2 * REQUESTS; n++) if (servedTo[n] !== servedTo[n - 1]) changes++;
  return changes;
}

test("-R 1: two pipelining clients are served in turns", async () => {
  await using server = await LiveServer.start(["-t", "1", "-R", "1"]);
  // One by one would be 4,000; what arrives in several reads costs a few.
  expect(await turns(server)).toBeGreaterThan(REQUESTS);
  expect(await server.stat("conn_yields")).toBeGreaterThan(REQUESTS);
});

test("the default gives each 20 requests at a time", async () => {
  await using server = await LiveServer.start(["-t", "1"]);
  const changes = await turns(server);
  expect(changes).toBeGreaterThan(REQUESTS / 20);
  expect(changes).toBeLessThan((2 * REQUESTS) / 10);
  const yields = await server.stat("conn_yields");
  expect(yields).toBeGreaterThan(REQUESTS / 20);
  expect(yields).toBeLessThan((2 * REQUESTS) / 10);
});

test("a large -R serves a pipeline in one go, and counts no yields", async () => {
  await using server = await LiveServer.start(["-t", "1", "-R", "100000"]);
  expect(await turns(server)).toBeLessThan(20);
  expect(await server.stat("conn_yields")).toBe(0);
});

test("a third client is not held up by a pipeline of 100,000 requests", async () => {
  await using server = await LiveServer.start(["-t", "1", "-R", "1"]);
  const [busy, other] = [await server.connect(), await server.connect()];
  expect(await busy.ask("set count 0 0 1\r\n0")).toBe("STORED");
  await server.freeze();
  busy.send("incr count 1\r\n".repeat(100_000));
  other.send("get count\r\n");
  server.thaw();
  const [, count] = [await other.line(), Number(await other.line())];
  expect(count).toBeLessThan(50_000);
});
