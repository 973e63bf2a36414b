/**
 * Goal: each stream of `watch` has exactly memcached's lines, in the order of what happened,
 * whichever thread it happened in; where 1.6.18 has a line too, it is the same one.
 * Method: a watcher beside a client that does one thing after the other, on servers with one thread
 * and with several, and on native memcached. Descriptors, ports, times and numbers are masked; that
 * times and numbers only rise is checked with each line.
 */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LiveServer } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import { TextClient } from "../support/text-client.ts";
import { packetBytes } from "../support/binary-text.ts";
import { testWith } from "../support/peers.ts";
import { until } from "../support/waiting.ts";

const ITEM = "clsid=1 cfd=* size";
const MISS = "status=not_found clsid=0 cfd=* size=0";

/** What is sent, and the lines of fetchers and mutations that it gives. */
const STEPS: readonly (readonly [string, readonly string[]])[] = [
  [
    "set foo 5 100 3\r\nabc",
    [
      `type=item_get key=foo ${MISS}`,
      `type=item_store key=foo status=stored cmd=set ttl=100 ${ITEM}=3`,
    ],
  ],
  [
    "get foo no%pe",
    [`type=item_get key=foo status=found ${ITEM}=3`, `type=item_get key=no%25pe ${MISS}`],
  ],
  ["gets foo", [`type=item_get key=foo status=found ${ITEM}=3`]],
  ["gat 0 foo", [`type=item_get key=foo status=found ${ITEM}=3`]],
  [
    "append foo 0 0 2\r\nde",
    [
      `type=item_get key=foo status=found ${ITEM}=3`,
      `type=item_store key=foo status=stored cmd=append ttl=0 ${ITEM}=5`,
    ],
  ],
  [
    "prepend none 0 0 2\r\nde",
    [
      `type=item_get key=none ${MISS}`,
      `type=item_store key=none status=not_stored cmd=prepend ttl=0 ${ITEM}=2`,
    ],
  ],
  [
    "add foo 0 0 1\r\nx",
    [
      `type=item_get key=foo status=found ${ITEM}=5`,
      `type=item_store key=foo status=not_stored cmd=add ttl=0 ${ITEM}=1`,
    ],
  ],
  [
    "replace foo 0 0 1\r\n7",
    [
      `type=item_get key=foo status=found ${ITEM}=5`,
      `type=item_store key=foo status=stored cmd=replace ttl=0 ${ITEM}=1`,
    ],
  ],
  [
    "cas foo 0 0 1 1\r\nx",
    [
      `type=item_get key=foo status=found ${ITEM}=1`,
      `type=item_store key=foo status=exists cmd=cas ttl=0 ${ITEM}=1`,
    ],
  ],
  [
    "cas none 0 0 1 1\r\nx",
    [
      `type=item_get key=none ${MISS}`,
      `type=item_store key=none status=not_found cmd=cas ttl=0 ${ITEM}=1`,
    ],
  ],
  ["incr foo 1", [`type=item_get key=foo status=found ${ITEM}=1`]],
  ["decr none 1", [`type=item_get key=none ${MISS}`]],
  ["touch foo 0", [`type=item_get key=foo status=found ${ITEM}=1`]],
  ["mg foo v", [`type=item_get key=foo status=found ${ITEM}=1`]],
  ["mg made N30", [`type=item_get key=made ${MISS}`]],
  ["me foo", [`type=item_get key=foo status=found ${ITEM}=1`]],
  [
    "ms meta 2\r\nhi",
    [
      `type=item_get key=meta ${MISS}`,
      `type=item_store key=meta status=stored cmd=set ttl=0 ${ITEM}=2`,
    ],
  ],
  [
    "ma number N0 J5",
    [
      `type=item_get key=number ${MISS}`,
      `type=item_get key=number ${MISS}`,
      `type=item_store key=number status=stored cmd=add ttl=0 ${ITEM}=1`,
    ],
  ],
  ["md foo I", [`type=item_get key=foo status=found ${ITEM}=1`]],
  ["md foo", [`type=item_get key=foo status=found ${ITEM}=1`]],
  ["delete foo", [`type=item_get key=foo ${MISS}`]],
  ["mg bWV0YQ== b v", [`type=item_get key=meta status=found ${ITEM}=2`]],
  ["mg YSBi b v", [`type=item_get key=a%20b ${MISS}`]],
];

