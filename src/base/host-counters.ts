/**
 * Counters of the host: what happens on sockets. The core keeps its own
 * (assembly/shared/counters.ts).
 *
 * Each thread counts in a row of its own, which only it writes; figures are sums over the rows. As
 * in the core, `stats reset` writes down where the sums stand, and they are shown from there.
 */

export enum HostCounter {
  CURRENT_CONNECTIONS,
  /** Threads whose listeners accept nobody for want of room. */
  DOORS_SHUT,
  TOTAL_CONNECTIONS,
  REJECTED_CONNECTIONS,
  BYTES_READ,
  BYTES_WRITTEN,
  YIELDS,
  IDLE_KICKS,
  /** flush_all commands that `-F` refused: they count in `cmd_flush` all the same. */
  FLUSHES_REFUSED,
  /** Attempts to authenticate, and those of them that failed. */
  AUTH_COMMANDS,
  AUTH_ERRORS,
  /** TLS handshakes that made a new session. */
  SSL_NEW_SESSIONS,
  /** TLS clients that were refused, and clients that did not speak TLS. */
  SSL_HANDSHAKE_ERRORS,
  SSL_PROTO_ERRORS,
  /** me: the only meta command that memcached counts as one. */
  META_COMMANDS,
  /** Wake-ups of the LRU maintainer. */
  MAINTAINER_JUGGLES,
  /** Crawls begun: one for each queue with items. */
  CRAWLER_STARTS,
  /** Lines of the log that watchers were given, and those that they had no room for. */
  WATCHER_SENT,
  WATCHER_SKIPPED,
  /** How often listeners stopped accepting, and for how long altogether. */
  LISTEN_DISABLED,
  LISTEN_DISABLED_MICROSECONDS,
  COUNT,
}

/** Slots of a row: whole cache lines, so that no thread writes to another's. */
const ROW = 24;

export class HostCounters {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #rows: Float64Array;
  readonly #own: Float64Array;
  /** The row behind the threads'. */
  readonly #baseline: Float64Array;

  private constructor(shared: SharedArrayBuffer, thread: number) {
    const row = (index: number): Float64Array => new Float64Array(shared, index * ROW * 8, ROW);
    const threads = shared.byteLength / (ROW * 8) - 1;
    this.shared = shared;
    this.#rows = new Float64Array(shared, 0, threads * ROW);
    this.#own = row(thread);
    this.#baseline = row(threads);
  }

  /** Counters for so many threads; these are thread 0's. */
  static start(threads: number): HostCounters {
    return new HostCounters(new SharedArrayBuffer((threads + 1) * ROW * 8), 0);
  }

  static join(shared: SharedArrayBuffer, thread: number): HostCounters {
    return new HostCounters(shared, thread);
  }

  add(which: HostCounter, change: number): void {
    (this.#own[which] as number) += change;
  }

  #total(which: HostCounter): number {
    let sum = 0;
    for (let at: number = which; at < this.#rows.length; at += ROW) sum += this.#rows[at] as number;
    return sum;
  }

  /** One thread's own, since the start. */
  of(thread: number, which: HostCounter): number {
    return this.#rows[thread * ROW + which] ?? 0;
  }

  /** All threads together, since the last reset. */
  sum(which: HostCounter): number {
    // The baseline first: a reset in between must not make the figure negative.
    return -(this.#baseline[which] as number) + this.#total(which);
  }

  /** What is open or shut now is no count of events: it stays. */
  reset(): void {
    for (let which = HostCounter.TOTAL_CONNECTIONS; which < HostCounter.COUNT; which++) {
      this.#baseline[which] = this.#total(which);
    }
  }
}
