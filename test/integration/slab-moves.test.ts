/**
 * Goal: on a running server slab pages move between classes while clients are at work: whatever
 * was stored is there afterwards or was evicted, never changed; memory follows the limit.
 * Method: servers with one thread and with several; values say which key they belong to.
 */
import { describe, expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import type { TextClient } from "../support/text-client.ts";
import { until } from "../support/waiting.ts";

const TIMEOUT_MS = 60_000;
const PATIENCE_MS = 30_000;
const AT_ONCE = 100;

function valueOf(key: string, length: number): string {
  return key.repeat(Math.ceil(length / key.length)).slice(0, length);
}

function keysOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i}`);
}

async function store(client: TextClient, keys: readonly string[], length: number): Promise<void> {
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const lines = keys
      .slice(at, at + AT_ONCE)
      .map((key) => `set ${key} 0 0 ${length} noreply\r\n${valueOf(key, length)}\r\n`);
    client.send(lines.join(""));
    await client.ask("version");
  }
}

/** How many of the keys are there, each with its own value. */
async function countHits(
  client: TextClient,
  keys: readonly string[],
  length: number,
): Promise<number> {
  let hits = 0;
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const lines = await client.askAll(`get ${keys.slice(at, at + AT_ONCE).join(" ")}`);
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const [, key = ""] = (lines[i] as string).split(" ");
      if (lines[i + 1] !== valueOf(key, length)) throw new Error(`${key} has a wrong value`);
      hits++;
    }
  }
  return hits;
}

async function classOf(client: TextClient, key: string): Promise<number> {
  const line = await client.ask(`me ${key}`);
  return Number(/ cls=(\d+)/.exec(line)?.[1]);
}

function untilStill(server: LiveServer): Promise<void> {
  const isStill = async () => (await server.stat("slab_reassign_running")) === 0;
  return until("the end of the move", isStill, PATIENCE_MS);
}

describe.each([1, 4])("with %i threads", (threads) => {
  const start = (memoryMiB: number, ...words: string[]): Promise<LiveServer> =>
    LiveServer.start(["-t", String(threads), "-m", String(memoryMiB), ...words], {
      environment: { WASMCACHED_DEBUG: "1" },
    });

  test(
    "pages moved by hand under load: every value is there, and the log tells of each page",
    async () => {
      await using server = await start(64);
      const client = await server.connect();
      const small = keysOf("small", 100_000);
      await store(client, small, 100);
      await store(client, ["large"], 5000);
      const [from, to] = [await classOf(client, "small0"), await classOf(client, "large")];
      const watcher = await LogWatcher.start(server, "sysevents");
      const admin = await server.connect();
      await admin.ask("slabs automove 0");
      let busy = 0;
      const moving = (async () => {
        for (let moved = 0; moved < 10;) {
          const answer = await admin.ask(`slabs reassign ${from} ${to}`);
          if (answer === "OK") moved++;
          else if (answer.startsWith("BUSY")) busy++;
          else throw new Error(answer);
        }
        await untilStill(server);
        return true;
      })();
      const load = { isOver: false };
      void moving.finally(() => (load.isOver = true));
      for (let at = 0; !load.isOver; at = (at + 1000) % small.length) {
        await store(client, small.slice(at, at + 500), 100);
        expect(await countHits(client, small.slice(at, at + 1000), 100)).toBe(1000);
      }
      await moving;
      expect(await countHits(client, small, 100)).toBe(small.length);
      const lines = (await watcher.take(10)).filter((line) => line.startsWith("type=slab_move"));
      expect([...new Set(lines)]).toEqual([`type=slab_move src=${from} dst=${to} state=ok`]);
      const figures = await server.stats();
      expect(figures.get("slabs_moved")).toBe("10");
      expect(figures.get("evictions")).toBe("0");
      expect(Number(figures.get("slab_reassign_rescues"))).toBeGreaterThan(10_000);
      expect(await server.stat(`${to}:total_pages`, "slabs")).toBeGreaterThanOrEqual(10);
      expect(busy).toBeGreaterThan(0);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test.each([1, 2])(
    "values that grow get the pages of those before, automove %i",
    async (level) => {
      await using server = await start(16);
      const client = await server.connect();
      await client.ask(`slabs automove ${level}`);
      await client.ask("slabs automove window 3");
      await store(client, keysOf("small", 120_000), 100);
      // Two thirds of the memory; all of it is cut for the small ones.
      const large = keysOf("large", 1900);
      await store(client, large, 5000);
      expect(await countHits(client, large, 5000)).toBeLessThan(large.length / 2);
      await client.ask("debugtime 100");
      const hits = async (): Promise<number> => {
        await store(client, large, 5000);
        return countHits(client, large, 5000);
      };
      const enough = level === 2 ? large.length * 0.9 : large.length / 3;
      await until("hits", async () => (await hits()) >= enough, PATIENCE_MS);
      expect(await server.stat("slabs_moved")).toBeGreaterThan(0);
      await client.ask("slabs automove 0");
      await untilStill(server);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "a lower memory limit gives memory back to the system, a higher one takes it again",
    async () => {
      await using server = await start(64);
      const client = await server.connect();
      const keys = keysOf("key", 12_000);
      await store(client, keys, 5000);
      const before = server.residentKib();
      expect(await client.ask("cache_memlimit 16")).toBe("OK");
      const pages = async () => (await server.stat("total_malloced", "slabs")) / 2 ** 20;
      await until("the pages to be moved", async () => (await pages()) <= 16, PATIENCE_MS);
      // 48 MiB less; the program itself takes some.
      const hasShrunk = (): boolean => before - server.residentKib() > 36 * 1024;
      await until("memory to be given back", hasShrunk, PATIENCE_MS);
      const kept = await countHits(client, keys, 5000);
      expect(kept).toBeGreaterThan(1000);
      expect(kept).toBeLessThan(3500);
      expect(await client.ask("cache_memlimit 64")).toBe("OK");
      await store(client, keys, 5000);
      expect(await countHits(client, keys, 5000)).toBeGreaterThan(11_000);
      await untilStill(server);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "a page waits for a slow reader of a value in it, who gets the whole",
    async () => {
      await using server = await start(64, "-I", "8m");
      const client = await server.connect();
      const length = 6 << 20;
      const keys = ["one", "two", "three"];
      for (const key of keys) await store(client, [key], length);
      const reader = await server.connect();
      reader.pause();
      reader.send("get one\r\n");
      await until("the value to be held", async () => {
        return (await server.stat("get_hits")) === 1;
      });
      const large = [...(await server.stats("slabs")).keys()]
        .map((name) => Number(name.split(":")[0]))
        .filter((id) => id > 0)
        .reduce((most, id) => Math.max(most, id), 0);
      for (let moved = 0; moved < 6; moved++) {
        await client.ask(`slabs reassign ${large} 1`);
        const isStuck = async () => (await server.stat("slab_reassign_busy_items")) > 0;
        const isStill = async () => (await server.stat("slab_reassign_running")) === 0;
        await until("the move", async () => (await isStuck()) || (await isStill()), PATIENCE_MS);
        if (!(await isStill())) break;
      }
      expect(await server.stat("slab_reassign_running")).toBe(1);
      const status = (await server.stats()).get("slab_reassign_last_busy_status");
      expect(status).toBe("busy_active");
      expect(await client.ask(`slabs reassign ${large} 1`)).toStartWith("BUSY");
      reader.resume();
      expect(await reader.line()).toBe(`VALUE one 0 ${length}`);
      const bytes = await reader.take(length, PATIENCE_MS);
      expect(bytes.equals(Buffer.from(valueOf("one", length)))).toBe(true);
      await untilStill(server);
      for (const key of keys) expect(await countHits(client, [key], length)).toBe(1);
      expect(await client.ask("debugcheck")).toBe("OK");
    },
    TIMEOUT_MS,
  );

  test(
    "sysevents tells of each queue that was due to be crawled",
    async () => {
      await using server = await start(64);
      const client = await server.connect();
      const watcher = await LogWatcher.start(server, "sysevents");
      for (let i = 0; i < 5; i++) await client.ask(`set key${i} 0 ${i < 2 ? 1 : 0} 1\r\nx`);
      await client.ask("debugtime 5");
      const line = await watcher.next();
      const head = "type=lru_crawler crawler=1 lru=(hot|warm|cold|temp) low_mark=1 next_reclaims=0";
      const end = "since_run=\\d+ next_run=60 elapsed=\\d+ examined=\\d reclaimed=\\d";
      expect(line).toMatch(new RegExp(`^${head} ${end}$`));
    },
    TIMEOUT_MS,
  );
});
