/**
 * What a slow reader has not taken yet: copied replies, and values pinned in their items, in order.
 *
 * Nothing is read from a connection while this is not empty, so it holds at most one outbox and the
 * values of one get.
 */
import type { Transport } from "./transport.ts";

interface Segment {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  /** Item to release when the segment is sent; 0 = none. */
  readonly itemPtr: number;
}

export class Outbound {
  #segments: Segment[] = [];
  readonly #release: (itemPtr: number) => void;

  constructor(release: (itemPtr: number) => void) {
    this.#release = release;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Queues a copy of bytes[start … end). */
  pushCopy(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const copy = bytes.slice(start, end);
    this.#segments.push({ bytes: copy, at: 0, end: copy.length, itemPtr: 0 });
  }

  /** Queues memory[start … end), which the hold on the item keeps as it is. */
  pushItem(memory: Uint8Array, start: number, end: number, itemPtr: number): void {
    this.#segments.push({ bytes: memory, at: start, end, itemPtr });
  }

  /** Sends what goes. Returns the bytes sent, -1 when the socket is gone. */
  send(transport: Transport): number {
    let sent = 0;
    let done = 0;
    for (const segment of this.#segments) {
      if (segment.at < segment.end) {
        const taken = transport.write(segment.bytes, segment.at, segment.end - segment.at);
        if (taken < 0) return -1;
        segment.at += taken;
        sent += taken;
        if (segment.at < segment.end) break;
      }
      if (segment.itemPtr !== 0) this.#release(segment.itemPtr);
      done++;
    }
    if (done > 0) this.#segments = this.#segments.slice(done);
    return sent;
  }

  /** Lets go of everything. */
  clear(): void {
    for (const { itemPtr } of this.#segments) if (itemPtr !== 0) this.#release(itemPtr);
    this.#segments = [];
  }
}
