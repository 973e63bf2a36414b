/**
 * Goal: several worker threads are one server. Whatever a client was told is done, the others see,
 * whichever thread serves them; figures are sums over all threads; connections are spread.
 * Method: `-t 4` and as many connections as it takes to meet every thread, over TCP and a Unix
 * socket.
 */
import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { createServer } from "../../src/index.ts";
import { until } from "../support/waiting.ts";
import { untilAlone, untilConnections } from "../support/item-memory.ts";

const THREADS = 4;

/** So many connections meet every thread: one of four gets none once in 25,000 times. */
const CONNECTIONS = 40;

function start(...words: string[]): Promise<LiveServer> {
  return LiveServer.start(["-t", String(THREADS), ...words]);
}

function connectMany(server: LiveServer, count = CONNECTIONS): Promise<TextClient[]> {
  return Promise.all(Array.from({ length: count }, () => server.connect()));
}

/** A figure of `stats threads`, thread by thread. */
async function perThread(server: LiveServer, name: string): Promise<number[]> {
  const figures = await server.stats("threads");
  return Array.from({ length: THREADS }, (_, i) => Number(figures.get(`${i + 1}:${name}`)));
}

test("1,000 connections over 4 threads: none below half or above double its share", async () => {
  await using server = await start();
  const clients = await connectMany(server, 1000);
  await untilConnections(server, 1001);
  let shares: number[] = [];
  await until("connections that only asked to be gone", async () => {
    shares = await perThread(server, "curr_connections");
    return shares.reduce((sum, share) => sum + share) === 1001;
  });
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(125);
  expect(Math.max(...shares)).toBeLessThanOrEqual(500);
  for (const client of clients) client.hangUp();
  await untilAlone(server);
}, 20_000);

test("one cache: what one connection stores every other sees", async () => {
  await using server = await start();
  const clients = await connectMany(server);
  for (const [i, client] of clients.entries()) {
    expect(await client.ask(`set shared 0 0 2\r\n${10 + i}`)).toBe("STORED");
    const replies = await Promise.all(clients.map((other) => other.askAll("get shared")));
    expect(new Set(replies.map((lines) => lines[1]))).toEqual(new Set([String(10 + i)]));
  }
  expect(await clients[0]?.ask("flush_all")).toBe("OK");
  const replies = await Promise.all(clients.map((client) => client.askAll("get shared")));
  expect(new Set(replies.map((lines) => lines[0]))).toEqual(new Set(["END"]));
});

test("stats are sums over the threads, and reset forgets all of them", async () => {
  await using server = await start();
  const clients = await connectMany(server);
  for (const [i, client] of clients.entries()) {
    await client.ask(`set key${i} 0 0 1\r\n1`);
    await client.askAll(`get key${i} nothing`);
    await client.ask(`incr key${i} 1`);
    await client.ask(`delete nothing`);
  }
  const figures = await server.stats();
  const expected = { cmd_set: 40, cmd_get: 80, get_hits: 40, get_misses: 40, incr_hits: 40 };
  for (const [name, value] of Object.entries({ ...expected, delete_misses: 40, total_items: 40 })) {
    expect([name, figures.get(name)]).toEqual([name, String(value)]);
  }
  expect(figures.get("threads")).toBe(String(THREADS));
  expect(figures.get("curr_items")).toBe("40");
  const before = Number(figures.get("bytes_read"));
  expect(await clients[7]?.ask("stats reset")).toBe("RESET");
  const after = await server.stats();
  for (const name of Object.keys(expected)) expect([name, after.get(name)]).toEqual([name, "0"]);
  expect(Number(after.get("bytes_read"))).toBeLessThan(before);
  expect(after.get("curr_items")).toBe("40");
  expect(after.get("curr_connections")).toBe("41");
});

test("stats conns lists the connections of all threads", async () => {
  await using server = await start();
  const clients = await connectMany(server);
  await Promise.all(clients.map((client) => client.ask("version")));
  const states = [...(await server.stats("conns"))].filter(([name]) => name.endsWith(":state"));
  const count = (state: string): number => states.filter(([, value]) => value === state).length;
  expect(count("conn_listening")).toBe(1);
  expect(count("conn_read")).toBe(CONNECTIONS);
  expect(states.length).toBe(CONNECTIONS + 2);
  for (const client of clients) client.hangUp();
  await untilAlone(server);
  await until("the others to be gone from the list", async () => {
    const left = [...(await server.stats("conns"))].filter(([name]) => name.endsWith(":state"));
    return left.length === 2;
  });
});

