/**
 * The footprint of a trace: what all its keys and values weigh together.
 *
 * Place: run once before a trace is played, to size the caches. Each key counts once, with its
 * length and the size it first comes with; what a server needs on top of that does not count. Keys
 * are told apart by 52 bits of a hash, which lie in a table of their own: ten million keys take
 * 256 MiB for a moment.
 */
import { TraceBlock, type Trace } from "./trace.ts";

const BLOCK = 4096;
const START = 1 << 16;
/** A fuller table is doubled. */
const FULL = 0.6;

export interface Footprint {
  readonly requests: number;
  readonly keys: number;
  readonly bytes: number;
}

/** A set of positive integers: open addressing, 0 is an empty place. */
class HashSet {
  count = 0;
  private places = new Float64Array(START);

  /** Whether it was not there yet. */
  add(hash: number): boolean {
    if (this.count > this.places.length * FULL) this.grow();
    const at = this.find(hash);
    if (this.places[at] === hash) return false;
    this.places[at] = hash;
    this.count++;
    return true;
  }

  private find(hash: number): number {
    const mask = this.places.length - 1;
    let at = hash % this.places.length;
    while (this.places[at] !== 0 && this.places[at] !== hash) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const old = this.places;
    this.places = new Float64Array(old.length * 2);
    for (const hash of old) if (hash !== 0) this.places[this.find(hash)] = hash;
  }
}

/** FNV-1a twice, with different starts; 52 bits of both together, never 0. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  let low = 0x811c9dc5;
  let high = 0x2b3c4d5e;
  for (let at = from; at < to; at++) {
    low = Math.imul(low ^ bytes[at]!, 0x01000193);
    high = Math.imul(high ^ bytes[at]!, 0x01000193) ^ (high >>> 15);
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0) + 1;
}

export function footprintOf(trace: Trace): Footprint {
  const block = new TraceBlock(BLOCK);
  const seen = new HashSet();
  let requests = 0;
  let bytes = 0;
  for (trace.read(block); block.count > 0; trace.read(block)) {
    requests += block.count;
    for (let at = 0; at < block.count; at++) {
      const start = block.keyEnds[at]!;
      const end = block.keyEnds[at + 1]!;
      if (seen.add(hashOf(block.keys, start, end))) bytes += end - start + block.sizes[at]!;
    }
  }
  return { requests, keys: seen.count, bytes };
}
