/**
 * The outbox: where replies gather until the batch ends and one write takes them all.
 *
 * Shared by the connections of a thread. While a connection's input is being worked off it is the
 * `sink`: asked to send what is there when the outbox runs full, and to send values that leave the item
 * itself.
 *
 *     0                    end                                     limit
 *     │ replies, in order ▲ free: at least one VALUE block always  │
 */
import { COPY_LENGTH_MAX, OUTBOX_SIZE, VALUE_LINE_SIZE_MAX } from "../../assembly/shared/limits.ts";

/** Room that must be free before a reply is built: one VALUE block with its END. */
export const ROOM_MIN = VALUE_LINE_SIZE_MAX + COPY_LENGTH_MAX + 64;

const FULL_AT = OUTBOX_SIZE - ROOM_MIN;

/** The connection, as far as replies need it. */
export interface Sink {
  /** Takes the outbox's bytes away, to the socket or into its own queue; `end` is 0 afterwards. */
  flushOutbox(): void;
  /** Sends a value from an item held for it, after what is in the outbox; releases it in the end. */
  sendItem(itemPtr: number, valuePtr: number, valueLength: number): void;
  /** The socket takes no more for now: values are pinned instead of copied. */
  readonly isBlocked: boolean;
}

export class Output {
  end = 0;
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
    return this.end > FULL_AT;
  }

  /** To be called before a reply of up to one VALUE block. */
  makeRoom(): void {
    if (this.end > FULL_AT) this.sink.flushOutbox();
  }

  /** Appends a short reply. */
  put(reply: Uint8Array): void {
    if (this.end > FULL_AT) this.sink.flushOutbox();
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