/** What only this version says, or 1.6.18 says with what happens to lie in its memory. */
const OWN_STEPS: readonly (readonly [string, readonly string[]])[] = [
  [
    "ms list 2 MA N30\r\nhi",
    [
      `type=item_get key=list ${MISS}`,
      `type=item_store key=list status=stored cmd=na ttl=30 ${ITEM}=2`,
    ],
  ],
  [
    `set large 0 0 2000000\r\n${"x".repeat(2_000_000)}`,
    [
      "type=item_store key=large status=too_large cmd=set ttl=0 clsid=0 cfd=* size=0",
      `type=item_get key=large ${MISS}`,
    ],
  ],
];

function died(reason: string): string {
  return `type=conn_close rip=127.0.0.1 rport=* transport=tcp reason=${reason} cfd=*`;
}

async function holds(
  server: LiveServer,
  steps: readonly (readonly [string, readonly string[]])[],
): Promise<void> {
  const watcher = await LogWatcher.start(server, "fetchers mutations");
  const client = await server.connect();
  for (const [command] of steps) {
    client.send(`${command}\r\nversion\r\n`);
    while (!(await client.line()).startsWith("VERSION"));
  }
  const expected = steps.flatMap(([, lines]) => lines);
  expect(await watcher.take(expected.length)).toEqual(expected);
  watcher.client.hangUp();
}

testWith("memcached", "native memcached says the same of lookups and stores", async () => {
  await using server = await LiveServer.start(["-t", "1"], { program: "memcached" });
  await holds(server, STEPS);
});