test("verbosity and detail hold for every thread as soon as one connection was told", async () => {
  await using server = await start();
  const clients = await connectMany(server);
  expect(await clients[0]?.ask("stats detail on")).toBe("OK");
  await Promise.all(clients.map((client, i) => client.askAll(`get pre:${i}`)));
  const dump = await clients[1]?.askAll("stats detail dump");
  expect(dump).toEqual([`PREFIX pre get ${CONNECTIONS} hit 0 set 0 del 0`, "END"]);
  expect(await clients[2]?.ask("verbosity 2")).toBe("OK");
  await Promise.all(clients.map((client) => client.askAll("get watched")));
  await until("every get to be told", () => {
    return server.errors.match(/^<\d+ get watched$/gm)?.length === CONNECTIONS;
  });
  expect(await clients[3]?.ask("verbosity 0")).toBe("OK");
  const told = server.errors.length;
  await Promise.all(clients.map((client) => client.askAll("get unwatched")));
  expect(server.errors.slice(told)).not.toContain("unwatched");
});

test("cache_memlimit and the clock are those of all threads", async () => {
  await using server = await LiveServer.start(["-t", "4"], {
    environment: { WASMCACHED_DEBUG: "1" },
  });
  const clients = await connectMany(server);
  expect(await clients[5]?.ask("cache_memlimit 100")).toBe("OK");
  for (let i = 0; i < 8; i++) expect(await server.stat("limit_maxbytes")).toBe(100 * 2 ** 20);
  expect(await clients[6]?.ask("set k 0 100 1\r\n1")).toBe("STORED");
  expect(await clients[7]?.ask("debugtime 101")).toBe("OK");
  const replies = await Promise.all(clients.map((client) => client.askAll("get k")));
  expect(new Set(replies.map((lines) => lines[0]))).toEqual(new Set(["END"]));
});

test("-c counts the connections of all threads together", async () => {
  await using server = await start("-c", "20");
  const clients = await connectMany(server, 30);
  const replies = await Promise.all(clients.map((client) => client.ask("version")));
  const refused = replies.filter((reply) => reply === "ERROR Too many open connections");
  expect(refused.length).toBe(10);
});

test("another server on the same port is refused", async () => {
  await using server = await start();
  await using second = LiveServer.launch(["-t", "4"], {
    listen: ["-l", "127.0.0.1", "-p", String(server.port)],
  });
  expect(await second.ended()).toBe(71);
  expect(second.errors).toContain("failed to listen on one of interface(s) 127.0.0.1");
  expect(second.errors).toContain("Address already in use");
});

test.each(["SIGTERM", "SIGINT", "SIGUSR1"] as const)("%s ends it", async (signal) => {
  await using server = await start();
  const clients = await connectMany(server);
  await Promise.all(clients.map((client) => client.ask("version")));
  server.signal(signal);
  expect(await server.ended()).toBe(0);
});

test("shutdown ends it, whichever thread is asked", async () => {
  for (let i = 0; i < 3; i++) {
    await using server = await start("-A");
    const client = await server.connect();
    client.send("shutdown\r\n");
    expect(await server.ended()).toBe(0);
  }
});

/** What the server says when it has come to its end by SIGABRT after this command. */
async function lastWords(threads: number, command: string): Promise<string> {
  await using server = await LiveServer.start(["-t", String(threads)], {
    environment: { WASMCACHED_DEBUG: "1" },
  });
  const client = await server.connect();
  client.send(`${command}\r\n`);
  expect(await server.ended()).toBe("SIGABRT");
  return server.errors;
}

const WORKER = "worker thread [1-4]";
const ASKED = "Error: debugfail was asked for";

test.each([
  [4, "debugfail", WORKER, ASKED],
  [4, "debugfail trap", WORKER, "RuntimeError: Out of bounds memory access"],
  [4, "debugfail maintenance", "maintenance thread", ASKED],
  [4, "debugfail main", "main thread", ASKED],
  [1, "debugfail", "main thread", ASKED],
  [1, "debugfail trap", "main thread", "RuntimeError: Out of bounds memory access"],
  [1, "debugfail maintenance", "main thread", ASKED],
  [1, "debugfail main", "main thread", ASKED],
])("-t %i: %s takes the process down and says which thread failed", async (...row) => {
  const [threads, command, name, error] = row;
  expect(await lastWords(threads, command)).toMatch(new RegExp(`^fatal: ${name}: ${error}`));
});

test("createServer with threads", async () => {
  const server = await createServer({ port: 0, threads: 2 });
  try {
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => TextClient.connect(server.port)),
    );
    await clients[0]?.ask("set n 0 0 1\r\n0");
    for (const client of clients) await client.ask("incr n 1");
    expect((await clients[0]?.askAll("get n"))?.[1]).toBe("10");
  } finally {
    server.stop();
  }
});
