/**
 * Whether a connection's socket is read at the moment: said to it only when that changes.
 */
import type { Transport } from "./transport.ts";

export class Throttle {
  #isPaused = false;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  pause(): void {
    if (!this.#isPaused) this.#transport.pause();
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isPaused) this.#transport.resume();
    this.#isPaused = false;
  }
}
