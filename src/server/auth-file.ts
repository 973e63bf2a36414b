/**
 * `-Y`: the file of users. Read at start and by SIGHUP, shared with all threads as text: a byte is
 * a character, so that no byte is lost, whatever a file means.
 */
import { Credentials } from "../base/credentials.ts";
import type { SharedText } from "../base/shared-text.ts";
import { errorText } from "./process/error-text.ts";
import { readFileSync } from "node:fs";

function read(path: string): { readonly text: string } | { readonly error: string } {
  try {
    return { text: readFileSync(path, "latin1") };
  } catch (error) {
    const reason = errorText(error);
    const text = `Could not open authfile [${path}] for reading, error ${reason}: ${reason}`;
    return { error: text };
  }
}

/**
 * Lets the users of the file, and no others, authenticate from now on. The text of what is wrong
 * with it, or null; the users there were stay then.
 */
export function loadAuthFile(path: string, shared: SharedText, now: number): string | null {
  const file = read(path);
  if ("error" in file) return file.error;
  try {
    Credentials.parse(file.text);
  } catch {
    return `Authfile [${path}] has a malformed entry. Should be 'user:password'`;
  }
  if (shared.publish(file.text, now)) return null;
  return `Authfile [${path}] is too large`;
}
