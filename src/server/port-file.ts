/**
 * MEMCACHED_PORT_FILENAME: tells tests which ports were bound, as memcached does. The file appears
 * whole: it is written beside and renamed.
 */
import { renameSync, writeFileSync } from "node:fs";
import type { Bound } from "./listener.ts";
import { errorText } from "./process/error-text.ts";

/** Returns the warning to print, or nothing: a server without this file still serves. */
export function writePortFile(path: string, listeners: readonly Bound[]): string {
  const lines = listeners
    .filter(({ address }) => address.startsWith("tcp"))
    .map(({ address, port }) => `TCP ${address.startsWith("tcp6:") ? "INET6" : "INET"}: ${port}\n`);
  const temporary = `${path}.lck`;
  try {
    writeFileSync(temporary, lines.join(""));
    renameSync(temporary, path);
    return "";
  } catch (error) {
    return `Failed to open "${temporary}": ${errorText(error)}\n`;
  }
}
