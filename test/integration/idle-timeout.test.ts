/**
 * Goal: `-o idle_timeout` closes connections that rest between commands, and only those.
 * Method: one client idles, one is busy, one is in the middle of a value, one does not read its
 * reply; two seconds are waited for anyway, so all are looked at together.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { until } from "../support/waiting.ts";

test("only the idle connection is closed, at most about two seconds late", async () => {
  await using server = await LiveServer.start(["-o", "idle_timeout=1", "-vv"]);
  const busy = await server.connect();
  const value = "x".repeat(1_000_000);
  expect(await busy.ask(`set large 0 0 ${value.length}\r\n${value}`)).toBe("STORED");

  const uploading = await server.connect();
  uploading.send("set upload 0 0 4\r\nab");
  const stuck = await server.connect();
  stuck.pause();
  stuck.send(`get${" large".repeat(20)}\r\n`);
  await until("the get", async () => (await server.stat("cmd_get")) === 20);
  const idle = await server.connect();
  expect(await idle.ask("version")).toBe("VERSION 1.6.45");
  const silent = await server.connect();

  const start = performance.now();
  await until("the idle ones to be closed", async () => {
    expect(await busy.ask("version")).toBe("VERSION 1.6.45");
    return idle.hasEnded && silent.hasEnded;
  });
  const elapsed = performance.now() - start;
  expect(elapsed).toBeGreaterThan(900);
  expect(elapsed).toBeLessThan(4000);
  expect(await idle.rest()).toBe("");

  expect(await server.stat("idle_kicks")).toBe(2);
  expect(server.errors.match(/^Closing idle fd \d+$/gm)).toHaveLength(2);
  // The others still work, long after.
  uploading.send("cd\r\n");
  expect(await uploading.line()).toBe("STORED");
  stuck.resume();
  const reply = `VALUE large 0 ${value.length}\r\n${value}\r\n`.repeat(20);
  expect((await stuck.text(reply.length)) === reply).toBe(true);
  expect(await stuck.line()).toBe("END");
  expect(await busy.ask("version")).toBe("VERSION 1.6.45");
}, 10_000);

test("without it nobody is closed, and idle_kicks is not told", async () => {
  await using server = await LiveServer.start();
  const names = [...(await server.stats()).keys()];
  expect(names).not.toContain("idle_kicks");
  expect((await server.stats("settings")).get("idle_timeout")).toBe("0");
});
