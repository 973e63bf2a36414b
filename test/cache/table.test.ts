/**
 * The table over every kind of cache, in Bun and from the sources.
 */
import * as api from "../../src/index.ts";
import { afterAll, beforeAll, describe, test } from "bun:test";
import { FRESH, TABLE, TIMED, runRow } from "./table.ts";
import { cloneSupport } from "./clone-rows.ts";
import { structuredCloneCodec } from "../../src/cache/structured-clone.ts";
import { subjectsOf } from "./subjects.ts";

const ALL = Object.entries({ ...TABLE, ...cloneSupport(structuredCloneCodec, "Bun").rows });

describe.each(Object.entries(subjectsOf(api)))("%s", (_, subject) => {
  test.each(ALL)("%s", async (_, row) => {
    await runRow(row, subject);
  });
});

/** A server's ticks are seconds, so the rows that wait for them run once only. */
const ROWS = ALL.filter(([name]) => !FRESH.includes(name));
const UNTIMED = ROWS.filter(([name]) => !TIMED.includes(name));
const SERVERS: [threads: number, memories: number, rows: typeof ALL][] = [
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
    async (_, row) => {
      make().clear();
      await runRow(row, { api, tickMs: 1000, make });
    },
    20_000,
  );
});

/** Values above the largest chunk are in several there too. */
const LARGE_ITEMS = { itemSizeMax: 2 * 1024 * 1024, slabChunkMax: 512 * 1024 };

describe.each([1, 2])("a fresh server's, of %i threads", (threads) => {
  test.each(ALL.filter(([name]) => FRESH.includes(name)))(
    "%s",
    async (_, row) => {
      const memory = { memoryLimit: 16 * 1024 * 1024, ...LARGE_ITEMS };
      const server = await api.createServer({ port: 0, threads, ...memory });
      try {
        await runRow(row, { api, tickMs: 1000, make: (options) => server.cache(options) });
      } finally {
        server.stop();
      }
    },
    20_000,
  );
});
