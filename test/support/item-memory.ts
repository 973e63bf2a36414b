/** What items occupy in a server, for tests that look for leaks. */

import { expect } from "bun:test";
import type { LiveServer } from "./live-server.ts";
import { until } from "./waiting.ts";

/** Chunks in use, of all slab classes. */
export async function usedChunks(server: LiveServer): Promise<number> {
  let sum = 0;
  for (const [name, value] of await server.stats("slabs")) {
    if (name.endsWith(":used_chunks")) sum += Number(value);
  }
  return sum;
}

/**
 * Waits until so many connections are open, the asking one counted and the listener not. With
 * several threads the end of one may be noticed after others were served.
 */
export function untilConnections(server: LiveServer, count: number): Promise<void> {
  return until(
    `${count} connections to be open`,
    async () => (await server.stat("curr_connections")) === count,
  );
}

/** Waits until no connection but the asking one is left. */
export function untilAlone(server: LiveServer): Promise<void> {
  return untilConnections(server, 1);
}

/** Deletes `keys`; nothing may be left over then, in any class. */
export async function expectNoLeak(server: LiveServer, keys: readonly string[]): Promise<void> {
  const client = await server.connect();
  for (const key of keys) await client.ask(`delete ${key}`);
  client.hangUp();
  expect(await server.stat("curr_items")).toBe(0);
  expect(await server.stat("bytes")).toBe(0);
  expect(await usedChunks(server)).toBe(0);
}
