/**
 * A server over several linear memories, by its `-m` or because WASMCACHED_MEMORIES asks for them.
 *
 * Goal: it is one cache for its clients. Values of every kind come back from every memory, limits
 * and figures are those of the whole, dumps list each key once, a flush is one flush; what the
 * machine cannot give is refused. Method: more keys than memories by far, so that each has some; a
 * server with one thread, and one with four.
 */
import { describe, expect, test } from "bun:test";
import { LiveServer, OWN_PROGRAM } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import { TextClient } from "../support/text-client.ts";
import { createServer } from "../../src/index.ts";
import { availableMemory } from "../../src/server/process/machine-memory.ts";
import { readFileSync } from "node:fs";
import { until } from "../support/waiting.ts";

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

const TIMEOUT_MS = 60_000;

/** Microseconds by which the log's clock and the system's may differ. */
const CLOCKS_APART = 20_000;

const THREE = { environment: { WASMCACHED_MEMORIES: "3", WASMCACHED_DEBUG: "1" } };

/** Lengths on both sides of what is copied, pinned, and stored in chunks. */
const LENGTHS = [0, 1, 40, 200, 5000, 32_768, 32_769, 100_000, 700_000, 1_300_000];

/** A value that is told from every other one of its length. */
function valueOf(key: string, length: number): string {
  return `${key}/`.repeat(Math.ceil(length / (key.length + 1))).slice(0, length);
}

function setOf(key: string, length: number): string {
  return `set ${key} 0 0 ${length}\r\n${valueOf(key, length)}\r\n`;
}

function hitOf(key: string, length: number): string {
  return `VALUE ${key} 0 ${length}\r\n${valueOf(key, length)}\r\n`;
}

/** So many keys that each memory has some, or the hash is broken. */
const KEYS = Array.from({ length: 60 }, (_, i) => `key-${i}`);

/** For large values. */
const FEW = KEYS.slice(0, 20);

async function expectText(client: TextClient, text: string): Promise<void> {
  expect(await client.text(text.length)).toBe(text);
}

async function fill(client: TextClient, length: number, keys = KEYS): Promise<void> {
  client.send(keys.map((key) => setOf(key, length)).join(""));
  await expectText(client, "STORED\r\n".repeat(keys.length));
}

