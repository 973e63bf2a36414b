/**
 * The outbox: where replies gather until the batch ends and one write takes them all.
 *
 * Shared by the connections of a thread. While a connection's input is being worked off it is the
 * `sink`, asked to send what is there when the outbox runs full. A large value is not copied here:
 * it becomes a part of its own between two runs of the outbox, and is sent from its item.
 *
 *     outbox  0            runStart          end
 *             │ closed runs │ current run    │ free: room for one VALUE block at least │
 *     parts   [run 0] [item a's value] [run 1] [item b's value] … then the current run
 */
import { COPY_LENGTH_MAX, META_LINE_SIZE_MAX, OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import { PARTS_MAX, Parts } from "../base/parts.ts";
import type { Watcher } from "../base/log-client.ts";

/** Room that must be free before a reply is built: a first line, a value, and END. */
export const ROOM_MIN = META_LINE_SIZE_MAX + COPY_LENGTH_MAX + 64;

const FULL_AT = OUTBOX_SIZE - ROOM_MIN;

/** A value adds two parts, and the last run is one. */
const PARTS_FULL_AT = PARTS_MAX - 3;

/** The connection, as far as replies need it. */
export interface Sink {
  /** Takes everything away, to the socket or into its own queue, and resets the output. */
  flushOutbox(): void;
  /** The socket takes no more for now: values are pinned instead of copied. */
  readonly isBlocked: boolean;
  /** Replies to commands before this one have not been sent yet. */
  readonly hasQueuedReplies: boolean;
  /** Whether it can become a watcher's, and then it is. */
  readonly mayWatch: boolean;
  watch(watcher: Watcher): void;
  /** Makes what `stats conns` shows of it up to date. */
  publishState(): void;
}

/** How far replies had come at some time. */
export class OutputMark {
  end = 0;
  runStart = 0;
  parts = 0;

  clear(): void {
    this.end = 0;
    this.runStart = 0;
    this.parts = 0;
  }
}

export class Output {
  end = 0;
  readonly parts = new Parts();
  #runStart = 0;
  readonly #mark = new OutputMark();
  readonly bytes: Uint8Array;
  /** Address of the outbox in linear memory. */
  readonly ptr: number;
  sink: Sink;

  constructor(bytes: Uint8Array, ptr: number, sink: Sink) {
    this.bytes = bytes;
    this.ptr = ptr;
    this.sink = sink;
  }

  /** Whether the next `makeRoom` sends what is here. */
  get isFull(): boolean {
    return this.end > FULL_AT || this.parts.count > PARTS_FULL_AT;
  }

  /** To be called before a reply of up to one VALUE block. */
  makeRoom(): void {
    if (this.isFull) this.sink.flushOutbox();
  }

  /** Lets a value follow what is here, from an item held for it; without address: in chunks. */
  putItem(itemPtr: number, valuePtr: number, valueLength: number): void {
    this.closeRun();
    this.parts.add(valuePtr, valueLength, itemPtr);
  }

  /** Makes the current run a part; with it, `parts` is all there is to send. */
  closeRun(): void {
    if (this.end === this.#runStart) return;
    this.parts.add(this.ptr + this.#runStart, this.end - this.#runStart, 0);
    this.#runStart = this.end;
  }

  /** Starts anew: everything was taken away. Items are the taker's to release. */
  reset(): void {
    this.end = 0;
    this.parts.reset();
    this.#runStart = 0;
  }

  /** The bytes before `start` were taken, and there are no parts. */
  dropTo(start: number): void {
    this.bytes.copyWithin(0, start, this.end);
    this.end -= start;
  }

  /** Remembers how far the replies have come. */
  setMark(mark: OutputMark = this.#mark): void {
    mark.end = this.end;
    mark.runStart = this.#runStart;
    mark.parts = this.parts.count;
  }

  /** Drops what came after the mark; nothing may have been sent since. */
  cutToMark(release: (itemPtr: number) => void, mark: OutputMark = this.#mark): void {
    const { parts } = this;
    while (parts.count > mark.parts) {
      parts.count--;
      const itemPtr = parts.itemPtr(parts.count);
      if (itemPtr !== 0) release(itemPtr);
    }
    this.end = mark.end;
    this.#runStart = mark.runStart;
  }

  /** Drops everything. */
  clear(release: (itemPtr: number) => void): void {
    this.#mark.clear();
    this.cutToMark(release);
  }

  /** Appends a short reply. */
  put(reply: Uint8Array): void {
    this.makeRoom();
    this.append(reply);
  }

  /** The same where `makeRoom` was called before: nothing leaves now. */
  append(reply: Uint8Array): void {
    const { bytes, end } = this;
    const length = reply.length;
    // A loop beats TypedArray.set for a dozen bytes: no call out of compiled code.
    for (let i = 0; i < length; i++) bytes[end + i] = reply[i] as number;
    this.end = end + length;
  }

  /** Appends text of any length; one byte a character. */
  putText(text: string): void {
    const encoded = Buffer.from(text, "latin1");
    for (let at = 0; at < encoded.length; at += ROOM_MIN) {
      this.makeRoom();
      const part = encoded.subarray(at, at + ROOM_MIN);
      this.bytes.set(part, this.end);
      this.end += part.length;
    }
  }
}
