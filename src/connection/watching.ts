/**
 * A watcher's connection: it sends what the logger writes, as fast as its client reads.
 */
import { HostCounter, type HostCounters } from "../base/host-counters.ts";
import type { Transport } from "./transport.ts";
import type { Watcher } from "../base/log-client.ts";

export class Watching {
  readonly #watcher: Watcher;
  readonly #transport: Transport;
  readonly #counters: HostCounters;

  /** @param onLines is to call `send` when the connection may send */
  constructor(watcher: Watcher, transport: Transport, counters: HostCounters, onLines: () => void) {
    this.#watcher = watcher;
    this.#transport = transport;
    this.#counters = counters;
    watcher.onLines = onLines;
  }

  /** Sends what is there, as far as the socket takes it; false when that is gone. */
  send(): boolean {
    const { lines } = this.#watcher;
    // Two pieces at most, as the ring wraps around: the logger may be writing on meanwhile, and
    // tells of it.
    for (let piece = 0; piece < 2; piece++) {
      const { length } = lines;
      if (length === 0) break;
      const taken = this.#transport.write(lines.bytes, lines.start, length);
      if (taken < 0) return false;
      lines.drop(taken);
      this.#counters.add(HostCounter.BYTES_WRITTEN, taken);
      if (taken < length) break;
    }
    return true;
  }

  close(): void {
    this.#watcher.close();
  }
}
