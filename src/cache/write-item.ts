/**
 * Storing a value: from the program's text or bytes into an item.
 *
 * What is short goes by the outbox, where nothing waits between two calls; what is larger is
 * written into the item at once, and what is larger than a slab page run by run (runs.ts).
 */
import { COPY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { SHORT, bytesOf, putBytes, putText } from "./copying.ts";
import type { Core } from "../core/core.ts";
import { fillRuns } from "./runs.ts";

const LOW_32 = 0xffff_ffffn;

/**
 * How often a value is offered again where other threads have every item that could go in their
 * hands just now. One that was interrupted there has them for a time slice.
 */
const OFFERS_MAX = 1000;

/** A value into the outbox, if that is the cheaper way into its item; its length, or -1. */
function putShort(stored: string | Uint8Array, outbox: Uint8Array): number {
  if (typeof stored === "string") {
    return stored.length * 3 <= COPY_LENGTH_MAX ? putText(stored, outbox) : -1;
  }
  if (stored.length > SHORT) return -1;
  putBytes(stored, outbox, 0);
  return stored.length;
}

/**
 * Stores a value under the key in the inbox, as `mode` says; `cas` counts with CAS. Null: there is
 * no item for it, and Result.STATUS says why.
 */
export function writeItem(
  core: Core,
  mode: StoreMode,
  keyLength: number,
  clientFlags: number,
  expiresAt: number,
  stored: string | Uint8Array,
  cas: bigint,
): Status | null {
  const { abi, result, inboxPtr } = core;
  const short = putShort(stored, core.outbox);
  const large = short < 0 ? bytesOf(stored) : null;
  const size = large === null ? short : large.length;
  const begin = abi.beginSet;
  let item = begin(inboxPtr, keyLength, clientFlags, expiresAt, size, mode) >>> 0;
  const offers = core.share.threads > 1 ? OFFERS_MAX : 0;
  for (let i = 0; item === 0 && i < offers; i++) {
    if (result[Result.STATUS] !== Status.NO_MEMORY) break;
    item = begin(inboxPtr, keyLength, clientFlags, expiresAt, size, mode) >>> 0;
  }
  if (item === 0) return null;
  const start = result[Result.VALUE_PTR] as number;
  if (start === 0) {
    if (!fillRuns(core, item, large ?? core.outbox.slice(0, size))) {
      abi.release(item);
      if (mode === StoreMode.SET) abi.remove(inboxPtr, keyLength);
      result[Result.STATUS] = Status.NO_MEMORY;
      return null;
    }
  } else if (large === null) {
    abi.copy(start, core.outboxPtr, size);
  } else {
    core.bytes.set(large, start);
  }
  if (mode !== StoreMode.CAS) return abi.endSet(item, mode, 0, 0);
  return abi.endSet(item, mode, Number(cas & LOW_32), Number((cas >> 32n) & LOW_32));
}
