/**
 * Counters of the host: what happens on sockets. The core keeps its own
 * (assembly/shared/counters.ts).
 *
 * One record for each thread. `stats reset` zeroes what memcached zeroes.
 */
export class HostCounters {
  currentConnections = 0;
  totalConnections = 0;
  rejectedConnections = 0;
  /** Descriptor numbers ever used for a connection. */
  readonly descriptorsSeen = new Set<number>();
  bytesRead = 0;
  bytesWritten = 0;
  yields = 0;
  idleKicks = 0;
  /** flush_all commands that `-F` refused: they count in `cmd_flush` all the same. */
  flushesRefused = 0;

  reset(): void {
    this.totalConnections = 0;
    this.rejectedConnections = 0;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.yields = 0;
    this.idleKicks = 0;
    this.flushesRefused = 0;
  }
}
