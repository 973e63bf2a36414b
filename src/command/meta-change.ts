/**
 * md and ma: one key, answered at once.
 */
import { Argument, ItemState, Result, Status, With } from "../../assembly/shared/status.ts";
import type { Context } from "./context.ts";
import { Flag, NO_MODE } from "./meta-request.ts";
import { Outcome } from "./outcome.ts";
import {
  code,
  endLine,
  putEcho,
  putFlag,
  putKey,
  putNumber,
  putOpaque,
  putU64,
} from "./meta-reply.ts";
import { refuse, traceKey } from "./meta-get.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";

const SPACE = 0x20;

/** Tokens before the flags. */
const TOKENS_BEFORE = 2;

/** Modes of ma's M. */
const INCR = 0x49;
const PLUS = 0x2b;
const DECR = 0x44;
const MINUS = 0x2d;

/** Key and flags are inbox[start … end). */
export function executeMetaDelete(context: Context, start: number, end: number): Outcome {
  const { core, meta } = context;
  if (!meta.cutKey(start, end)) return refuse(context, reply.badLine);
  meta.clientFlags = 0;
  const flagsStart = meta.keyStart + meta.keyLength;
  const fault = meta.readFlags(flagsStart, end, TOKENS_BEFORE);
  if (fault !== null) return refuse(context, fault);
  core.argument[Argument.CLIENT_FLAGS] = meta.clientFlags;
  const status = core.abi.removeItem(
    core.inboxPtr + meta.keyStart,
    meta.keyLength,
    meta.options | With.COUNT_EXISTS,
  );
  if (context.isObserved) traceKey(context);
  if (status === Status.NO_MEMORY) return refuse(context, reply.noMemoryIncr);
  if (status === Status.OK) {
    if (!meta.isQuiet) putEcho(context, code.done);
  } else {
    putEcho(context, status === Status.EXISTS ? code.exists : code.notFound);
  }
  return Outcome.DONE;
}

/** Key and flags are inbox[start … end). */
export function executeMetaArithmetic(context: Context, start: number, end: number): Outcome {
  const { core, meta } = context;
  const { argument } = core;
  if (!meta.cutKey(start, end)) return refuse(context, reply.badLine);
  argument[Argument.DELTA_LOW] = 1;
  argument[Argument.DELTA_HIGH] = 0;
  argument[Argument.INITIAL_LOW] = 0;
  argument[Argument.INITIAL_HIGH] = 0;
  const flagsStart = meta.keyStart + meta.keyLength;
  const fault = meta.readFlags(flagsStart, end, TOKENS_BEFORE);
  if (fault !== null) return refuse(context, reply.metaArithmeticFlags);
  const { mode } = meta;
  const isIncr = mode === NO_MODE || mode === INCR || mode === PLUS;
  if (!isIncr && mode !== DECR && mode !== MINUS) return refuse(context, reply.metaArithmeticMode);
  // A T behind N counts for an item that this makes, too.
  if ((meta.options & With.VIVIFY) !== 0) {
    argument[Argument.VIVIFY_EXPIRES_AT] = meta.lastExpiresAt;
  }
  const status = core.abi.changeItem(
    core.inboxPtr + meta.keyStart,
    meta.keyLength,
    isIncr ? 1 : 0,
    meta.options,
  );
  if (context.isObserved) traceKey(context);
  answerNumber(context, status);
  return Outcome.DONE;
}

function answerNumber(context: Context, status: number): void {
  switch (status) {
    case Status.OK:
      // As in memcached q does not hide that an item was made.
      if (!context.meta.isQuiet || isCreated(context)) putChanged(context);
      break;
    case Status.NOT_FOUND:
      putEcho(context, code.notFound);
      break;
    case Status.EXISTS:
      putEcho(context, code.exists);
      break;
    case Status.NOT_NUMERIC:
      respond(context, reply.notNumeric, false);
      break;
    default:
      respond(context, status === Status.NO_MEMORY ? reply.noMemoryIncr : reply.noMemoryNew, false);
  }
}

function isCreated({ core: { result } }: Context): boolean {
  return ((result[Result.ITEM_STATE] as number) & ItemState.CREATED) !== 0;
}

function putChanged(context: Context): void {
  const { core, output, meta } = context;
  const low = core.result[Result.NUMBER_LOW] as number;
  const high = core.result[Result.NUMBER_HIGH] as number;
  output.makeRoom();
  if ((meta.options & With.VALUE) === 0) {
    output.append(code.done);
    putFlags(context);
    endLine(output);
    return;
  }
  output.append(code.value);
  putNumber(output, digitCount(low, high));
  putFlags(context);
  endLine(output);
  putU64(output, low, high);
  endLine(output);
}

function digitCount(low: number, high: number): number {
  const value = high * 2 ** 32 + low;
  if (high >= 2 ** 21) return ((BigInt(high) << 32n) | BigInt(low)).toString().length;
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}

/** c, t, O and k in the order of the request; t tells what T and N before it have set. */
function putFlags(context: Context): void {
  const { core, output, meta, clock } = context;
  const { inbox, result, argument } = core;
  const isMade = isCreated(context);
  let expiresAt = result[Result.EXPIRES_AT] as number;
  const end = meta.flagsEnd;
  for (let at = meta.flagsStart; at < end; at++) {
    const first = at;
    while (at < end && inbox[at] !== SPACE) at++;
    if (at === first) continue;
    switch (inbox[first]) {
      case Flag.T:
        expiresAt = argument[Argument.EXPIRES_AT] as number;
        break;
      case Flag.N:
        if (isMade) expiresAt = meta.vivifyExpiresAt;
        break;
      case Flag.t:
        putTtl(context, expiresAt === 0 ? -1 : (expiresAt - clock.now) >>> 0);
        break;
      case Flag.c:
        putFlag(output, Flag.c);
        putU64(output, result[Result.CAS_LOW] as number, result[Result.CAS_HIGH] as number);
        break;
      case Flag.O:
        putOpaque(context, first, at);
        break;
      case Flag.k:
        putKey(context);
        break;
      default:
    }
  }
}

function putTtl({ output }: Context, seconds: number): void {
  putFlag(output, Flag.t);
  if (seconds >= 0) {
    putNumber(output, seconds);
    return;
  }
  output.bytes[output.end++] = MINUS;
  putNumber(output, 1);
}
