/**
 * Goal: connections and the process end as memcached's do: quit, shutdown, and every signal, with
 * their texts and exit codes.
 * Method: processes of their own, looked at from outside.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { until } from "../support/waiting.ts";
import { untilConnections } from "../support/item-memory.ts";

test("quit: what was asked before is answered, what comes after is not", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const value = "x".repeat(1_000_000);
  expect(await client.ask(`set large 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
  const reply = `VALUE large 0 ${value.length}\r\n${value}\r\n`;
  client.pause();
  client.send(`version\r\nget${" large".repeat(8)}\r\nquit\r\nversion\r\nset late 0 0 1\r\nx\r\n`);
  await until("the get", async () => (await server.stat("cmd_get")) === 8);
  client.resume();
  const rest = await client.rest();
  expect(rest === `VERSION 1.6.45\r\n${reply.repeat(8)}END\r\n`).toBe(true);
  const other = await server.connect();
  expect(await other.askAll("get late")).toEqual(["END"]);
  other.send("quit\r\n");
  expect(await other.rest()).toBe("");
  await untilConnections(server, 1);
});

test("shutdown needs -A", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("shutdown")).toBe("SERVER_ERROR: shutdown not enabled");
  expect(await client.ask("version")).toBe("VERSION 1.6.45");
});

test("shutdown with -A ends the process with 0", async () => {
  await using server = await LiveServer.start(["-A", "-v"]);
  const client = await server.connect();
  const other = await server.connect();
  expect(await client.ask("shutdown now")).toBe("CLIENT_ERROR invalid shutdown mode");
  client.send("shutdown\r\n");
  expect(await client.rest()).toBe("");
  expect(await other.rest()).toBe("");
  expect(await server.ended()).toBe(0);
  expect(server.errors).toBe("Exiting normally\n");
});

test("shutdown graceful ends the process with 0", async () => {
  await using server = await LiveServer.start(["-A"]);
  const client = await server.connect();
  client.send("shutdown graceful\r\n");
  expect(await client.rest()).toBe("");
  expect(await server.ended()).toBe(0);
  expect(server.errors).toBe("Gracefully stopping\n");
});

/** What each signal leaves on standard error, without -v and with it. */
const SIGNALS: readonly (readonly [NodeJS.Signals, quiet: string, verbose: RegExp])[] = [
  ["SIGINT", "", /^Exiting normally\n$/],
  ["SIGTERM", "", /^Exiting normally\n$/],
  // With -v memcached adds a line for each part that it stops.
  ["SIGUSR1", "Gracefully stopping\n", /^Gracefully stopping\n/],
];

for (const [signal, quiet, verbose] of SIGNALS) {
  test(`${signal} ends with 0, also while clients are connected`, async () => {
    await using silent = await LiveServer.start();
    await using talkative = await LiveServer.start(["-v"]);
    for (const server of [silent, talkative]) {
      const clients = [await server.connect(), await server.connect(), await server.connect()];
      for (const client of clients) expect(await client.ask("version")).toBe("VERSION 1.6.45");
      // Ready for anything: one rests, one is in a line, one is in a value.
      clients[1]?.send("get some");
      clients[2]?.send("set key 0 0 10\r\nabc");
      server.signal(signal);
      for (const client of clients) expect(await client.rest()).toBe("");
      expect(await server.ended()).toBe(0);
    }
    expect(silent.errors).toBe(quiet);
    expect(talkative.errors).toMatch(verbose);
  });
}

test("SIGHUP and SIGPIPE do not end it", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("set key 0 0 4\r\nkept")).toBe("STORED");
  for (const signal of ["SIGHUP", "SIGPIPE", "SIGHUP"] as const) {
    server.signal(signal);
    expect(await client.askAll("get key")).toEqual(["VALUE key 0 4", "kept", "END"]);
  }
  expect(server.hasEnded).toBe(false);
});
