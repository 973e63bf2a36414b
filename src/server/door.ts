/**
 * The door of one thread's listeners: who is served of the clients that they accept.
 *
 *     accepted ──▶ room for one more? ──▶ served
 *                        │ no
 *                        ├─ -o maxconns_fast (default): told so, and closed
 *                        └─ -o no_maxconns_fast: waits, and the door is shut
 *
 * As long as somebody waits, the thread's listeners accept nobody: all others are in the queues of
 * the listening sockets, where they take no descriptor. Whether there is room again is looked at
 * now and then, as memcached does; the connections of all threads count together.
 *
 * Invariant: while somebody waits at any door, nobody is let past him at another.
 */
import type { Socket } from "bun";
import type { ConnectionTable } from "../base/connection-table.ts";
import { HostCounter, type HostCounters } from "../base/host-counters.ts";
import type { Listener } from "./listener.ts";
import { Thread } from "../connection/thread.ts";

/** memcached's. */
const LOOK_MS = 10;

export interface DoorOptions {
  readonly connections: ConnectionTable;
  readonly counters: HostCounters;
  /** Connections that may be open at once, in all threads together. */
  readonly capacity: number;
  /** `-o maxconns_fast`. */
  readonly refuseFast: boolean;
  /** An error is our mistake. */
  readonly onFailure: (error: unknown) => void;
}

interface Waiting<Data> {
  readonly socket: Socket<Data>;
  readonly serve: () => void;
}

export class Door<Data> {
  readonly #options: DoorOptions;
  readonly #listeners: readonly Listener<Data>[];
  #waiting: Waiting<Data>[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;
  #shutAt = 0;

  /** @param listeners those of the thread; more may come */
  constructor(listeners: readonly Listener<Data>[], options: DoorOptions) {
    this.#listeners = listeners;
    this.#options = options;
  }

  /**
   * A client was accepted. When there is room it is counted as a connection and `serve` is called,
   * now or later; who takes it on then has it discharged from the connection table in the end.
   */
  enter(socket: Socket<Data>, serve: () => void): void {
    const { connections, counters, capacity, refuseFast } = this.#options;
    const isNext = refuseFast || counters.sum(HostCounter.DOORS_SHUT) === 0;
    if (isNext && connections.admit(capacity)) serve();
    else if (!refuseFast && this.#shut()) this.#keepWaiting({ socket, serve });
    else {
      counters.add(HostCounter.REJECTED_CONNECTIONS, 1);
      socket.write(Thread.refusal);
      socket.end();
    }
  }

  #keepWaiting(client: Waiting<Data>): void {
    client.socket.pause();
    this.#waiting.push(client);
  }

  /** Whether no more clients come. Without the C library that cannot be. */
  #shut(): boolean {
    if (this.#timer !== null) return true;
    if (!this.#listeners.every((listener) => listener.suspend())) {
      for (const listener of this.#listeners) listener.resume();
      return false;
    }
    this.#options.counters.add(HostCounter.DOORS_SHUT, 1);
    this.#options.counters.add(HostCounter.LISTEN_DISABLED, 1);
    this.#shutAt = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    return true;
  }

  #look(): void {
    try {
      const { connections, capacity } = this.#options;
      while (this.#waiting.length > 0 && connections.admit(capacity)) {
        const { socket, serve } = this.#waiting.shift() as Waiting<Data>;
        socket.resume();
        serve();
      }
      if (this.#waiting.length === 0) this.#open();
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  #open(): void {
    this.#unlock();
    for (const listener of this.#listeners) listener.resume();
  }

  #unlock(): void {
    if (this.#timer === null) return;
    const { counters } = this.#options;
    clearInterval(this.#timer);
    this.#timer = null;
    counters.add(HostCounter.DOORS_SHUT, -1);
    const microseconds = Math.round((performance.now() - this.#shutAt) * 1000);
    counters.add(HostCounter.LISTEN_DISABLED_MICROSECONDS, microseconds);
  }

  /** The end: who waits is not served any more. */
  stop(): void {
    this.#unlock();
    for (const { socket } of this.#waiting) socket.end();
    this.#waiting = [];
  }
}
