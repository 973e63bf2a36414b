/**
 * UDP: a datagram is a client that says everything at once (specification §5).
 *
 *     0       2        4       6          8
 *     │ id    │ number │ count │ reserved │ commands, or a piece of a reply: up to 1392 bytes │
 *
 * Each datagram is executed by a connection of its own, which ends with it: what is incomplete is
 * dropped. Each reply is a message of its own, cut into datagrams that are numbered from 0 and
 * carry the id of the request. All numbers are big-endian.
 */
import { Connection } from "./connection.ts";
import type { Context } from "../command/context.ts";
import type { HeldPool } from "./held-replies.ts";
import type { Parts } from "../base/parts.ts";
import type { Transport } from "./transport.ts";
import { latin1 } from "../protocol/tokens.ts";
import { replyEnd } from "./reply-messages.ts";

const HEADER = 8;
const COUNT_AT = 4;

/** memcached's: 1400 bytes with the header, which no common link has to cut. */
const PAYLOAD_MAX = 1392;

/** A message has no more datagrams than a number of 16 bits can tell. */
const MESSAGE_MAX = 0xffff * PAYLOAD_MAX;

const NOTHING = new Uint8Array(0);
const BINARY = 0x80;
const QUIT = "quit";

/** Takes a datagram to the client. */
export type SendDatagram = (datagram: Uint8Array) => void;

/**
 * Replies to one datagram: sent message by message, as soon as one is whole. One that is too long
 * for UDP is dropped.
 */
class ReplyTransport implements Transport {
  readonly isDatagram = true;
  hasEnded = false;
  hasReplied = false;
  readonly #requestId: number;
  readonly #send: SendDatagram;
  /** Pieces of the next message, their length, and how long they are before they are looked at. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #wanted = 0;
  /** Bytes of a message that is too long, yet to come. */
  #skip = 0;

  constructor(requestId: number, send: SendDatagram) {
    this.#requestId = requestId;
    this.#send = send;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    const skipped = Math.min(this.#skip, length);
    this.#skip -= skipped;
    if (skipped === length) return length;
    this.#pieces.push(bytes.slice(offset + skipped, offset + length));
    this.#length += length - skipped;
    if (this.#length >= this.#wanted) this.#sendWhole();
    return length;
  }

  writeParts(memories: readonly Uint8Array[], parts: Parts): number {
    let sent = 0;
    for (let i = 0; i < parts.count; i++) {
      const memory = memories[parts.memory(i)] as Uint8Array;
      sent += this.write(memory, parts.offset(i), parts.length(i));
    }
    return sent;
  }

  #sendWhole(): void {
    const bytes = Buffer.concat(this.#pieces);
    let start = 0;
    this.#wanted = 0;
    while (start < bytes.length) {
      const end = replyEnd(bytes, start, bytes.length);
      if (end - start > MESSAGE_MAX) {
        this.#skip = Math.max(0, end - bytes.length);
        start = Math.min(end, bytes.length);
        continue;
      }
      if (end > bytes.length) this.#wanted = end - start;
      if (end < 0 || end > bytes.length) break;
      this.#sendMessage(bytes.subarray(start, end));
      start = end;
    }
    this.#pieces = [bytes.subarray(start)];
    this.#length = bytes.length - start;
  }

  #sendMessage(message: Uint8Array): void {
    this.hasReplied = true;
    const count = Math.ceil(message.length / PAYLOAD_MAX);
    for (let number = 0; number < count; number++) {
      const at = number * PAYLOAD_MAX;
      this.sendPiece(number, count, message.subarray(at, at + PAYLOAD_MAX));
    }
  }

  sendPiece(number: number, count: number, payload: Uint8Array): void {
    const datagram = new Uint8Array(HEADER + payload.length);
    const view = new DataView(datagram.buffer);
    view.setUint16(0, this.#requestId);
    view.setUint16(2, number);
    view.setUint16(COUNT_AT, count);
    datagram.set(payload, HEADER);
    this.#send(datagram);
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.hasEnded = true;
  }
}

/** A `quit` is answered by a header alone, as by memcached; the socket lives on. */
function asksToQuit(payload: Uint8Array): boolean {
  const text = latin1(payload, 0, Math.min(payload.length, QUIT.length + 1));
  return text.startsWith(QUIT) && /[\s]$/.test(text);
}

/**
 * Executes the commands of a datagram. One that is a piece of a larger request, or has nothing
 * behind its header, is dropped.
 *
 * @param id the socket's
 */
export function serveDatagram(
  context: Context,
  heldPool: HeldPool,
  id: number,
  datagram: Uint8Array,
  send: SendDatagram,
): void {
  if (datagram.length <= HEADER) return;
  const view = new DataView(datagram.buffer, datagram.byteOffset, HEADER);
  if (view.getUint16(COUNT_AT) !== 1) return;
  const payload = datagram.subarray(HEADER);
  const transport = new ReplyTransport(view.getUint16(0), send);
  let wantsTurn = false;
  const askTurn = (): void => {
    wantsTurn = true;
  };
  const connection = new Connection(id, context, transport, askTurn, heldPool);
  connection.receive(payload);
  while (wantsTurn) {
    wantsTurn = false;
    connection.proceed();
  }
  if (!transport.hasEnded) connection.gone();
  else if (!transport.hasReplied && payload[0] !== BINARY && asksToQuit(payload)) {
    transport.sendPiece(0, 0, NOTHING);
  }
}
