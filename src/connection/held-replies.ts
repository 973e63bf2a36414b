/**
 * Replies that wait: for the end of a value, or for their connection's next turn.
 *
 * The outbox belongs to whoever is being served, so what must wait is copied out and back. Buffers
 * for that are pooled by the thread: a batch longer than `-R` does this several times, and new
 * arrays each time would cost more than the copying.
 */
import type { Output } from "../command/output.ts";

const BUFFER_SIZE = 16384;

/** Buffers kept for reuse (1 MiB); more are left to the garbage collector. */
const POOLED_MAX = 64;

const NOTHING = new Uint8Array(0);

export class HeldPool {
  readonly #free: Uint8Array[] = [];

  acquire(length: number): Uint8Array {
    if (length > BUFFER_SIZE) return new Uint8Array(length);
    return this.#free.pop() ?? new Uint8Array(BUFFER_SIZE);
  }

  release(buffer: Uint8Array): void {
    if (buffer.length === BUFFER_SIZE && this.#free.length < POOLED_MAX) this.#free.push(buffer);
  }
}

/** One connection's. */
export class HeldReplies {
  #buffer: Uint8Array = NOTHING;
  #length = 0;

  /** Takes the outbox's bytes. */
  hold(output: Output, pool: HeldPool): void {
    const length = output.end;
    output.reset();
    if (length === 0) return;
    this.#buffer = pool.acquire(length);
    this.#buffer.set(output.bytes.subarray(0, length), 0);
    this.#length = length;
  }

  /** Puts them back, at the outbox's start. */
  restore(output: Output, pool: HeldPool): void {
    const length = this.#length;
    output.end = length;
    if (length === 0) return;
    output.bytes.set(this.#buffer.subarray(0, length), 0);
    pool.release(this.#buffer);
    this.#buffer = NOTHING;
    this.#length = 0;
  }
}
