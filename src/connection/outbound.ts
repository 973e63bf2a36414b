/**
 * What a slow reader has not taken yet: copied replies, and values pinned in their items, in order.
 *
 * Nothing is read from a connection while this is not empty, so it holds at most one outbox and the
 * values of one get. A value in chunks is never gathered: its segment stands at one run, and goes
 * on to the next.
 *
 *     segments  │ copy │ item a: [at … end) │ copy │ item b: run 7 of 40: [at … end) │
 */
import type { Context } from "../command/context.ts";
import { PARTS_MAX, Parts } from "../base/parts.ts";
import { Result } from "../../assembly/shared/status.ts";
import type { Transport } from "./transport.ts";

type Core = Context["core"];

interface Segment {
  /** A copy; null = it is in linear memory. */
  copy: Uint8Array | null;
  /** From where to where: in the copy, or addresses. */
  at: number;
  end: number;
  /** Item to release when the segment is sent; 0 = none. */
  readonly itemPtr: number;
  /** Chunk that this run of the item's value is in; 0 = the value is in one piece. */
  chunkPtr: number;
}

/** What the next write takes from linear memory. One for all: it is used up within `send`. */
const window = new Parts();

export class Outbound {
  #segments: Segment[] = [];
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Queues a copy of bytes[start … end). */
  pushCopy(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const copy = bytes.slice(start, end);
    this.#push(copy, 0, copy.length, 0);
  }

  /** Queues memory[start … end), which the hold on the item keeps as it is. */
  pushItem(start: number, end: number, itemPtr: number): void {
    this.#push(null, start, end, itemPtr);
  }

  /** Queues a value in chunks, from its first run on. */
  pushRuns(itemPtr: number): void {
    const segment = this.#push(null, 0, 0, itemPtr);
    segment.chunkPtr = itemPtr;
    this.#advance(segment);
  }

  /** Queues memory[start … end) until `keepLent`. */
  lend(start: number, end: number): void {
    this.#push(null, start, end, 0);
  }

  /** What was lent, which is the outbox's, and has not gone is copied. */
  keepLent(): void {
    for (const segment of this.#segments) {
      if (segment.itemPtr !== 0 || segment.copy !== null) continue;
      segment.copy = this.#core.bytes.slice(segment.at, segment.end);
      segment.end -= segment.at;
      segment.at = 0;
    }
  }

  #push(copy: Uint8Array | null, at: number, end: number, itemPtr: number): Segment {
    const segment = { copy, at, end, itemPtr, chunkPtr: 0 };
    this.#segments.push(segment);
    return segment;
  }

  /** The next run of a value; its chunk, or 0. */
  #nextRun(chunkPtr: number): number {
    return this.#core.address(this.#core.abi.nextRun(chunkPtr));
  }

  /** Goes on to the segment's next run; false when there is none. */
  #advance(segment: Segment): boolean {
    const { result } = this.#core;
    if (segment.chunkPtr === 0) return false;
    segment.chunkPtr = this.#nextRun(segment.chunkPtr);
    if (segment.chunkPtr === 0) return false;
    segment.at = result[Result.VALUE_PTR] as number;
    segment.end = segment.at + (result[Result.VALUE_LENGTH] as number);
    return true;
  }

  /** Sends what goes. Returns the bytes sent, -1 when the socket is gone. */
  send(transport: Transport): number {
    let sent = 0;
    while (this.#segments.length > 0) {
      const { copy, at, end } = this.#segments[0] as Segment;
      const offered = copy === null ? this.#fillWindow() : end - at;
      const taken =
        copy === null
          ? transport.writeParts(this.#core.memories, window)
          : transport.write(copy, at, offered);
      if (taken < 0) return -1;
      sent += taken;
      this.#drop(taken);
      if (taken < offered) break;
    }
    return sent;
  }

  /** Gathers what comes first and is in linear memory, run by run; returns how many bytes. */
  #fillWindow(): number {
    const { result } = this.#core;
    const parts = window;
    let offered = 0;
    parts.reset();
    for (const segment of this.#segments) {
      if (segment.copy !== null || parts.count === PARTS_MAX) break;
      let length = segment.end - segment.at;
      parts.add(segment.at, length, 0);
      offered += length;
      let at = segment.chunkPtr;
      while (at !== 0 && parts.count < PARTS_MAX) {
        at = this.#nextRun(at);
        if (at === 0) break;
        length = result[Result.VALUE_LENGTH] as number;
        parts.add(result[Result.VALUE_PTR] as number, length, 0);
        offered += length;
      }
      // The window ends within this value.
      if (at !== 0) break;
    }
    return offered;
  }

  /** The first `count` bytes were sent. */
  #drop(count: number): void {
    let left = count;
    let done = 0;
    for (const segment of this.#segments) {
      left = this.#dropFrom(segment, left);
      if (left < 0) break;
      if (segment.itemPtr !== 0) this.#core.abi.release(segment.itemPtr);
      done++;
    }
    if (done > 0) this.#segments = this.#segments.slice(done);
  }

  /** Bytes of `count` that are behind the segment, or -1 when not all of it was sent. */
  #dropFrom(segment: Segment, count: number): number {
    let left = count;
    do {
      const size = segment.end - segment.at;
      if (left < size) {
        segment.at += left;
        return -1;
      }
      left -= size;
      segment.at = segment.end;
    } while (this.#advance(segment));
    return left;
  }

  /** Lets go of everything. */
  clear(): void {
    for (const { itemPtr } of this.#segments) {
      if (itemPtr !== 0) this.#core.abi.release(itemPtr);
    }
    this.#segments = [];
  }
}
