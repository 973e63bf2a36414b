/**
 * set, add, replace, append, prepend, cas: the line, and the end of the value.
 *
 * Order of checks as in specification §2.6. Until the byte count is known an error is answered and
 * the value, if any, is read as commands; from then on the value is swallowed before the error
 * leaves.
 */
import type { Context } from "./context.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { readI32, readLoose, readU64, u64 } from "../protocol/numbers.ts";
import { NOREPLY } from "./words.ts";
import { finishMetaSet } from "./meta-set.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { traceStore } from "./storage-trace.ts";

/** Largest byte count that is a number to memcached: an int32 that also has room for CR LF. */
const LENGTH_MAX = 0x7fffffff - 2;

const CR_LF_LENGTH = 2;

/** The command line is inbox[start … end). */
export function executeStorage(
  context: Context,
  upload: Upload,
  mode: StoreMode,
  start: number,
  end: number,
): Outcome {
  const { core, tokens } = context;
  const { inbox } = core;
  tokens.cut(inbox, start, end);
  if (tokens.count < 5) {
    respond(context, reply.badLine, false);
    return Outcome.DONE;
  }
  const length = readI32(inbox, tokens.start(4), tokens.length(4));
  if (!(length >= 0 && length <= LENGTH_MAX)) {
    respond(context, reply.badLine, false);
    return Outcome.DONE;
  }
  const isNoreply = tokens.is(inbox, tokens.count - 1, NOREPLY);
  upload.swallowLength = length + CR_LF_LENGTH;
  upload.isNoreply = isNoreply;
  if (tokens.length(1) > KEY_LENGTH_MAX) return refuse(context, reply.badLine, isNoreply);
  const clientFlags = readLoose(inbox, tokens.start(2), tokens.length(2), false);
  const exptime = readLoose(inbox, tokens.start(3), tokens.length(3), true);
  if (Number.isNaN(clientFlags) || Number.isNaN(exptime)) {
    return refuse(context, reply.badLine, isNoreply);
  }
  upload.casLow = 0;
  upload.casHigh = 0;
  if (mode === StoreMode.CAS) {
    if (tokens.count < 6 || !readU64(inbox, tokens.start(5), tokens.length(5))) {
      return refuse(context, reply.badLine, isNoreply);
    }
    upload.casLow = u64.low;
    upload.casHigh = u64.high;
  }
  if (context.isObserved) observe(context, upload);
  return begin(context, upload, mode, clientFlags, exptime, length);
}

/** Allocates the item; its key is token 1. */
function begin(
  context: Context,
  upload: Upload,
  mode: StoreMode,
  clientFlags: number,
  exptime: number,
  length: number,
): Outcome {
  const { core, tokens } = context;
  const itemPtr = core.abi.beginSet(
    core.inboxPtr + tokens.start(1),
    tokens.length(1),
    clientFlags,
    context.clock.expiry(exptime),
    length,
    mode,
  );
  if (itemPtr === 0) {
    const isTooLarge = core.result[Result.STATUS] === Status.TOO_LARGE;
    return refuse(context, isTooLarge ? reply.tooLarge : reply.noMemory, upload.isNoreply);
  }
  upload.begin(core, itemPtr, length, CR_LF_LENGTH);
  upload.mode = mode;
  upload.meta = null;
  return Outcome.UPLOAD;
}

function refuse(context: Context, error: Uint8Array, isNoreply: boolean): Outcome {
  respond(context, error, isNoreply);
  return Outcome.SWALLOW;
}

function observe(context: Context, upload: Upload): void {
  upload.key = context.tokens.text(context.core.inbox, 1);
  if (context.settings.detailEnabled) context.prefixes.countSet(upload.key);
}

function storedReply(status: number): Uint8Array {
  switch (status) {
    case Status.OK:
      return reply.stored;
    case Status.EXISTS:
      return reply.exists;
    case Status.NOT_FOUND:
      return reply.notFound;
    default:
      return reply.notStored;
  }
}

/** The value and the two bytes behind it were read: stores the item, or drops it. */
export function finishUpload(context: Context, upload: Upload): void {
  if (upload.meta !== null) {
    finishMetaSet(context, upload, upload.meta);
    return;
  }
  const { core } = context;
  const { itemPtr, isNoreply } = upload;
  upload.itemPtr = 0;
  if (!upload.isEndRight) {
    core.abi.release(itemPtr);
    respond(context, reply.badDataChunk, isNoreply);
    return;
  }
  const status = core.abi.endSet(itemPtr, upload.mode, upload.casLow, upload.casHigh);
  if (context.isObserved) traceStore(context, upload, status);
  respond(context, storedReply(status), isNoreply);
}

/** There is no memory for the rest of the value, which is swallowed. */
export function failUpload(context: Context, upload: Upload): void {
  const isQuiet = upload.meta === null ? upload.isNoreply : upload.meta.isQuiet;
  respond(context, reply.noMemoryRead, isQuiet);
}

/** The connection ends in mid-value: nothing is stored. */
export function abandonUpload(context: Context, upload: Upload): void {
  if (upload.itemPtr === 0) return;
  context.core.abi.release(upload.itemPtr);
  upload.itemPtr = 0;
}
