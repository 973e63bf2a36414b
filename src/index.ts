/**
 * The public API: a cache inside another program (src/cache), and a server inside another Bun
 * program.
 *
 *     import { Cache, createServer } from "wasmcached";
 *     const cache = new Cache({ maxBytes: 64 * 1024 * 1024 });
 *
 *     const server = await createServer({ port: 0, memoryLimit: 256 * 1024 * 1024 });
 *     console.log(server.addresses);
 *     server.stop();
 */
import { type Settings, defaultSettings } from "./base/settings.ts";
import type { Cache } from "./cache/cache.ts";
import type { CacheOptions } from "./cache/cache-options.ts";
import { Server } from "./server/server.ts";
import { serverCache } from "./cache/server-cache.ts";
import { stderrWriter } from "./base/log.ts";

export * from "./cache/exports.ts";
export type { ListenAddress, Settings } from "./base/settings.ts";
export { StartError } from "./base/start-error.ts";
export { MEMCACHED_VERSION, WASMCACHED_VERSION } from "./base/version.ts";

/**
 * What can be set; everything left out is memcached's default, but for two: `listen` is 127.0.0.1,
 * and `threads` is 1, the program's own event loop. More are worker threads beside it.
 */
export type ServerOptions = Partial<Settings>;

/** Options of a server's cache: its limit is the server's `memoryLimit`. */
export type ServerCacheOptions<V> = Omit<CacheOptions<V>, "maxBytes">;

/** A server that is listening. */
export interface RunningServer {
  /** Bound addresses, such as `tcp:127.0.0.1:11211`. */
  readonly addresses: readonly string[];
  /** Port of the first of them. */
  readonly port: number;
  /**
   * The server's items as a cache of this program. Their ttls are whole seconds, as clients'.
   * `ttl` and codec are those of this view; `stop` does not end it.
   */
  cache<V = string | Uint8Array>(options?: ServerCacheOptions<V>): Cache<V>;
  /** Drops every connection and stops listening; what was stored is gone. */
  stop(): void;
}

/**
 * Starts a server in this process. Settings are taken as they are: `main/options.ts` has the checks
 * of the command line.
 *
 * @throws StartError when an address cannot be bound
 */
export async function createServer(options: ServerOptions = {}): Promise<RunningServer> {
  const local = [{ host: "127.0.0.1", port: null }];
  const settings = { ...defaultSettings(), threads: 1, listen: local, ...options };
  const server = new Server(settings, settings.connectionsMax, stderrWriter, () => server.stop());
  const listeners = await server.listen();
  return {
    addresses: listeners.map(({ address }) => address),
    port: listeners[0]?.port ?? 0,
    cache: <V>(own: ServerCacheOptions<V> = {}) =>
      serverCache<V>(server.core, server.now, settings, own),
    stop: () => server.stop(),
  };
}
