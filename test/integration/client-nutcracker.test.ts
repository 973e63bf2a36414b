/**
 * Goal: nutcracker (twemproxy) in front of three of our servers: keys are spread by ketama, gets of
 * many keys are put together from all of them, and a server that dies takes only its own keys.
 * Method: a client of nutcracker, and direct connections to the servers to see what they hold.
 */

import { afterAll, beforeAll, describe, expect } from "bun:test";
import { freePort } from "../support/free-port.ts";
import { LiveServer } from "../support/live-server.ts";
import { hasPeer, testWith } from "../support/peers.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import type { TextClient } from "../support/text-client.ts";
import { until } from "../support/waiting.ts";

const testNutcracker = testWith.bind(null, "nutcracker");

const KEYS = Array.from({ length: 600 }, (_, i) => `spread:${i}`);

/** A server that failed is left out for so long. */
const RETRY_MS = 500;

function configuration(servers: readonly LiveServer[], folder: string): string {
  // The name behind a server's address is what its keys are dealt out by.
  const lines = servers.map(({ port }, i) => `    - 127.0.0.1:${port}:1 server${i}`);
  return `pool:
  listen: ${folder}/socket
  hash: fnv1a_64
  distribution: ketama
  timeout: 2000
  auto_eject_hosts: true
  server_failure_limit: 1
  server_retry_timeout: ${RETRY_MS}
  servers:
${lines.join("\n")}
`;
}

async function startProxy(servers: readonly LiveServer[]): Promise<ProxyProcess> {
  const files = (folder: string) => ({ "nutcracker.yml": configuration(servers, folder) });
  const statistics = ["-a", "127.0.0.1", "-s", String(await freePort())];
  const options = ["-c", "nutcracker.yml", "-o", "log", "-p", "pid", ...statistics];
  return ProxyProcess.start({ files, command: ["nutcracker", ...options] });
}

/** Stores all keys in one go; the replies, each once. */
async function storeAll(client: TextClient): Promise<string[]> {
  client.send(KEYS.map((key) => `set ${key} 7 0 ${key.length}\r\n${key}\r\n`).join(""));
  const replies = new Set<string>();
  for (const _ of KEYS) replies.add(await client.line());
  return [...replies];
}

/** Which of `keys` are there, with their values looked at. */
async function found(client: TextClient, keys: readonly string[]): Promise<string[]> {
  const lines = await client.askAll(`get ${keys.join(" ")}`);
  return presentIn(lines);
}

function presentIn(lines: readonly string[]): string[] {
  const present: string[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const value = lines[i + 1] ?? "";
    expect(lines[i]).toBe(`VALUE ${value} 7 ${value.length}`);
    present.push(value);
  }
  return present;
}

/** What each server holds, asked directly. */
async function holdings(servers: readonly LiveServer[]): Promise<string[][]> {
  return Promise.all(
    servers.map(async (server) => {
      const client = await server.connect();
      const keys = await found(client, KEYS);
      client.hangUp();
      return keys;
    }),
  );
}

