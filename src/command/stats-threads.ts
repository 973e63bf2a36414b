/**
 * stats threads: how the load spreads over the worker threads. Ours alone; memcached has nothing
 * like it.
 */
import type { Context } from "./context.ts";
import { HostCounter } from "../base/host-counters.ts";
import type { StatLines } from "./stat-lines.ts";

/** What is shown of each, since the start: `stats reset` does not touch it. */
const SHOWN: readonly (readonly [string, HostCounter])[] = [
  ["curr_connections", HostCounter.CURRENT_CONNECTIONS],
  ["total_connections", HostCounter.TOTAL_CONNECTIONS],
  ["bytes_read", HostCounter.BYTES_READ],
  ["bytes_written", HostCounter.BYTES_WRITTEN],
  ["conn_yields", HostCounter.YIELDS],
];

export function threadsStats({ settings, counters }: Context, lines: StatLines): void {
  // With one thread it is the main thread that serves: index 0.
  const first = settings.threads > 1 ? 1 : 0;
  for (let n = 0; n < settings.threads; n++) {
    for (const [name, which] of SHOWN) lines.add(`${n + 1}:${name}`, counters.of(first + n, which));
  }
}
