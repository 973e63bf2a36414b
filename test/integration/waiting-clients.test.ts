/**
 * Goal: with -o no_maxconns_fast clients over -c are not refused: they wait until others leave,
 * take no descriptors meanwhile, and are all served in the end; with one thread and with several,
 * over TCP and Unix sockets.
 * Method: far more clients than there is room for, each with a request; those that were served hang
 * up, some at a time.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { createServer } from "../../src/index.ts";
import { spareName } from "../../src/server/unix-socket.ts";
import { until } from "../support/waiting.ts";

const ROOM = 10;
const CROWD = 60;

const folder = mkdtempSync(join(tmpdir(), "wasmcached-waiting-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Place {
  readonly server: LiveServer;
  readonly connect: () => Promise<TextClient>;
  /** Of a Unix socket. */
  readonly path?: string;
}

const OPTIONS = ["-c", String(ROOM), "-o", "no_maxconns_fast"];

async function onPort(...words: string[]): Promise<Place> {
  const server = await LiveServer.start([...OPTIONS, ...words]);
  return { server, connect: () => server.connect() };
}

async function onPath(...words: string[]): Promise<Place> {
  const path = join(folder, crypto.randomUUID());
  const server = LiveServer.launch([...OPTIONS, ...words], { listen: ["-s", path] });
  await until("the socket", () => existsSync(path));
  return { server, connect: () => TextClient.connectPath(path), path };
}

const descriptors = (server: LiveServer): number => readdirSync(`/proc/${server.pid}/fd`).length;

/** So many clients, each of which has asked for the version. */
function crowd({ connect }: Pick<Place, "connect">, count: number): Promise<TextClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await connect();
      client.send("version\r\n");
      return client;
    }),
  );
}

const isServed = (client: TextClient): boolean => client.arrivedLength > 0;

async function untilServed(clients: readonly TextClient[], count: number): Promise<void> {
  await until(`${count} clients to be served`, () => clients.filter(isServed).length === count);
}

function figures(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(lines.map((line) => line.split(" ").slice(1, 3) as [string, string]));
}

describe.each([
  ["TCP, -t 1", 1, () => onPort("-t", "1")],
  ["TCP, -t 4", 4, () => onPort("-t", "4")],
  ["a Unix socket, -t 1", 1, () => onPath("-t", "1")],
  ["a Unix socket, -t 4", 1, () => onPath("-t", "4")],
] as const)("%s", (_, listeners, start) => {
  test("clients over -c wait until others leave", async () => {
    const place = await start();
    await using server = place.server;
    const first = await place.connect();
    expect(await first.ask("version")).toBe("VERSION 1.6.45");
    const before = figures(await first.askAll("stats"));
    expect(before.get("accepting_conns")).toBe("1");
    expect(before.get("listen_disabled_num")).toBe("0");
    expect(before.has("rejected_connections")).toBe(false);
    const used = descriptors(server);

    const clients = await crowd(place, CROWD);
    await untilServed(clients, ROOM - 1);
    await until("the door to be shut", async () => {
      return figures(await first.askAll("stats")).get("accepting_conns") === "0";
    });
    // Those who wait do so in the kernel, but for the one that each listener met.
    expect(descriptors(server)).toBeLessThanOrEqual(used + ROOM - 1 + listeners);
    const stats = figures(await first.askAll("stats"));
    expect(stats.get("curr_connections")).toBe(String(ROOM));
    expect(Number(stats.get("listen_disabled_num"))).toBeGreaterThan(0);

    // The places of three who leave are taken by three others, and so on to the last.
    const open = new Set(clients);
    for (let left = CROWD - (ROOM - 1); left > 0; left -= 3) {
      const leaving = [...open].filter(isServed).slice(0, 3);
      for (const client of leaving) {
        client.hangUp();
        open.delete(client);
      }
      const served = Math.min(ROOM - 1, open.size);
      await untilServed([...open], served);
    }
    for (const client of open) expect(await client.line()).toBe("VERSION 1.6.45");
    for (const client of open) expect(await client.ask("mn")).toBe("MN");

    await until("the door to be open", async () => {
      return figures(await first.askAll("stats")).get("accepting_conns") === "1";
    });
    for (const client of open) client.hangUp();
    const after = figures(await first.askAll("stats"));
    expect(Number(after.get("time_in_listen_disabled_us"))).toBeGreaterThan(0);
    const entries = figures(await first.askAll("stats conns"));
    expect([...entries.values()].filter((value) => value === "conn_listening")).toEqual([
      "conn_listening",
    ]);
    expect(server.errors).toBe("");
  }, 20_000);

  test("who has stopped waiting is passed over", async () => {
    const place = await start();
    await using _server = place.server;
    const served = await crowd(place, ROOM);
    await untilServed(served, ROOM);
    for (const client of await crowd(place, 20)) client.hangUp();
    const last = await crowd(place, 2);
    for (const client of served.slice(2)) client.hangUp();
    await untilServed(last, 2);
  });

  test("the server ends while somebody waits", async () => {
    const place = await start();
    const { server } = place;
    await using _server = server;
    const clients = await crowd(place, ROOM + 5);
    await untilServed(clients, ROOM);
    server.signal("SIGTERM");
    expect(await server.ended()).toBe(0);
    const { path = "none" } = place;
    expect([path, spareName(path)].filter(existsSync)).toEqual([]);
    await until("the clients to know", () => clients.every(({ hasEnded }) => hasEnded));
  });
});

test("a file that is no socket is not touched, here neither", async () => {
  const path = join(folder, crypto.randomUUID());
  writeFileSync(path, "precious");
  await using server = LiveServer.launch([...OPTIONS, "-t", "1"], { listen: ["-s", path] });
  expect(await server.ended()).toBe(71);
  expect(server.errors).toContain("Address already in use");
  expect(readFileSync(path, "utf8")).toBe("precious");
  expect(existsSync(spareName(path))).toBe(false);
});

test.each([1, 2])("a server in a program ends for all of them, -t %d", async (threads) => {
  const socketPath = join(folder, crypto.randomUUID());
  const server = await createServer({ threads, socketPath, connectionsMax: 2, refuseFast: false });
  const place = { connect: () => TextClient.connectPath(socketPath) };
  const clients = await crowd(place, 4);
  await untilServed(clients, 2);
  // Some were accepted by the listener as it was at first, some by what took its place.
  clients.find(isServed)?.hangUp();
  await untilServed(clients, 3);
  server.stop();
  await until("the clients to know", () => clients.every(({ hasEnded }) => hasEnded));
  expect(existsSync(socketPath)).toBe(false);
});
