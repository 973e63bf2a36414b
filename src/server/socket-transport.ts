/**
 * A connection's transport over one of Bun's sockets.
 *
 * Bun buffers nothing: `write` tells how much the kernel took, and `drain` when it takes more.
 * Writes go past Bun where they can (vector-writer.ts); what the kernel did not take that way is
 * offered to Bun once more, for only then it calls `drain`.
 */
import type { Socket } from "bun";
import type { Connection } from "../connection/connection.ts";
import type { Parts } from "../base/parts.ts";
import type { Transport } from "../connection/transport.ts";
import type { VectorWriter } from "./vector-writer.ts";

export type ClientSocket = Socket<Connection | null>;

export class SocketTransport implements Transport {
  readonly #socket: ClientSocket;
  readonly #fd: number;
  readonly #writer: VectorWriter | null;
  readonly #onClose: () => void;

  /** @param onClose called when the connection has ended, by either side */
  constructor(socket: ClientSocket, writer: VectorWriter | null, onClose: () => void) {
    this.#socket = socket;
    this.#fd = socket.fd;
    this.#writer = writer;
    this.#onClose = onClose;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    if (bytes !== this.#writer?.outbox) return this.#socket.write(bytes, offset, length);
    const taken = Math.max(0, this.#writer.write(this.#fd, offset, length));
    if (taken === length) return length;
    const rest = this.#socket.write(bytes, offset + taken, length - taken);
    return rest < 0 ? -1 : taken + rest;
  }

  writeParts(memories: readonly Uint8Array[], parts: Parts): number {
    const taken = this.#writer === null ? 0 : this.#writer.writeParts(this.#fd, parts);
    return this.#writeRest(memories, parts, Math.max(taken, 0));
  }

  /** Offers Bun what is left behind the first `taken` bytes. */
  #writeRest(memories: readonly Uint8Array[], parts: Parts, taken: number): number {
    let sent = taken;
    let skip = taken;
    for (let i = 0; i < parts.count; i++) {
      const length = parts.length(i);
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const memory = memories[parts.memory(i)] as Uint8Array;
      const wrote = this.#socket.write(memory, parts.offset(i) + skip, length - skip);
      if (wrote < 0) return -1;
      sent += wrote;
      if (wrote < length - skip) break;
      skip = 0;
    }
    return sent;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#onClose();
    this.#socket.end();
  }
}
