/**
 * Goal: `-s` serves on a Unix socket, with the modes of `-a`, by all threads; it replaces the
 * network; a socket that a dead server left makes way, any other file does not.
 * Method: real servers on paths in a temporary folder.
 */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { until } from "../support/waiting.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-unix-"));
let names = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function freshPath(): string {
  return join(folder, `socket${names++}`);
}

async function start(path: string, ...words: string[]): Promise<LiveServer> {
  const server = LiveServer.launch(words, { listen: ["-s", path] });
  await until("the socket", async () => {
    try {
      (await TextClient.connectPath(path)).hangUp();
      return true;
    } catch {
      return false;
    }
  });
  return server;
}

function figures(lines: readonly string[]): Map<string, string> {
  const stats = lines.filter((line) => line.startsWith("STAT "));
  return new Map(stats.map((line) => line.split(" ").slice(1, 3) as [string, string]));
}

test.each([1, 4])("is served, -t %d", async (threads) => {
  const path = freshPath();
  await using _server = await start(path, "-t", String(threads), "-a", "777");
  expect(statSync(path).mode & 0o777).toBe(0o777);
  const client = await TextClient.connectPath(path);
  expect(await client.ask("set a 0 0 5\r\nhello")).toBe("STORED");
  const big = "x".repeat(900_000);
  expect(await client.ask(`set big 0 0 ${big.length}\r\n${big}`)).toBe("STORED");
  expect((await client.askAll("get a big"))[3]).toBe(big);
  const conns = figures(await client.askAll("stats conns"));
  const addresses = [...conns].filter(([name]) => name.endsWith("addr")).map(([, value]) => value);
  expect(new Set(addresses)).toEqual(new Set([`unix:${path}`]));
  const settings = figures(await client.askAll("stats settings"));
  expect(settings.get("domain_socket")).toBe(path);
  expect(settings.get("umask")).toBe("777");
});

test("connections are dealt out evenly", async () => {
  const path = freshPath();
  await using _server = await start(path, "-t", "4");
  const clients = await Promise.all(
    Array.from({ length: 1000 }, () => TextClient.connectPath(path)),
  );
  const [first] = clients as [TextClient];
  await Promise.all(clients.map((client) => client.ask("version")));
  await until("the first client to be gone", async () => {
    const stats = figures(await first.askAll("stats"));
    return stats.get("curr_connections") === "1000";
  });
  const threads = figures(await first.askAll("stats threads"));
  for (let n = 1; n <= 4; n++) {
    expect(Math.abs(Number(threads.get(`${n}:curr_connections`)) - 250)).toBeLessThanOrEqual(2);
  }
}, 20_000);

test("a client that says everything and stops sending gets its replies", async () => {
  const path = freshPath();
  await using _server = await start(path, "-t", "4");
  for (let i = 0; i < 20; i++) {
    const client = await TextClient.connectPath(path);
    client.send("set k 0 0 1\r\n1\r\nget k\r\nquit\r\n");
    expect(await client.line()).toBe("STORED");
    expect(await client.line()).toBe("VALUE k 0 1");
  }
});

test("the default mode is for the user alone", async () => {
  const path = freshPath();
  await using _server = await start(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a socket that was left behind makes way", async () => {
  const path = freshPath();
  {
    await using _killed = await start(path);
  }
  expect(existsSync(path)).toBe(true);
  await using _server = await start(path);
});

test("another file is not touched", async () => {
  const path = freshPath();
  writeFileSync(path, "precious");
  await using server = LiveServer.launch([], { listen: ["-s", path] });
  expect(await server.ended()).toBe(71);
  expect(server.errors).toContain(`failed to listen on UNIX socket: ${path}: `);
  expect(await Bun.file(path).text()).toBe("precious");
});