describe.each([1, 4])("-t %d", (threads) => {
  const start = (...words: string[]): Promise<LiveServer> =>
    LiveServer.start(["-t", String(threads), "-o", "classic_sizes", ...words]);

  test("fetchers and mutations: lookups and stores of every command", async () => {
    await using server = await start();
    await holds(server, [...STEPS, ...OWN_STEPS]);
  });

  test("fetchers: items that have ended, by time or by flush_all", async () => {
    // Nobody else may find out that they have ended.
    const options = ["-t", String(threads), "-o", "no_lru_maintainer,no_lru_crawler"];
    await using server = await LiveServer.start(options, {
      environment: { WASMCACHED_DEBUG: "1" },
    });
    const client = await server.connect();
    expect(await client.ask("set short 0 1 1\r\nx")).toBe("STORED");
    expect(await client.ask("set old 0 0 1\r\nx")).toBe("STORED");
    const watcher = await LogWatcher.start(server, "");
    expect(await client.ask("debugtime 5")).toBe("OK");
    expect(await client.ask("mg short v")).toBe("EN");
    expect(await client.ask("flush_all 1")).toBe("OK");
    expect(await client.ask("debugtime 2")).toBe("OK");
    expect(await client.ask("mg old v")).toBe("EN");
    expect(await watcher.take(2)).toEqual([
      "type=item_get key=short status=expired clsid=0 cfd=* size=0",
      "type=item_get key=old status=flushed clsid=0 cfd=* size=0",
    ]);
  });

  test("deletions: hits of delete and md", async () => {
    await using server = await start();
    const watcher = await LogWatcher.start(server, "deletions");
    const client = await server.connect();
    for (const key of ["a", "b", "c", "d"]) {
      expect(await client.ask(`set ${key} 0 0 3\r\nabc`)).toBe("STORED");
    }
    expect(await client.ask("delete nothing")).toBe("NOT_FOUND");
    expect(await client.ask("delete a")).toBe("DELETED");
    expect(await client.ask("md b I")).toBe("HD");
    expect(await client.ask("md b")).toBe("HD");
    expect(await client.ask("md b")).toBe("NF");
    expect(await client.ask("md c x")).toBe("HD");
    expect(await client.ask("md d C1")).toBe("EX");
    expect(await client.ask("delete d")).toBe("DELETED");
    expect(await watcher.take(4)).toEqual([
      "type=deleted key=a cmd=delete clsid=1 size=3",
      "type=deleted key=b cmd=md clsid=1 size=3",
      "type=deleted key=c cmd=md clsid=1 size=0",
      "type=deleted key=d cmd=delete clsid=1 size=3",
    ]);
  });

  test("evictions: the victim, whether it was fetched, and how long it had to live", async () => {
    await using server = await start("-m", "2", "-o", "no_lru_maintainer");
    const watcher = await LogWatcher.start(server, "evictions");
    const client = await server.connect();
    const value = "x".repeat(100_000);
    const store = async (key: string, exptime: number): Promise<void> => {
      expect(await client.ask(`set ${key} 0 ${exptime} ${value.length}\r\n${value}`)).toBe(
        "STORED",
      );
    };
    await store("plain", 0);
    await store("mortal", 1000);
    await store("fetched", 0);
    expect(await client.ask("mg fetched s")).toBe("HD s100000");
    for (let i = 0; i < 40; i++) await store(`more${i}`, 0);
    const lines = await watcher.until("key=more");
    const told = lines.map((line) => line.replace(/la=[01] clsid=\d+/, "la=0 clsid=*"));
    const end = "la=0 clsid=* size=100000";
    expect(told.slice(0, 3).map((line) => line.replace(/ttl=99\d|ttl=1000/, "ttl=1000"))).toEqual([
      `type=eviction key=plain fetch=no ttl=-1 ${end}`,
      `type=eviction key=mortal fetch=no ttl=1000 ${end}`,
      `type=eviction key=fetched fetch=yes ttl=-1 ${end}`,
    ]);
  });

  test("connevents: who came, and why he went", async () => {
    await using server = await start("-A", "-o", "idle_timeout=1");
    const watcher = await LogWatcher.start(server, "connevents");
    const born = "type=conn_new rip=127.0.0.1 rport=* transport=tcp cfd=*";
    const one = await server.connect();
    expect(await one.ask("version")).toStartWith("VERSION");
    expect(await watcher.take(1)).toEqual([born]);
    one.send("quit\r\n");
    expect(await watcher.take(1)).toEqual([died("normal")]);
    const two = await server.connect();
    two.endInput();
    expect(await watcher.take(2)).toEqual([born, died("normal")]);
    const three = await server.connect();
    three.send(`${"x".repeat(3000)}`);
    expect(await watcher.take(2)).toEqual([born, died("error")]);
    await server.connect();
    expect(await watcher.take(2)).toEqual([born, died("idle_timeout")]);
    const four = await server.connect();
    expect(await four.ask("version")).toStartWith("VERSION");
    four.hangUp();
    const reset = "type=connerr fd=* msg=Connection reset by peer";
    expect(await watcher.take(3)).toEqual([born, reset, died("error")]);
    const other = await LogWatcher.start(server, "evictions");
    expect(await watcher.take(1)).toEqual([born]);
    other.client.hangUp();
    expect((await watcher.until("conn_close")).at(-1)).toContain("type=conn_close");
  });

  test("fetchers, mutations and deletions: binary commands, whose delete is not told", async () => {
    await using server = await start();
    const watcher = await LogWatcher.start(server, "fetchers mutations deletions");
    const client = await server.connect();
    client.send(
      packetBytes([
        "Set key=foo exptime=100 value=abc",
        "Get key=foo",
        "Append key=foo value=de",
        "Delete key=foo",
        "Increment key=n delta=1 initial=5",
        "Quit",
      ]),
    );
    await client.rest();
    const found = "type=item_get key=foo status=found";
    expect(await watcher.take(9)).toEqual([
      `type=item_get key=foo ${MISS}`,
      `type=item_store key=foo status=stored cmd=set ttl=100 ${ITEM}=3`,
      `${found} ${ITEM}=3`,
      `${found} ${ITEM}=3`,
      `type=item_store key=foo status=stored cmd=append ttl=100 ${ITEM}=5`,
      `${found} ${ITEM}=5`,
      `type=item_get key=n ${MISS}`,
      `type=item_get key=n ${MISS}`,
      `type=item_store key=n status=stored cmd=add ttl=0 ${ITEM}=1`,
    ]);
  });

  test("connevents: clients of a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wasmcached-watch-"));
    const path = join(folder, "socket");
    const words = ["-t", String(threads)];
    try {
      await using _server = LiveServer.launch(words, { listen: ["-s", path] });
      const first = await patiently(() => TextClient.connectPath(path));
      const watcher = await LogWatcher.over(first, "connevents");
      const client = await TextClient.connectPath(path);
      client.send("quit\r\n");
      expect(await watcher.take(2)).toEqual([
        "type=conn_new rip=unix rport=* transport=local cfd=*",
        "type=conn_close rip=unix rport=* transport=local reason=normal cfd=*",
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What `attempt` gives, once it does not fail any more. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const results: T[] = [];
  await until("an attempt to succeed", async () => {
    await attempt().then(
      (value) => results.push(value),
      () => 0,
    );
    return results.length > 0;
  });
  return results[0] as T;
}
