/**
 * The keys and values a load works on.
 *
 * Place: used to write the requests and the answers expected for them (`script.ts`). A key has 14
 * bytes. The values are windows into one pool of random bytes, each key at its own offset: every
 * value is different from those of other keys, yet the pool stays small enough for the processor's
 * cache, so that checking a large answer does not cost more than receiving it. `version` moves all
 * the windows: what a set load writes differs from what was there before.
 */
import { Random } from "./random.ts";

export interface DataSetSpec {
  /** The start of each key; keeps the sets apart within a server. */
  readonly prefix: string;
  readonly keys: number;
  readonly valueBytes: number;
}

const KEY_BYTES = 14;
/** Windows start at this many different offsets; a power of two, for the odd stride below. */
const OFFSETS = 131_072;
const STRIDE = 61;
const VERSION_STRIDE = 7919;

export function keyName(prefix: string, index: number): string {
  return prefix + String(index).padStart(KEY_BYTES - prefix.length, "0");
}

export class DataSet {
  readonly keys: number;
  readonly valueBytes: number;
  readonly pool: Uint8Array;
  private readonly prefix: string;
  private readonly version: number;

  constructor(spec: DataSetSpec, version: number) {
    this.prefix = spec.prefix;
    this.keys = spec.keys;
    this.valueBytes = spec.valueBytes;
    this.version = version;
    const words = new Int32Array((OFFSETS + spec.valueBytes + 3) >>> 2);
    const random = new Random(1);
    for (let at = 0; at < words.length; at++) words[at] = random.next();
    this.pool = new Uint8Array(words.buffer);
  }

  key(index: number): string {
    return keyName(this.prefix, index);
  }

  /** Where in the pool the value of a key starts. */
  valueOffset(index: number): number {
    return (index * STRIDE + this.version * VERSION_STRIDE) % OFFSETS;
  }
}
