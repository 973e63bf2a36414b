/**
 * Goal: the commands of memcached's debug binary exist only where WASMCACHED_DEBUG=1 asks for them.
 * Method: two servers, with and without the variable; with it, time is moved and an item is held.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";

const COMMANDS = ["debugtime p", "debugtime 10", "debugitem ref key", "debugitem unlock key"];

for (const environment of [{}, { WASMCACHED_DEBUG: "" }, { WASMCACHED_DEBUG: "0" }]) {
  test(`they are ERROR with ${JSON.stringify(environment)}`, async () => {
    await using server = await LiveServer.start([], { environment });
    const client = await server.connect();
    expect(await client.ask("set key 0 0 1\r\nx")).toBe("STORED");
    for (const command of COMMANDS) expect(await client.ask(command)).toBe("ERROR");
  });
}

test("debugtime stops, moves and resumes the clock", async () => {
  // Nobody else may find out that the item has ended.
  await using server = await LiveServer.start(["-o", "no_lru_maintainer,no_lru_crawler"], {
    environment: { WASMCACHED_DEBUG: "1" },
  });
  const client = await server.connect();
  expect(await client.ask("debugtime p")).toBe("OK");
  const uptime = await server.stat("uptime");
  expect(await client.ask("set key 0 10 1\r\nx")).toBe("STORED");
  expect(await client.ask("debugtime 9")).toBe("OK");
  expect(await client.askAll("get key")).toEqual(["VALUE key 0 1", "x", "END"]);
  expect(await client.ask("debugtime 1")).toBe("OK");
  expect(await client.askAll("get key")).toEqual(["END"]);
  expect(await server.stat("uptime")).toBe(uptime + 10);
  expect(await server.stat("get_expired")).toBe(1);
  expect(await client.ask("debugtime r")).toBe("OK");
  expect(await client.ask("debugtime")).toBe("ERROR");
  expect(await client.ask("debugtime x")).toBe("ERROR");
});

test("debugitem holds an item against eviction", async () => {
  await using server = await LiveServer.start(["-m", "2"], {
    environment: { WASMCACHED_DEBUG: "1" },
  });
  const client = await server.connect();
  expect(await client.ask("debugitem ref held")).toBe("MISS");
  const value = "x".repeat(1000);
  expect(await client.ask(`set held 0 0 1000\r\n${value}`)).toBe("STORED");
  expect(await client.ask("debugitem ref held")).toBe("OK");
  expect(await client.ask(`set free 0 0 1000\r\n${value}`)).toBe("STORED");
  for (let i = 0; i < 5000; i++) client.send(`set push${i} 0 0 1000 noreply\r\n${value}\r\n`);
  expect(await client.askAll("get free")).toEqual(["END"]);
  expect((await client.askAll("get held"))[1]).toBe(value);
  expect(await client.ask("debugitem unref held")).toBe("OK");
  expect(await client.ask("debugitem bogus held")).toBe("ERROR");
  expect(await client.ask("debugitem ref")).toBe("ERROR");
});
