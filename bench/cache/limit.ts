/**
 * By how much a process grows when its cache is filled several times over.
 *
 * Place: runs in a measuring process.
 */
import { Cache } from "../../src/cache/cache.ts";
import { residentBytes } from "./resident.ts";
import type { LimitResult, LimitTask } from "./task.ts";

const VALUE_BYTES_MAX = 4000;
const TIMES_OVER = 4;
const MEBIBYTE = 1024 * 1024;

/** Values of all lengths, so that all slab classes want their share. */
function fill(cache: Cache, bytes: number): void {
  const value = new Uint8Array(VALUE_BYTES_MAX);
  for (let stored = 0, i = 0; stored < bytes; i++) {
    const length = 1 + ((i * 7919) % VALUE_BYTES_MAX);
    cache.set(`key:${i}`, value.subarray(0, length));
    stored += length;
  }
}

export async function measureLimit({ maxBytes }: LimitTask): Promise<LimitResult> {
  // What the engine compiles and keeps is there before the first look.
  fill(new Cache({ maxBytes: MEBIBYTE }), 64 * MEBIBYTE);
  const start = await residentBytes();
  const cache = new Cache({ maxBytes });
  fill(cache, maxBytes * TIMES_OVER);
  const grown = (await residentBytes()) - start;
  const { bytes, evictions } = cache.stats();
  return { grown, stored: bytes, evictions };
}
