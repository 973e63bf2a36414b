/**
 * Crawls that nobody asked for: an item that expires behind live ones, where no allocation and no
 * get comes by, gives its memory back (specification §8.7).
 *
 * Method: a server in process whose time is moved on, and not a command meanwhile. Where the
 * crawler, or the maintainer that orders its crawls, is switched off, the item stays.
 */
import { expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

/** Longer than the schedule's first wait for a minute in which nothing is due. */
const PATIENCE_SECONDS = 600;

async function figure(server: LocalServer, name: string): Promise<number> {
  const client = await server.connect();
  client.send(latin1("stats\r\n"));
  const text = Buffer.from(client.received()).toString("latin1");
  client.hangUp();
  return Number(new RegExp(`^STAT ${name} (\\S+)`, "m").exec(text)?.[1]);
}

/** Items, and those that a crawler reclaimed, after an item between live ones has expired. */
async function afterwards(
  mode: string,
  ...options: string[]
): Promise<[items: number, reclaimed: number]> {
  const server = new LocalServer(options);
  const client = await server.connect();
  client.send(latin1(`lru mode ${mode}\r\n`));
  for (const [key, ttl] of [
    ["old", 0],
    ["short", 20],
    ["young", 0],
  ] as const) {
    client.send(latin1(`set ${key} 0 ${ttl} 1\r\nx\r\n`));
  }
  client.hangUp();
  expect(await figure(server, "curr_items")).toBe(3);
  await server.advance(PATIENCE_SECONDS);
  expect(await figure(server, "cmd_get")).toBe(0);
  return [await figure(server, "curr_items"), await figure(server, "crawler_reclaimed")];
}

test.each(["segmented", "flat"])("%s: an expired item behind live ones goes", async (mode) => {
  expect(await afterwards(mode)).toEqual([2, 1]);
});

test.each(["no_lru_crawler", "no_lru_maintainer"])("with %s it stays", async (word) => {
  expect(await afterwards("flat", "-o", word)).toEqual([3, 0]);
});
