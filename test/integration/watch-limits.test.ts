/**
 * Goal: watching costs nobody else anything. A watcher who does not read is skipped, and told how
 * much; what waits for him is bounded; a full ring of a worker drops records; every line is
 * accounted for; there are twenty watchers at most, and who leaves makes room.
 * Method: real servers with one thread and with several; figures from `stats` are compared with
 * what arrived, exactly.
 */
import { describe, expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import type { TextClient } from "../support/text-client.ts";
import { untilAlone } from "../support/item-memory.ts";
import { until } from "../support/waiting.ts";

/** Far more than a watcher's 16 KiB, far less than the lines that it does not read. */
const GROWTH_MAX_KIB = 24 * 1024;

const KEYS = 100;
const GET = `get${" nothing-of-any-kind-is-stored-here".repeat(KEYS)}\r\n`;
const END = "END\r\n";

/** So many gets of KEYS keys each. */
async function get(client: TextClient, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    client.send(GET);
    await client.take(END.length);
  }
}

interface Figures {
  readonly written: number;
  readonly dropped: number;
  readonly sent: number;
  readonly skipped: number;
  readonly watchers: number;
}

async function figures(server: LiveServer): Promise<Figures> {
  const stats = await server.stats();
  const figure = (name: string): number => Number(stats.get(`log_${name}`));
  return {
    written: figure("worker_written"),
    dropped: figure("worker_dropped"),
    sent: figure("watcher_sent"),
    skipped: figure("watcher_skipped"),
    watchers: figure("watchers"),
  };
}

async function untilWatchers(server: LiveServer, count: number): Promise<void> {
  const counted = async (): Promise<boolean> => (await figures(server)).watchers === count;
  await until(`${count} watchers`, counted);
}

/** Waits until all that was recorded was given away or skipped. */
async function untilSettled(server: LiveServer): Promise<Figures> {
  let last = await figures(server);
  await until("the logger to be done", async () => {
    last = await figures(server);
    return last.sent + last.skipped === last.written;
  });
  return last;
}

