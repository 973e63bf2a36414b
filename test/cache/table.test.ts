/**
 * The table over every kind of cache, in Bun and from the sources.
 */
import * as api from "../../src/index.ts";
import { afterAll, beforeAll, describe, test } from "bun:test";
import { FRESH, TABLE, TIMED, runRow } from "./table.ts";
import { subjectsOf } from "./subjects.ts";

describe.each(Object.entries(subjectsOf(api)))("%s", (_, subject) => {
  test.each(Object.keys(TABLE))("%s", async (name) => {
    await runRow(name, subject);
  });
});

/** A server's ticks are seconds, so the rows that wait for them run once only. */
const ROWS = Object.keys(TABLE).filter((name) => !FRESH.includes(name));
const UNTIMED = ROWS.filter((name) => !TIMED.includes(name));
const SERVERS: [threads: number, memories: number, rows: readonly string[]][] = [
  [1, 1, UNTIMED],
  [2, 1, ROWS],
  [2, 3, UNTIMED],
];

describe.each(SERVERS)("a server's, of %i threads and %i memories", (threads, memories, rows) => {
  let server: api.RunningServer | null = null;
  const make = <V>(options: api.ViewOptions<V> = {}): api.Cache<V> => {
    if (server === null) throw new Error("the server has not started");
    return server.cache<V>(options);
  };

  beforeAll(async () => {
    const memory = { memoryLimit: memories * 8 * 1024 * 1024, memoriesLeast: memories };
    server = await api.createServer({ port: 0, ...memory, threads });
  });
  afterAll(() => server?.stop());

  test.each(rows)(
    "%s",
    async (name) => {
      make().clear();
      await runRow(name, { api, tickMs: 1000, make });
    },
    20_000,
  );
});

/** Values above the largest chunk are in several there too. */
const LARGE_ITEMS = { itemSizeMax: 2 * 1024 * 1024, slabChunkMax: 512 * 1024 };

describe.each([1, 2])("a fresh server's, of %i threads", (threads) => {
  test.each(FRESH)(
    "%s",
    async (name) => {
      const memory = { memoryLimit: 16 * 1024 * 1024, ...LARGE_ITEMS };
      const server = await api.createServer({ port: 0, threads, ...memory });
      try {
        await runRow(name, { api, tickMs: 1000, make: (options) => server.cache(options) });
      } finally {
        server.stop();
      }
    },
    20_000,
  );
});
