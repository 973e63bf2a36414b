/**
 * ms: the line, and the end of the value.
 *
 * As with the classic commands nothing is swallowed until the length of the value is known; from
 * then on it is, before an error leaves.
 */
import { Argument, Result, Status, StoreMode, With } from "../../assembly/shared/status.ts";
import type { Context } from "./context.ts";
import { MetaUpload } from "./meta-upload.ts";
import { NO_MODE, type MetaRequest } from "./meta-request.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { code, endLine, putNumber, putU64 } from "./meta-reply.ts";
import { readI32 } from "../protocol/numbers.ts";
import { refuse } from "./meta-get.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { traceStore } from "./storage-trace.ts";

/** Largest length that memcached takes for one: an int32 that also has room for CR LF. */
const LENGTH_MAX = 0x7fffffff - 2;

const CR_LF_LENGTH = 2;
const SPACE = 0x20;

/** Tokens before the flags. */
const TOKENS_BEFORE = 3;

/** Modes of M. */
const APPEND = 0x41;
const ADD = 0x45;
const PREPEND = 0x50;
const REPLACE = 0x52;
const SET = 0x53;

/** The `StoreMode` that the request asks for, or -1. */
function modeOf({ mode, options }: MetaRequest): number {
  const isCas = (options & With.CAS) !== 0;
  switch (mode) {
    case NO_MODE:
    case SET:
      return isCas ? StoreMode.CAS : StoreMode.SET;
    case REPLACE:
      return isCas ? StoreMode.CAS : StoreMode.REPLACE;
    case ADD:
      return StoreMode.ADD;
    case APPEND:
      return StoreMode.APPEND;
    case PREPEND:
      return StoreMode.PREPEND;
    default:
      return -1;
  }
}

/** When the item ends: what N says if append or prepend may make one, else what T says. */
function expiryOf({ core, meta }: Context, mode: StoreMode): number {
  const isExtending = mode === StoreMode.APPEND || mode === StoreMode.PREPEND;
  if (isExtending && (meta.options & With.VIVIFY) !== 0) return meta.vivifyExpiresAt;
  return (meta.options & With.EXPIRY) !== 0 ? (core.argument[Argument.EXPIRES_AT] as number) : 0;
}

/** Key, length and flags are inbox[start … end). */
export function executeMetaSet(
  context: Context,
  upload: Upload,
  start: number,
  end: number,
): Outcome {
  const { core, meta } = context;
  const { inbox } = core;
  if (!meta.cutKey(start, end)) return refuse(context, reply.badLine);
  let at = meta.keyStart + meta.keyLength;
  while (at < end && inbox[at] === SPACE) at++;
  const lengthStart = at;
  while (at < end && inbox[at] !== SPACE) at++;
  const length = readI32(inbox, lengthStart, at - lengthStart);
  if (!(length >= 0 && length <= LENGTH_MAX)) return refuse(context, reply.badLine);
  upload.swallowLength = length + CR_LF_LENGTH;
  meta.clientFlags = 0;
  const fault = meta.readFlags(at, end, TOKENS_BEFORE);
  if (fault !== null) return swallow(context, fault);
  const mode = modeOf(meta);
  if (mode < 0) return swallow(context, reply.metaSetMode);
  return begin(context, upload, mode, length);
}

function swallow(context: Context, error: Uint8Array): Outcome {
  respond(context, error, false);
  return Outcome.SWALLOW;
}

function begin(context: Context, upload: Upload, mode: StoreMode, length: number): Outcome {
  const { core, meta } = context;
  if (context.isObserved) upload.key = keyText(context);
  const itemPtr = core.abi.beginSet(
    core.inboxPtr + meta.keyStart,
    meta.keyLength,
    meta.clientFlags,
    expiryOf(context, mode),
    length,
    // In every mode an item that cannot be replaced goes, as with set.
    StoreMode.SET,
  );
  if (itemPtr === 0) {
    const isTooLarge = core.result[Result.STATUS] === Status.TOO_LARGE;
    return swallow(context, isTooLarge ? reply.tooLarge : reply.noMemory);
  }
  upload.begin(core, itemPtr, length, CR_LF_LENGTH);
  upload.mode = mode;
  upload.isNoreply = false;
  remember(context, upload);
  return Outcome.UPLOAD;
}

function keyText({ core, meta }: Context): string {
  const key = core.inbox.subarray(meta.keyStart, meta.keyStart + meta.keyLength);
  return Buffer.from(key).toString("latin1");
}

/** What counts when the value has come. */
function remember(context: Context, upload: Upload): void {
  const { core, meta } = context;
  const kept = (upload.metaKept ??= new MetaUpload());
  upload.meta = kept;
  kept.options = meta.options;
  kept.isQuiet = meta.isQuiet;
  if ((meta.options & With.CAS) !== 0) {
    upload.casLow = core.argument[Argument.CAS_LOW] as number;
    upload.casHigh = core.argument[Argument.CAS_HIGH] as number;
  }
  if ((meta.options & With.NEW_CAS) !== 0) {
    kept.newCasLow = core.argument[Argument.NEW_CAS_LOW] as number;
    kept.newCasHigh = core.argument[Argument.NEW_CAS_HIGH] as number;
  }
  kept.keepFlags(context);
}

/** The value and the two bytes behind it were read: stores the item, or drops it. */
export function finishMetaSet(context: Context, upload: Upload, meta: MetaUpload): void {
  const { core } = context;
  const { itemPtr } = upload;
  upload.itemPtr = 0;
  if (!upload.isEndRight) {
    core.abi.release(itemPtr);
    respond(context, reply.badDataChunk, false);
    return;
  }
  const { argument } = core;
  if ((meta.options & With.CAS) !== 0) {
    argument[Argument.CAS_LOW] = upload.casLow;
    argument[Argument.CAS_HIGH] = upload.casHigh;
  }
  if ((meta.options & With.NEW_CAS) !== 0) {
    argument[Argument.NEW_CAS_LOW] = meta.newCasLow;
    argument[Argument.NEW_CAS_HIGH] = meta.newCasHigh;
  }
  const status = core.abi.endStore(itemPtr, upload.mode, meta.options);
  if (context.isObserved) traceStore(context, upload, status);
  if (status !== Status.OK || !meta.isQuiet) answer(context, meta, status);
}

function codeOf(status: number): Uint8Array {
  switch (status) {
    case Status.OK:
      return code.done;
    case Status.EXISTS:
      return code.exists;
    case Status.NOT_FOUND:
      return code.notFound;
    default:
      return code.notStored;
  }
}

function answer({ core, output }: Context, meta: MetaUpload, status: number): void {
  const { result } = core;
  const { flags, flagsLength, casAt, sizeAt } = meta;
  output.makeRoom();
  output.append(codeOf(status));
  for (let i = 0; i <= flagsLength; i++) {
    if (i === sizeAt) putNumber(output, result[Result.VALUE_LENGTH] as number);
    if (i === casAt) {
      const isStored = status === Status.OK;
      const low = isStored ? (result[Result.CAS_LOW] as number) : 0;
      const high = isStored ? (result[Result.CAS_HIGH] as number) : 0;
      putU64(output, low, high);
    }
    if (i < flagsLength) output.bytes[output.end++] = flags[i] as number;
  }
  endLine(output);
}
