/**
 * A trace: requests in the order they are made, handed out block by block.
 *
 * Place: between what makes requests (`generated-traces.ts`, `trace-file.ts`) and what plays them
 * (`replay.ts`, `footprint.ts`). A block is filled again and again: a request's key is text in one
 * buffer of bytes, everything else stands in arrays of numbers, nothing is allocated per request.
 */

export enum Op {
  /** Cache-aside: a miss is followed by a set with the request's size. */
  GET,
  SET,
  DELETE,
}

/** memcached's own limit. */
const KEY_BYTES_MAX = 250;

export class TraceBlock {
  readonly capacity: number;
  count = 0;
  /** Key of request r: bytes `keyEnds[r]` to `keyEnds[r + 1]`. */
  readonly keys: Buffer;
  readonly keyEnds: Int32Array;
  /** Bytes of the value. */
  readonly sizes: Int32Array;
  readonly ops: Uint8Array;
  /** Seconds an item set by this request lives; 0 is for ever. */
  readonly ttls: Int32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.keys = Buffer.alloc(capacity * KEY_BYTES_MAX);
    this.keyEnds = new Int32Array(capacity + 1);
    this.sizes = new Int32Array(capacity);
    this.ops = new Uint8Array(capacity);
    this.ttls = new Int32Array(capacity);
  }

  clear(): void {
    this.count = 0;
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  /** A get of a key of `length` bytes that are written by the caller; returns where to. */
  addGet(length: number, size: number): number {
    return this.add(Op.GET, length, size, 0);
  }

  add(op: Op, length: number, size: number, ttl: number): number {
    const at = this.count++;
    const start = this.keyEnds[at]!;
    this.keyEnds[at + 1] = start + Math.min(length, KEY_BYTES_MAX);
    this.sizes[at] = size;
    this.ops[at] = op;
    this.ttls[at] = ttl;
    return start;
  }

  keyBytes(request: number): number {
    return this.keyEnds[request + 1]! - this.keyEnds[request]!;
  }

  keyText(request: number): string {
    return this.keys.toString("latin1", this.keyEnds[request], this.keyEnds[request + 1]);
  }
}

export interface Trace {
  /** Clears the block and fills it; it stays empty at the end of the trace. */
  read(block: TraceBlock): void;
}
