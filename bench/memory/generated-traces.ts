/**
 * The traces that are made up: Zipf, Zipf with scans, a working set that shifts, and the change of
 * sizes that calcifies a slab allocator.
 *
 * Place: behind `trace-spec.ts`. All of it follows from the seed: two servers, or two runs, are
 * asked the same. Requests are gets; what is missing is set with the size given here.
 *
 *     zipf       keys by Zipf 0.99, each with one size of its own
 *     scan       the same, and in every 50,000 requests 10,000 that go through keys nobody asked
 *                for of late, one after the other
 *     shifting   Zipf 0.99 over a window that moves by a tenth of itself twenty times; with every
 *                move the values set from then on are of another size: they grow to eight times as
 *                much and shrink again
 *     calcify    small values under one set of keys, then large ones under another
 */
import { Random } from "../server/random.ts";
import type { Trace, TraceBlock } from "./trace.ts";
import { Zipf } from "./zipf.ts";

const EXPONENT = 0.99;
export const KEY_BYTES = 16;
/** Sizes are spread evenly over the powers of two between these: many small, some large. */
const SIZE_MIN = 16;
const SIZE_MAX = 2048;
const SIZE_DOUBLINGS = Math.log2(SIZE_MAX / SIZE_MIN);

const SCAN_PERIOD = 50_000;
const SCAN_LENGTH = 10_000;
/** A scan comes back to its first key after so many times the keys of the Zipf part. */
const SCANNED_FACTOR = 2;

const SHIFTS = 20;
/** What a shift leaves in the window: nine tenths. */
const SHIFT_SHARE = 0.1;
const GROWTH = [1, 2, 4, 8, 8, 4, 2] as const;
/** So that the largest values of this trace are as large as those of the others. */
const SHIFTING_SIZE_SHARE = 1 / 4;

export interface GeneratedOptions {
  readonly requests: number;
  readonly keys: number;
  readonly seed: number;
}

/** A well-mixed 32-bit number for each input, always the same (the finalizer of murmur3). */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export function sizeOf(key: number): number {
  const share = mix(key + 0x9e3779b9) / 2 ** 32;
  return Math.floor(SIZE_MIN * 2 ** (share * SIZE_DOUBLINGS));
}

const ZERO = 0x30;

/** A letter and fifteen digits: short, and the same length for all. */
export function writeKey(into: Buffer, at: number, letter: number, key: number): void {
  let rest = key;
  for (let digit = at + KEY_BYTES - 1; digit > at; digit--) {
    const tenth = Math.floor(rest / 10);
    into[digit] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  into[at] = letter;
}

const letterOf = (text: string): number => text.charCodeAt(0);

/** What the generated traces share: a number of requests, and one at a time. */
abstract class GeneratedTrace implements Trace {
  protected readonly random: Random;
  protected made = 0;
  private readonly requests: number;

  constructor(requests: number, seed: number) {
    this.requests = requests;
    this.random = new Random(seed);
  }

  read(block: TraceBlock): void {
    block.clear();
    for (; !block.isFull && this.made < this.requests; this.made++) this.next(block);
  }

  protected abstract next(block: TraceBlock): void;

  protected get(block: TraceBlock, letter: number, key: number, size: number): void {
    writeKey(block.keys, block.addGet(KEY_BYTES, size), letter, key);
  }
}

const POPULAR = letterOf("z");
const SCANNED = letterOf("s");

export class ZipfTrace extends GeneratedTrace {
  protected readonly zipf: Zipf;

  constructor({ requests, keys, seed }: GeneratedOptions) {
    super(requests, seed);
    this.zipf = new Zipf(keys, EXPONENT);
  }

  protected override next(block: TraceBlock): void {
    const key = this.zipf.draw(this.random);
    this.get(block, POPULAR, key, sizeOf(key));
  }
}

export class ScanTrace extends ZipfTrace {
  private scanned = 0;

  protected override next(block: TraceBlock): void {
    if (this.made % SCAN_PERIOD < SCAN_PERIOD - SCAN_LENGTH) return super.next(block);
    const key = this.scanned++ % (SCANNED_FACTOR * this.zipf.ranks);
    this.get(block, SCANNED, key, sizeOf(key + this.zipf.ranks));
  }
}

export class ShiftingTrace extends GeneratedTrace {
  private readonly zipf: Zipf;
  private readonly phaseLength: number;

  constructor({ requests, keys, seed }: GeneratedOptions) {
    super(requests, seed);
    // The window moves over all the keys: it ends where they end.
    this.zipf = new Zipf(Math.max(1, Math.floor(keys / (1 + SHIFTS * SHIFT_SHARE))), EXPONENT);
    this.phaseLength = Math.ceil(requests / (SHIFTS + 1));
  }

  protected override next(block: TraceBlock): void {
    const phase = Math.floor(this.made / this.phaseLength);
    const start = Math.floor(phase * SHIFT_SHARE * this.zipf.ranks);
    const key = start + this.zipf.draw(this.random);
    const growth = GROWTH[phase % GROWTH.length]! * SHIFTING_SIZE_SHARE;
    this.get(block, POPULAR, key, Math.max(1, Math.floor(sizeOf(key) * growth)));
  }
}

const SMALL = letterOf("a");
const LARGE = letterOf("b");

export interface CalcifyOptions {
  readonly seed: number;
  readonly smallBytes: number;
  readonly smallKeys: number;
  readonly smallRequests: number;
  readonly largeBytes: number;
  readonly largeKeys: number;
  readonly largeRequests: number;
}

export class CalcifyTrace extends GeneratedTrace {
  private readonly options: CalcifyOptions;
  private readonly large: Zipf;

  constructor(options: CalcifyOptions) {
    super(options.smallRequests + options.largeRequests, options.seed);
    this.options = options;
    this.large = new Zipf(options.largeKeys, EXPONENT);
  }

  protected override next(block: TraceBlock): void {
    const { smallKeys, smallRequests, smallBytes, largeBytes } = this.options;
    // One after the other: the shortest way to a cache that is full of them.
    if (this.made < smallRequests) this.get(block, SMALL, this.made % smallKeys, smallBytes);
    else this.get(block, LARGE, this.large.draw(this.random), largeBytes);
  }
}