describe.each([1, 4])("-t %d", (threads) => {
  const start = (...words: string[]): Promise<LiveServer> =>
    LiveServer.start(["-t", String(threads), ...words]);

  test("a watcher who does not read is skipped, and costs neither time nor memory", async () => {
    await using server = await start("-o", "watcher_logbuf_size=16,worker_logbuf_size=1024");
    const watcher = await LogWatcher.start(server, "fetchers");
    const client = await server.connect();
    await get(client, 20);
    await untilSettled(server);
    watcher.client.pause();
    const resident = server.residentKib();
    let rounds = 20;
    let slowest = 0;
    // The kernel takes some megabytes before a line is skipped.
    while ((await figures(server)).skipped < 1000 && rounds < 20_000) {
      const before = performance.now();
      await get(client, 40);
      slowest = Math.max(slowest, performance.now() - before);
      rounds += 40;
    }
    expect(slowest).toBeLessThan(1000);
    expect(server.residentKib() - resident).toBeLessThan(GROWTH_MAX_KIB);
    const settled = await untilSettled(server);
    expect(settled.skipped).toBeGreaterThanOrEqual(1000);
    expect(settled.written + settled.dropped).toBe(rounds * KEYS);

    watcher.client.resume();
    const counts = { lines: 0, skipped: 0 };
    while (counts.lines < settled.sent || counts.skipped < settled.skipped) {
      const line = await watcher.client.line();
      const [, skipped] = /^skipped=(\d+)$/.exec(line) ?? [];
      if (skipped === undefined) counts.lines++;
      else counts.skipped += Number(skipped);
    }
    expect(counts).toEqual({ lines: settled.sent, skipped: settled.skipped });
    // It is served again like any other.
    await get(client, 1);
    expect((await watcher.take(KEYS)).at(-1)).toStartWith("type=item_get");
  }, 30_000);

  test("a record that finds its worker's ring full is dropped, the get is answered", async () => {
    await using server = await start("-o", "worker_logbuf_size=1");
    const watcher = await LogWatcher.start(server, "fetchers");
    const client = await server.connect();
    await get(client, 1);
    const { written, dropped, sent } = await untilSettled(server);
    expect(written + dropped).toBe(KEYS);
    expect(dropped).toBeGreaterThan(0);
    expect(sent).toBe(written);
    expect(await watcher.take(written)).toHaveLength(written);
    // The ring is of use again.
    expect(await client.ask("mg nothing v")).toBe("EN");
    expect(await watcher.take(1)).toHaveLength(1);
    expect((await figures(server)).dropped).toBe(dropped);
  });

  test("every line is counted once for each watcher, and nothing when nobody watches", async () => {
    await using server = await start();
    const client = await server.connect();
    await get(client, 3);
    const nothing = { written: 0, dropped: 0, sent: 0, skipped: 0, watchers: 0 };
    expect(await figures(server)).toEqual(nothing);
    const one = await LogWatcher.start(server, "fetchers");
    const two = await LogWatcher.start(server, "fetchers mutations");
    const three = await LogWatcher.start(server, "mutations evictions");
    await get(client, 2);
    expect(await client.ask("set k 0 0 1\r\nx")).toBe("STORED");
    const lookups = 2 * KEYS + 1;
    expect((await one.take(lookups)).at(-1)).toContain("type=item_get key=k ");
    expect((await two.take(lookups + 1)).at(-1)).toContain("type=item_store key=k ");
    expect(await three.take(1)).toEqual([expect.stringContaining("type=item_store key=k ")]);
    expect(await figures(server)).toEqual({
      written: lookups + 1,
      dropped: 0,
      sent: 2 * lookups + 2,
      skipped: 0,
      watchers: 3,
    });
    expect(await client.ask("stats reset")).toBe("RESET");
    expect(await figures(server)).toEqual({ ...nothing, watchers: 3 });
    for (const watcher of [one, two, three]) watcher.client.hangUp();
    await untilWatchers(server, 0);
    // The logger hears a moment later that they have gone.
    await until("nothing to be recorded", async () => {
      const { written } = await figures(server);
      await get(client, 1);
      return (await figures(server)).written === written;
    });
    expect(await client.ask("stats reset")).toBe("RESET");
    await get(client, 2);
    expect(await figures(server)).toEqual(nothing);
  });

  test("there are twenty watchers at most", async () => {
    await using server = await start();
    const watchers: LogWatcher[] = [];
    for (let i = 0; i < 20; i++) watchers.push(await LogWatcher.start(server, "connevents"));
    const late = await server.connect();
    const refusal = "WATCHER_TOO_MANY log watcher limit reached";
    expect(await late.ask("watch")).toBe(refusal);
    expect(await late.ask("watch evictions")).toBe(refusal);
    // It is a client like any other, and can become a watcher once there is room.
    expect(await late.ask("mg nothing v")).toBe("EN");
    watchers[7]?.client.hangUp();
    watchers[8]?.client.endInput();
    await untilWatchers(server, 18);
    expect(await late.ask("watch")).toBe("OK");
    await LogWatcher.start(server, "");
    expect(await (await server.connect()).ask("watch")).toBe(refusal);
  });

  test("a watcher's connection: its state, its input, its end", async () => {
    await using server = await start("-A");
    const watcher = await LogWatcher.start(server, "evictions");
    const states = async (): Promise<string[]> =>
      [...(await server.stats("conns"))]
        .filter(([key]) => key.endsWith(":state"))
        .map((kv) => kv[1]);
    expect(await states()).toContain("conn_watch");
    watcher.client.send("quit\r\nversion\r\nshutdown\r\n".repeat(10_000));
    await until("the input to be read", async () => {
      return (await server.stat("bytes_read")) > 25 * 10_000;
    });
    expect(watcher.client.arrivedLength).toBe(0);
    expect(watcher.client.hasEnded).toBe(false);
    watcher.client.hangUp();
    await untilWatchers(server, 0);
    await untilAlone(server);
    expect(await states()).not.toContain("conn_watch");
  });
});
