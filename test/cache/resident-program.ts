/**
 * Fills a cache several times over, in a process of its own, and prints by how much its resident
 * memory has grown and what the cache says of itself. Argument: `maxBytes`.
 */
import { Cache } from "../../src/cache/cache.ts";

const [maxBytes = 0] = process.argv.slice(2).map(Number);
const value = new Uint8Array(4000);

/** Stores so many bytes of values, from 1 to 4000 each. */
function fill(cache: Cache, bytes: number): void {
  let stored = 0;
  for (let i = 0; stored < bytes; i++) {
    const length = 1 + ((i * 7919) % value.length);
    cache.set(`key${i}`, value.subarray(0, length));
    stored += length;
  }
}

// Everything that the engine compiles and keeps is there before the first look.
fill(new Cache({ maxBytes: 1024 * 1024 }), 64 * 1024 * 1024);
Bun.gc(true);
const before = process.memoryUsage.rss();
const cache = new Cache({ maxBytes });
fill(cache, maxBytes * 3);
Bun.gc(true);
const grown = process.memoryUsage.rss() - before;
const { bytes, size, evictions } = cache.stats();
console.log(JSON.stringify({ grown, bytes, size, evictions }));
