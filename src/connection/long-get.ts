/**
 * Get lines longer than the inbox: gathered on the side, then executed slice by slice.
 *
 * memcached sets no limit for them. Ours is 64 MiB, about two million keys: one client must not be
 * able to take all memory with a line that never ends.
 */
import type { Context } from "../command/context.ts";
import { Fetch } from "../../assembly/shared/status.ts";
import { INBOX_SIZE } from "../../assembly/shared/limits.ts";
import { endGet, fetchKeys, hasLongKey } from "../command/get.ts";
import { latin1 } from "../protocol/tokens.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "../command/respond.ts";

const LENGTH_MAX = 64 * 1024 * 1024;
const SPACE = 0x20;
const CR = 0x0d;

/** How many spaces may stand before the name for a long line to be tolerated. */
const LEADING_SPACES_MAX = 100;

/** Whether the line at inbox[at] may grow beyond the limit of lines: it begins as a get. */
export function isLongGet(inbox: Uint8Array, at: number): boolean {
  let first = at;
  while (inbox[first] === SPACE && first - at < LEADING_SPACES_MAX) first++;
  const name = latin1(inbox, first, first + 5);
  return name.startsWith("get ") || name === "gets ";
}

export class LongGet {
  #bytes = new Uint8Array(4 * INBOX_SIZE);
  #length = 0;

  /** Appends source[start … end); false when the line has become too long. */
  append(source: Uint8Array, start: number, end: number): boolean {
    const length = this.#length + end - start;
    if (length > LENGTH_MAX) return false;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length = length;
    return true;
  }

  /** Executes the line; the inbox is free to use. */
  execute(context: Context): void {
    const bytes = this.#bytes;
    let end = this.#length;
    if (bytes[end - 1] === CR) end--;
    const nameEnd = bytes.indexOf(SPACE);
    if (nameEnd === 0) {
      // A leading space makes the name empty, however well the rest reads.
      respond(context, reply.error, false);
    } else if (hasLongKey(bytes, nameEnd, end)) {
      context.output.put(reply.badLine);
    } else {
      const options = nameEnd === "gets".length ? Fetch.WITH_CAS : 0;
      this.#fetchSlices(context, nameEnd, end, options);
      endGet(context);
    }
  }

  #fetchSlices(context: Context, start: number, end: number, options: number): void {
    const bytes = this.#bytes;
    const { inbox } = context.core;
    let at = start;
    while (at < end) {
      let sliceEnd = Math.min(at + INBOX_SIZE, end);
      // No key is cut: keys are at most 250 bytes, so a space is near.
      if (sliceEnd < end) sliceEnd = bytes.lastIndexOf(SPACE, sliceEnd) + 1;
      inbox.set(bytes.subarray(at, sliceEnd), 0);
      fetchKeys(context, 0, sliceEnd - at, options, 0);
      at = sliceEnd;
    }
  }
}
