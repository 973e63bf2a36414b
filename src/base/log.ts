/**
 * What `-v` prints, on standard error. Unbuffered, as memcached's: a line is out before the next
 * command runs. Tests give another writer.
 */
import { writeSync } from "node:fs";

export type LogWriter = (text: string) => void;

export function stderrWriter(text: string): void {
  if (text === "") return;
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads standard error any more: a cache has better things to do than to die of it.
  }
}
