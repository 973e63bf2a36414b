/**
 * Unix sockets: the file that stands for one.
 */
import { linkSync, lstatSync, unlinkSync } from "node:fs";

/** Removes a socket at this path; anything else stays, and binding fails then. */
export function unlinkStaleSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
}

/** A path beside this one, and no longer: such paths have at most 107 bytes. */
export function spareName(path: string): string {
  return path.slice(0, -1) + (path.endsWith("~") ? "_" : "~");
}

/**
 * Gives the socket at `bound` the name `path` instead.
 *
 * @param abandon called before it throws, with the code EADDRINUSE, since there is a file already
 */
export function nameSocket(bound: string, path: string, abandon: () => void): void {
  try {
    linkSync(bound, path);
    unlinkSync(bound);
  } catch (error) {
    abandon();
    const { code, message } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(message), { code: code === "EEXIST" ? "EADDRINUSE" : code });
  }
}
