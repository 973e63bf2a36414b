/**
 * Keys on their way into the core, which wants them as bytes in its inbox.
 */
import { bytesOf, putBytes } from "./copying.ts";
import { CacheError } from "./cache-error.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";

/** A key: text, of which the UTF-8 counts, or bytes. 1 to 250 bytes. */
export type CacheKey = string | Uint8Array;

function refuse(length: number): never {
  throw new CacheError("KEY", `a key has 1 to ${KEY_LENGTH_MAX} bytes, this one ${length}`);
}

function putKeyBytes(key: Uint8Array, inbox: Uint8Array, start: number): number {
  const { length } = key;
  if (length === 0 || length > KEY_LENGTH_MAX) refuse(length);
  putBytes(key, inbox, start);
  return length;
}

/**
 * Writes the key into the inbox, from `start` on; its length.
 *
 * @throws CacheError KEY
 */
export function putKey(key: CacheKey, inbox: Uint8Array, start = 0): number {
  if (typeof key !== "string") {
    if (key instanceof Uint8Array) return putKeyBytes(key, inbox, start);
    throw new CacheError("KEY", `a key is a string or a Uint8Array, not ${typeof key}`);
  }
  const { length } = key;
  if (length === 0 || length > KEY_LENGTH_MAX) refuse(bytesOf(key).length);
  for (let i = 0; i < length; i++) {
    const code = key.charCodeAt(i);
    if (code > 127) return putKeyBytes(bytesOf(key), inbox, start);
    inbox[start + i] = code;
  }
  return length;
}
