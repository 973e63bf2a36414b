/**
 * Unix sockets: the file that stands for one.
 */
import { lstatSync, unlinkSync } from "node:fs";

/** Removes a socket at this path; anything else stays, and binding fails then. */
export function unlinkStaleSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}