describe.each([
  ["-t 1 -B ascii", ["-t", "1", "-B", "ascii"]],
  ["default threads", []],
])("%s", (_title, words: string[]) => {
  const servers: LiveServer[] = [];
  const started = new AsyncDisposableStack();
  let client: TextClient;
  beforeAll(async () => {
    if (!hasPeer("nutcracker")) return;
    for (let i = 0; i < 3; i++) servers.push(started.use(await LiveServer.start(words)));
    const proxy = started.use(await startProxy(servers));
    client = await proxy.connect();
  });
  afterAll(() => started.disposeAsync());

  testNutcracker("keys are spread, each to one server", async () => {
    expect(await storeAll(client)).toEqual(["STORED"]);
    const held = await holdings(servers);
    expect(held.flat().sort()).toEqual([...KEYS].sort());
    expect(Math.min(...held.map((keys) => keys.length))).toBeGreaterThan(KEYS.length / 10);
  });

  testNutcracker("pipelined gets of many keys are put together from all servers", async () => {
    const chunks = Array.from({ length: 12 }, (_, i) => KEYS.slice(i * 50, i * 50 + 50));
    client.send(chunks.map((keys) => `get ${keys.join(" ")} absent${keys[0]}\r\n`).join(""));
    for (const keys of chunks) {
      const lines = [await client.line()];
      while (lines.at(-1) !== "END") lines.push(await client.line());
      expect(presentIn(lines).sort()).toEqual([...keys].sort());
    }
  });

  testNutcracker("every other command reaches the server of its key, in step", async () => {
    expect(await client.ask("set count 0 0 2\r\n10")).toBe("STORED");
    expect(await client.ask("add count 0 0 1\r\nx")).toBe("NOT_STORED");
    expect(await client.ask("incr count 5")).toBe("15");
    expect(await client.ask("decr count 6")).toBe("9");
    expect(await client.ask("append count 0 0 1\r\n!")).toBe("STORED");
    expect(await client.ask("prepend count 0 0 1\r\n<")).toBe("STORED");
    const [line = "", value] = await client.askAll("gets count");
    expect([line.replace(/ \d+$/, ""), value]).toEqual(["VALUE count 0 4", "<9 !"]);
    const unique = line.split(" ").at(-1);
    expect(await client.ask(`cas count 0 0 1 ${unique}\r\n1`)).toBe("STORED");
    expect(await client.ask(`cas count 0 0 1 ${unique}\r\n2`)).toBe("EXISTS");
    expect(await client.ask("touch count 100")).toBe("TOUCHED");
    expect(await client.ask("incr nobody 1")).toBe("NOT_FOUND");
    expect(await client.ask("replace nobody 0 0 1\r\nx")).toBe("NOT_STORED");
    expect(await client.ask("delete count")).toBe("DELETED");
    expect(await client.ask("delete count")).toBe("NOT_FOUND");
  });

  testNutcracker("a megabyte goes through, two are refused by the server", async () => {
    const large = "0123456789".repeat(100_000);
    expect(await client.ask(`set large 0 0 ${large.length}\r\n${large}`)).toBe("STORED");
    const [, value] = await client.askAll("get large");
    expect(value === large).toBe(true);
    const twice = large + large;
    const refused = await client.ask(`set large 0 0 ${twice.length}\r\n${twice}`);
    expect(refused).toBe("SERVER_ERROR object too large for cache");
    expect(await client.askAll("get large")).toEqual(["END"]);
  });
});

testNutcracker("a server that dies takes its own keys only, and gets them back", async () => {
  await using first = await LiveServer.start();
  await using second = await LiveServer.start();
  await using third = await LiveServer.start();
  const servers = [first, second, third];
  await using proxy = await startProxy(servers);
  const client = await proxy.connect();
  expect(await storeAll(client)).toEqual(["STORED"]);
  const [lost = [], ...kept] = await holdings(servers);
  expect(lost.length).toBeGreaterThan(0);

  await first.stop();
  const [key = ""] = lost;
  const isStored = async (): Promise<boolean> =>
    (await client.ask(`set ${key} 7 0 ${key.length}\r\n${key}`)) === "STORED";
  // The first requests fail, then nutcracker leaves the server out.
  await until("its keys to be taken by the others", isStored);
  expect((await found(client, kept.flat())).sort()).toEqual(kept.flat().sort());

  // The same address again: the server is empty, and the others have kept what is theirs.
  const listen = ["-l", "127.0.0.1", "-p", String(first.port)];
  await using again = await LiveServer.start([], { listen });
  const holdsLost = async (): Promise<boolean> => {
    for (const one of lost) await client.ask(`set ${one} 7 0 ${one.length}\r\n${one}`);
    return (await again.stat("curr_items")) === lost.length;
  };
  await until("the server to have its keys again", holdsLost);
  expect((await found(client, KEYS)).sort()).toEqual([...KEYS].sort());
});
