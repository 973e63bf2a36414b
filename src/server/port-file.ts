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
    .map(({ address, port }) => ({ kind: /^(tcp|udp)(6?):/.exec(address), port }))
    .filter(({ kind }) => kind !== null)
    .map(({ kind, port }) => `${kind?.[1]?.toUpperCase()} INET${kind?.[2]}: ${port}\n`);
  const temporary = `${path}.lck`;
  try {
    writeFileSync(temporary, lines.join(""));
    renameSync(temporary, path);
    return "";
  } catch (error) {
    return `Failed to open "${temporary}": ${errorText(error)}\n`;
  }
}
