/**
 * MEMCACHED_PORT_FILENAME: tells tests which ports were bound, as memcached does. The file appears
 * whole: it is written beside and renamed.
 */
import { renameSync, writeFileSync } from "node:fs";
import type { Listener } from "./listener.ts";

export function writePortFile(path: string, listeners: readonly Listener[]): void {
  const lines = listeners.map(({ isIpv6, port }) => `TCP ${isIpv6 ? "INET6" : "INET"}: ${port}\n`);
  writeFileSync(`${path}.lck`, lines.join(""));
  renameSync(`${path}.lck`, path);
}
