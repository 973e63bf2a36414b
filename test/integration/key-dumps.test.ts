/**
 * Dumps of keys from a running server: metadump and mgdump while others are at work, to slow
 * readers, and to readers that go away.
 *
 * A dump, of all or of some classes, lists each key that lives all the while just once.
 */
import { describe, expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { CRAWL_STALL_SECONDS } from "../../assembly/shared/limits.ts";
import { Certificates } from "../support/certificates.ts";
import { TextClient } from "../support/text-client.ts";
import { testWith } from "../support/peers.ts";
import { until } from "../support/waiting.ts";

const MANY = 200_000;

/** What a dump may add to the server's memory: its outbox, and what a socket holds back. */
const GROWTH_MAX_KIB = 16 * 1024;

const OTHERS_WAIT_MAX_MS = 1000;
const PATIENCE_MS = 60_000;

/** Stores keys `<prefix>0` … in large batches. */
async function fill(client: TextClient, prefix: string, count: number, ttl = 0): Promise<void> {
  const batch = 5000;
  for (let from = 0; from < count; from += batch) {
    let text = "";
    for (let i = from; i < Math.min(from + batch, count); i++) {
      text += `set ${prefix}${i} 0 ${ttl} 1 noreply\r\nv\r\n`;
    }
    client.send(`${text}mn\r\n`);
    expect(await client.line()).toBe("MN");
  }
}

/** Lines of a dump whose request was sent, `OK` and the last line left out. */
async function dumpLines(client: TextClient, last = "END"): Promise<string[]> {
  expect(await client.line()).toBe("OK");
  const lines: string[] = [];
  for (let line = await client.line(); line !== last; line = await client.line()) lines.push(line);
  return lines;
}

/** A whole dump, begun as soon as nobody else crawls: the server may do so on its own. */
async function dump(client: TextClient, command: string, last = "END"): Promise<string[]> {
  const lines: string[] = [];
  await until("the right to crawl", async () => {
    const line = await client.ask(`lru_crawler ${command}`);
    return line === "OK";
  });
  for (let line = await client.line(); line !== last; line = await client.line()) lines.push(line);
  return lines;
}

function keysOf(lines: readonly string[]): string[] {
  return lines.map((line) => /^(?:key=|mg )(\S+)/.exec(line)?.[1] ?? `odd line: ${line}`);
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

async function expectOthersServed(server: LiveServer): Promise<void> {
  const other = await server.connect();
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    expect(await other.ask("get nothing")).toBe("END");
    expect(performance.now() - start).toBeLessThan(OTHERS_WAIT_MAX_MS);
  }
  other.hangUp();
}

async function isCrawling(server: LiveServer): Promise<boolean> {
  return (await server.stat("lru_crawler_running")) === 1;
}

/** A crawl of the server's own that made way for a dump goes on behind it. */
function untilNobodyCrawls(server: LiveServer): Promise<void> {
  return until("all crawls to end", async () => !(await isCrawling(server)));
}

/** Has a client that reads nothing from now on ask for a dump; until that has begun. */
async function beginUnread(server: LiveServer, reader: TextClient, command: string): Promise<void> {
  reader.pause();
  reader.send(`lru_crawler ${command}\r\n`);
  await until("the dump to begin", async () => {
    const states = [...(await server.stats("conns"))].filter(([name]) => name.endsWith(":state"));
    return states.some(([, state]) => state === "conn_watch");
  });
}

describe.each([1, 4])("-t %i", (threads) => {
  const words = ["-t", String(threads), "-m", "256"];

  test(
    "a reader that stops reading costs nothing, and gets every key when it goes on",
    async () => {
      await using server = await LiveServer.start(words);
      const reader = await server.connect();
      await fill(reader, "key", MANY);
      // Once through, so that what a first dump needs is there before measuring.
      expect(await dump(reader, "metadump 63")).toEqual([]);
      const before = server.residentKib();
      reader.pause();
      reader.send("lru_crawler metadump hash\r\nmn\r\n");
      await until("the dump to begin", () => isCrawling(server));
      await expectOthersServed(server);
      const other = await server.connect();
      const busy = "BUSY currently processing crawler request";
      expect(await other.ask("lru_crawler metadump all")).toBe(busy);
      expect(await other.ask("lru_crawler mgdump hash")).toBe(busy);
      expect(await other.ask("lru_crawler crawl all")).toBe(busy);
      expect(server.residentKib() - before).toBeLessThan(GROWTH_MAX_KIB);
      reader.resume();
      const keys = keysOf(await dumpLines(reader));
      expect(keys.length).toBe(MANY);
      expect(new Set(keys).size).toBe(MANY);
      expect(await reader.line()).toBe("MN");
      await untilNobodyCrawls(server);
      expect(await other.ask("lru_crawler mgdump 63")).toBe("OK");
      expect(await other.line()).toBe("EN");
    },
    PATIENCE_MS,
  );

  test(
    "a reader that has stopped for long is in nobody's way, and gets every key all the same",
    async () => {
      const environment = { WASMCACHED_DEBUG: "1" };
      await using server = await LiveServer.start(words, { environment });
      const owner = await server.connect();
      await fill(owner, "key", MANY);
      await fill(owner, "expires", 1000, 10_000);
      const reader = await server.connect();
      await beginUnread(server, reader, "metadump all");
      expect(await owner.ask("lru_crawler mgdump 1,2,3")).toStartWith("BUSY");
      // Until the sockets are full the dump goes on, and that counts.
      await until("the right to crawl to be lost", async () => {
        await owner.ask(`debugtime ${CRAWL_STALL_SECONDS + 1}`);
        return (await owner.ask("lru_crawler crawl 63")) === "OK";
      });
      const others = keysOf(await dump(owner, "mgdump 1,2,3", "EN"));
      expect([others.length, new Set(others).size]).toEqual([MANY + 1000, MANY + 1000]);
      // What expires is reclaimed, too: a refused request puts that off for a minute.
      const isReclaimed = async (): Promise<boolean> => {
        expect(await owner.ask("debugtime 1000")).toBe("OK");
        return (await server.stat("curr_items")) === MANY;
      };
      await until("a crawl", isReclaimed, 20_000);
      reader.resume();
      const keys = keysOf(await dumpLines(reader)).filter((key) => key.startsWith("key"));
      expect([keys.length, new Set(keys).size]).toEqual([MANY, MANY]);
      expect(await reader.ask("mn")).toBe("MN");
      await untilNobodyCrawls(server);
    },
    PATIENCE_MS,
  );

  test("a crawl of the server's own is in no client's way", async () => {
    const environment = { WASMCACHED_DEBUG: "1" };
    await using server = await LiveServer.start(words, { environment });
    const client = await server.connect();
    await fill(client, "key", 20_000);
    // A slice a second: the crawl that was due would take a minute.
    expect(await client.ask("lru_crawler sleep 1000000")).toBe("OK");
    expect(await client.ask("debugtime 4000")).toBe("OK");
    await until("a crawl", () => isCrawling(server));
    expect(keysOf(await dump(client, "metadump all")).length).toBe(20_000);
    await until("the crawl to go on", () => isCrawling(server));
    expect(await client.ask("lru_crawler crawl 63")).toBe("OK");
    await until("the other crawl to end, and what is due to begin", async () => {
      return (await isCrawling(server)) && (await server.stat("lru_crawler_starts")) > 1;
    });
    expect(keysOf(await dump(client, "mgdump all", "EN")).length).toBe(20_000);
  });

  test(
    "a reader that goes away gives the right to crawl back",
    async () => {
      await using server = await LiveServer.start(words);
      const owner = await server.connect();
      await fill(owner, "key", MANY);
      for (const command of ["metadump all", "metadump hash", "mgdump 1,2"]) {
        const reader = await server.connect();
        reader.pause();
        reader.send(`lru_crawler ${command}\r\n`);
        await until("the dump to begin", () => isCrawling(server));
        reader.hangUp();
        await until("the dump to end", async () => !(await isCrawling(server)));
      }
      const keys = keysOf(await dump(owner, "mgdump hash", "EN"));
      expect(keys.length).toBe(MANY);
    },
    PATIENCE_MS,
  );

  test(
    "what lives all the while is listed once, whatever others do",
    async () => {
      await using server = await LiveServer.start(words);
      const owner = await server.connect();
      const count = 30_000;
      await fill(owner, "stays", count);
      await fill(owner, "expires", count, 2);
      const load = { isOver: false };
      const others = Array.from({ length: 4 }, async (_, index) => {
        const client = await server.connect();
        for (let i = 0; !load.isOver; i++) {
          const stay = `stays${(i * 7919 + index * 13) % count}`;
          client.send(
            `set new${index}:${i} 0 1 1 noreply\r\nv\r\nget ${stay}\r\nget ${stay}\r\n` +
              `delete new${index}:${i - 3} noreply\r\ntouch ${stay} 0 noreply\r\nmn\r\n`,
          );
          while ((await client.line()) !== "MN");
        }
        client.hangUp();
      });
      for (let round = 0; round < 5; round++) {
        const keys = keysOf(await dump(owner, "metadump all"));
        const stays = keys.filter((key) => key.startsWith("stays"));
        expect([stays.length, new Set(stays).size]).toEqual([count, count]);
        const expires = keys.filter((key) => key.startsWith("expires"));
        expect(new Set(expires).size).toBe(expires.length);
      }
      load.isOver = true;
      await Promise.all(others);
    },
    PATIENCE_MS,
  );

  test("what a dump listed can be fetched over the same connection", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await fill(client, "key", 3000);
    const keys = keysOf(await dump(client, "metadump all"));
    expect(keys.toSorted()).toEqual(named("key", 3000).toSorted());
    for (const key of keys.slice(0, 500)) {
      expect(await client.askAll(`get ${key}`)).toEqual([`VALUE ${key} 0 1`, "v", "END"]);
    }
  });

  test("commands sent behind a dump are answered after it", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await fill(client, "key", 5000);
    client.send("lru_crawler mgdump hash\r\nget key7\r\nset a 0 0 1\r\nx\r\n");
    expect((await dumpLines(client, "EN")).length).toBe(5000);
    expect([await client.line(), await client.line()]).toEqual(["VALUE key7 0 1", "v"]);
    expect([await client.line(), await client.line()]).toEqual(["END", "STORED"]);
  });

  test("the crawler switched off in the middle of a crawl gives the right back", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await fill(client, "key", 50_000);
    expect(await client.ask("lru_crawler sleep 1000000")).toBe("OK");
    expect(await client.ask("lru_crawler crawl all")).toBe("OK");
    expect(await isCrawling(server)).toBe(true);
    expect(await client.ask("lru_crawler disable")).toBe("OK");
    await until("the crawl to end", async () => !(await isCrawling(server)));
    expect(await client.ask("lru_crawler enable")).toBe("OK");
    expect(await client.ask("lru_crawler sleep 0")).toBe("OK");
    const keys = keysOf(await dump(client, "mgdump all", "EN"));
    expect(new Set(keys).size).toBe(50_000);
    expect(keys.length).toBe(50_000);
  });

  test("a crawl reclaims what has expired anywhere, and says so in stats", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await fill(client, "expires", 2000, 1);
    await fill(client, "stays", 2000);
    const starts = await server.stat("lru_crawler_starts");
    await Bun.sleep(1500);
    // A crawl of the server's own may be at work.
    await until("the crawl", async () => (await client.ask("lru_crawler crawl all")) === "OK");
    await until("all to be reclaimed", async () => (await server.stat("curr_items")) === 2000);
    expect(await server.stat("lru_crawler_starts")).toBeGreaterThan(starts);
    expect(await server.stat("expired_unfetched")).toBe(2000);
    const reclaimed = await server.stat("crawler_reclaimed");
    expect(reclaimed + (await server.stat("reclaimed"))).toBe(2000);
    expect(await server.stat("crawler_items_checked")).toBeGreaterThan(0);
  });

  test("what expires at a tail is reclaimed without being asked", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await fill(client, "expires", 5000, 1);
    expect(await server.stat("curr_items")).toBe(5000);
    await until("all to be reclaimed", async () => (await server.stat("curr_items")) === 0, 10_000);
  });
});

testWith("openssl", "a dump over TLS", async () => {
  const { certFile, keyFile } = new Certificates().selfSigned("server");
  const words = ["-Z", "-o", `ssl_chain_cert=${certFile},ssl_key=${keyFile}`];
  await using server = await LiveServer.start(words);
  const client = await TextClient.connectTls(server.port);
  await fill(client, "key", 20_000);
  expect((await dump(client, "metadump hash")).length).toBe(20_000);
  expect(await client.ask("mn")).toBe("MN");
});
