/**
 * A connection's transport over one of Bun's sockets.
 *
 * Bun buffers nothing: `write` tells how much the kernel took, and `drain` when it takes more.
 */
import type { Socket } from "bun";
import type { Transport } from "../connection/transport.ts";
import type { Connection } from "../connection/connection.ts";

export type ClientSocket = Socket<Connection | null>;

export class SocketTransport implements Transport {
  readonly #socket: ClientSocket;

  readonly #onClose: () => void;

  /** @param onClose called when the connection has ended, by either side */
  constructor(socket: ClientSocket, onClose: () => void) {
    this.#socket = socket;
    this.#onClose = onClose;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    return this.#socket.write(bytes, offset, length);
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