describe.each([1, 4])("three memories, -t %d", (threads) => {
  const start = (...words: string[]): Promise<LiveServer> =>
    LiveServer.start(["-t", String(threads), ...words], THREE);

  test(
    "values of every length come back, one by one and in one get",
    async () => {
      await using server = await start("-m", "384", "-I", "2m");
      const client = await server.connect();
      for (const length of LENGTHS) {
        const keys = length < 50_000 ? KEYS : FEW;
        await fill(client, length, keys);
        client.send(`get ${keys.join(" ")}\r\n`);
        await expectText(client, `${keys.map((key) => hitOf(key, length)).join("")}END\r\n`);
        client.send(keys.map((key) => `mg ${key} v k\r\nmg none v\r\n`).join(""));
        const answer = (key: string): string => {
          return `VA ${length} k${key}\r\n${valueOf(key, length)}\r\nEN\r\n`;
        };
        await expectText(client, keys.map((key) => answer(key)).join(""));
      }
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "a slow reader gets every byte",
    async () => {
      await using server = await start("-m", "384", "-I", "2m");
      const client = await server.connect();
      await fill(client, 1_300_000, FEW);
      client.pause();
      client.send(`get ${FEW.join(" ")}\r\n`);
      await until("the server to wait for the reader", async () => {
        return (await server.stat("bytes_written")) > 0;
      });
      client.resume();
      await expectText(client, `${FEW.map((key) => hitOf(key, 1_300_000)).join("")}END\r\n`);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "figures are those of the whole cache",
    async () => {
      await using server = await start("-m", "96");
      const client = await server.connect();
      await fill(client, 100);
      for (const key of KEYS) expect(await client.ask(`incr ${key} 1`)).toMatch(/^CLIENT_ERROR/);
      expect(await client.ask("flush_all 100")).toBe("OK");
      const stats = await server.stats();
      expect(stats.get("limit_maxbytes")).toBe(String(96 * MEBIBYTE));
      expect(stats.get("curr_items")).toBe("60");
      expect(stats.get("total_items")).toBe("60");
      expect(stats.get("cmd_set")).toBe("60");
      expect(stats.get("cmd_flush")).toBe("1");
      expect(stats.get("hash_power_level")).toBe("16");
      const items = await server.stats("items");
      const numbers = [...items].filter(([name]) => /^items:\d+:number$/.test(name));
      expect(numbers.map(([, value]) => Number(value))).toEqual([60]);
      const slabs = await server.stats("slabs");
      const used = [...slabs].filter(([name]) => name.endsWith(":used_chunks"));
      expect(used.map(([, value]) => Number(value))).toEqual([60]);
      expect(await client.ask("stats reset")).toBe("RESET");
      expect(await server.stat("cmd_set")).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a limit that is lowered evicts, in all of them; one that is raised is taken",
    async () => {
      await using server = await start("-m", "60");
      const client = await server.connect();
      const keys = Array.from({ length: 400 }, (_, i) => `big-${i}`);
      for (const key of keys) {
        client.send(setOf(key, 100_000));
        expect(await client.line()).toBe("STORED");
      }
      expect(await server.stat("evictions")).toBe(0);
      expect(await client.ask("cache_memlimit 15")).toBe("OK");
      expect(await server.stat("limit_maxbytes")).toBe(15 * MEBIBYTE);
      // Each memory may have one page of a class beyond its share.
      await until("pages to be given back", async () => {
        return (await server.stat("total_malloced", "slabs")) <= 18 * MEBIBYTE;
      });
      expect(await server.stat("curr_items")).toBeLessThan(200);
      expect(await client.ask("cache_memlimit 6000")).toBe("OK");
      for (const key of keys) {
        client.send(setOf(key, 100_000));
        expect(await client.line()).toBe("STORED");
      }
      expect(await server.stat("curr_items")).toBe(400);
      expect(await client.ask("cache_memlimit 20000")).toMatch(/^MEMLIMIT_ADJUST_FAILED/);
      expect(await server.stat("limit_maxbytes")).toBe(6000 * MEBIBYTE);
    },
    TIMEOUT_MS,
  );

  test(
    "dumps list each key once, and a flush takes all",
    async () => {
      await using server = await start("-m", "96");
      const client = await server.connect();
      await fill(client, 10);
      for (const what of ["metadump all", "metadump hash", "mgdump all"]) {
        await until("the right to crawl", async () => {
          return (await client.ask(`lru_crawler ${what}`)) === "OK";
        });
        const last = what.startsWith("mg") ? "EN" : "END";
        const keys: string[] = [];
        for (let line = await client.line(); line !== last; line = await client.line()) {
          keys.push(/^(?:key=|mg )(\S+)/.exec(line)?.[1] ?? line);
        }
        expect(keys.sort()).toEqual(KEYS.toSorted());
      }
      expect(await client.ask("flush_all")).toBe("OK");
      client.send(`get ${KEYS.join(" ")}\r\n`);
      expect(await client.line()).toBe("END");
      expect(await client.ask("lru_crawler crawl all")).toBe("OK");
      await until("the crawl to end", async () => (await server.stat("lru_crawler_running")) === 0);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "watchers hear of everything in its order, whichever memory it was in",
    async () => {
      await using server = await start("-m", "96");
      const watcher = await LogWatcher.start(server, "mutations fetchers");
      const client = await server.connect();
      const commands = KEYS.map((key) => `${setOf(key, 1)}get ${key}\r\n`).join("");
      client.send(`${commands}get last\r\n`);
      const lines = await watcher.until("key=last");
      const told = lines.map((line) => /^type=(\S+) key=(\S+)/.exec(line)?.slice(1).join(" "));
      // A store looks its key up first.
      const expected = KEYS.flatMap((key) => {
        return [`item_get ${key}`, `item_store ${key}`, `item_get ${key}`];
      });
      expect(told).toEqual([...expected, "item_get last"]);
    },
    TIMEOUT_MS,
  );

  test(
    "pages move within a memory",
    async () => {
      await using server = await start("-m", "96", "-o", "no_lru_maintainer,slab_automove=0");
      const client = await server.connect();
      const stored = 400;
      for (let i = 0; i < stored; i++) {
        client.send(setOf(`page-${i}`, 100_000));
        expect(await client.line()).toBe("STORED");
      }
      const slabs = await server.stats("slabs");
      const classId = [...slabs.keys()]
        .find((name) => name.endsWith(":total_pages"))
        ?.split(":")[0];
      const pages = Number(slabs.get(`${classId}:total_pages`));
      for (let i = 0; i < 7; i++) await client.ask(`delete page-${i}`);
      expect(await client.ask(`slabs reassign ${classId} 0`)).toBe("OK");
      await until("the page to move", async () => (await server.stat("slabs_moved")) === 1);
      expect(await server.stat(`${classId}:total_pages`, "slabs")).toBe(pages - 1);
      expect(await client.ask(`slabs reassign ${classId} ${classId}`)).toMatch(/^SAME/);
      expect(await client.ask("slabs reassign 200 1")).toMatch(/^BADCLASS/);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );
});

/** The virtual size of a process in bytes. */
function virtualSize(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmSize:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const available = availableMemory()?.bytes ?? Number.POSITIVE_INFINITY;

test("-m 8192 starts, has three memories, and says so much", async () => {
  if (available < 8 * GIBIBYTE) {
    const refused = LiveServer.launch(["-m", "8192"]);
    expect(await refused.ended()).toBe(1);
    expect(refused.errors).toMatch(/^-m 8192: .* megabytes of memory and swap\n$/);
    return;
  }
  await using one = await LiveServer.start(["-m", "3584", "-t", "1"]);
  await using server = await LiveServer.start(["-m", "8192", "-t", "1"]);
  expect(virtualSize(server.pid) - virtualSize(one.pid)).toBeGreaterThan(7 * GIBIBYTE);
  expect(await server.stat("limit_maxbytes")).toBe(8_589_934_592);
  const client = await server.connect();
  await fill(client, 50_000);
  client.send(`get ${KEYS.join(" ")}\r\n`);
  await expectText(client, `${KEYS.map((key) => hitOf(key, 50_000)).join("")}END\r\n`);
  expect(await client.ask("cache_memlimit 10000")).toBe("OK");
  // Nothing but what was stored is resident.
  expect(server.residentKib()).toBeLessThan(256 * 1024);
});

test("what the machine does not have is refused with a clear line", async () => {
  const refused = LiveServer.launch(["-m", "1800000"]);
  expect(await refused.ended()).toBe(1);
  expect(refused.errors).toMatch(
    /^-m 1800000: th(?:is machine|e control group of .*) has \d+ megabytes of memory and swap\n$/,
  );
});

test("address space that the system does not give is refused with a clear line", async () => {
  const words = "-u root -l 127.0.0.1 -p -1 -U 0 -m 8192";
  const child = Bun.spawn(["sh", "-c", `ulimit -v 12000000; exec "$0" ${words}`, OWN_PROGRAM], {
    stderr: "pipe",
    stdout: "ignore",
  });
  const refusal =
    /^-m 8192: (?:the system has no address space for memory [23] of 3|.* has \d+ megabytes)/;
  expect(await new Response(child.stderr).text()).toMatch(refusal);
  expect(await child.exited).toBe(1);
});

describe("a cache of a server in this program", () => {
  const LIMIT = 12 * MEBIBYTE;
  const settings = { port: 0, memoryLimit: LIMIT, memoriesLeast: 3 };

  test("and its clients see the same items, wherever they are", async () => {
    const server = await createServer(settings);
    try {
      const cache = server.cache();
      const client = await TextClient.connect(server.port);
      for (let i = 0; i < 100; i++) {
        cache.set(`ours${i}`, valueOf(`ours${i}`, 100));
        const hit = `VALUE ours${i} 0 100\r\n${valueOf(`ours${i}`, 100)}`;
        expect(await client.askAll(`get ours${i}`)).toEqual([...hit.split("\r\n"), "END"]);
        expect(await client.ask(setOf(`theirs${i}`, 100).slice(0, -2))).toBe("STORED");
        expect(cache.get(`theirs${i}`)).toBe(valueOf(`theirs${i}`, 100));
      }
      expect(new Set(cache.keys()).size).toBe(200);
      const asked = ["ours5", "none", "theirs7", "ours1", "theirs99", "ours98"];
      const given = asked.map((key) => (key === "none" ? undefined : valueOf(key, 100)));
      expect(cache.getMany(asked)).toEqual(given);
      expect(cache.stats()).toMatchObject({ size: 200, sets: 200, maxBytes: LIMIT, misses: 1 });
      expect(cache.size).toBe(200);
      expect(await client.askAll("stats")).toContain(`STAT bytes ${cache.bytes}`);
      cache.clear();
      expect(await client.ask("get ours1 ours2 theirs3 theirs4 ours5")).toBe("END");
      client.hangUp();
    } finally {
      server.stop();
    }
  });

  test("is told of what each of the memories evicts, once", async () => {
    const server = await createServer(settings);
    try {
      const gone: string[] = [];
      const cache = server.cache({ onEvict: (key) => gone.push(key) });
      const keys = Array.from({ length: 4000 }, (_, i) => `key${i}`);
      for (const key of keys) cache.set(key, valueOf(key, 10_000));
      expect(gone.length).toBe(cache.stats().evictions);
      expect(new Set(gone).size).toBe(gone.length);
      const kept = keys.filter((key) => cache.has(key));
      expect([...kept, ...gone].toSorted()).toEqual(keys.toSorted());
      expect(kept.length).toBeGreaterThan(0);
      expect(cache.bytes).toBeLessThan(LIMIT);
      cache.dispose();
      expect(() => cache.get("key1")).toThrow("the cache was disposed");
    } finally {
      server.stop();
    }
  });

  test.each([1, 3])("what it does is told to watchers of %i memories, at its time", async (n) => {
    const server = await createServer({ ...settings, memoriesLeast: n });
    try {
      const cache = server.cache();
      const client = await TextClient.connect(server.port);
      const watcher = await LogWatcher.over(client, "fetchers mutations");
      // What was stamped when the watcher came is of another time by then.
      await Bun.sleep(100);
      const before = Date.now() * 1000 - CLOCKS_APART;
      for (let i = 0; i < 6; i++) cache.set(`key${i}`, "v").get(`key${i}`);
      const lines: string[] = [];
      while (lines.length < 18) {
        lines.push(await watcher.next());
        expect(watcher.microseconds).toBeWithin(before, Date.now() * 1000 + CLOCKS_APART);
      }
      expect(lines.filter((line) => !line.includes(" cfd=0"))).toEqual([]);
      // A set looks for what was there.
      const order = lines.map((line) => /key=(\w+)/.exec(line)?.[1]);
      expect(order).toEqual(Array.from({ length: 18 }, (_, i) => `key${Math.floor(i / 3)}`));
    } finally {
      server.stop();
    }
  });
});
