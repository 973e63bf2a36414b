/**
 * delete, touch, incr, decr: one key, answered at once.
 */
import type { Context } from "./context.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { NOREPLY } from "./words.ts";
import { Outcome } from "./outcome.ts";
import { Status } from "../../assembly/shared/status.ts";
import { readI32, readU64, u64 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond, respondSilently } from "./respond.ts";
import { traceLookup } from "./trace.ts";

/**
 * Cuts the line inbox[start … end) and checks what all of these need: enough tokens, and a key
 * (token 1) that is not over-long. Returns 1 with noreply, 0 without, -1 when the error was
 * answered.
 */
function cutLine(context: Context, start: number, end: number, tokensMin: number): number {
  const { core, tokens } = context;
  tokens.cut(core.inbox, start, end);
  if (tokens.count < tokensMin) {
    respond(context, reply.badLine, false);
    return -1;
  }
  const isNoreply = tokens.is(core.inbox, tokens.count - 1, NOREPLY);
  if (tokens.length(1) > KEY_LENGTH_MAX) {
    respond(context, reply.badLine, isNoreply);
    return -1;
  }
  return isNoreply ? 1 : 0;
}

function keyPtr(context: Context): number {
  return context.core.inboxPtr + context.tokens.start(1);
}

function keyText(context: Context): string {
  return context.tokens.text(context.core.inbox, 1);
}

export function executeDelete(context: Context, start: number, end: number): Outcome {
  const noreply = cutLine(context, start, end, 2);
  if (noreply < 0) return Outcome.DONE;
  const isHit = context.core.abi.remove(keyPtr(context), context.tokens.length(1)) !== 0;
  if (context.isObserved) {
    const key = keyText(context);
    traceLookup(context, key);
    if (context.settings.detailEnabled) context.prefixes.countDelete(key);
  }
  respondSilently(context, isHit ? reply.deleted : reply.notFound, noreply === 1);
  return Outcome.DONE;
}

export function executeTouch(context: Context, start: number, end: number): Outcome {
  const noreply = cutLine(context, start, end, 3);
  if (noreply < 0) return Outcome.DONE;
  const { core, tokens } = context;
  const exptime = readI32(core.inbox, tokens.start(2), tokens.length(2));
  if (Number.isNaN(exptime)) {
    respond(context, reply.badExptime, noreply === 1);
    return Outcome.DONE;
  }
  const expiresAt = context.clock.expiry(exptime);
  const isHit = core.abi.touch(keyPtr(context), tokens.length(1), expiresAt) !== 0;
  if (context.isObserved) traceLookup(context, keyText(context));
  respondSilently(context, isHit ? reply.touched : reply.notFound, noreply === 1);
  return Outcome.DONE;
}

export function executeArithmetic(
  context: Context,
  start: number,
  end: number,
  isIncr: boolean,
): Outcome {
  const noreply = cutLine(context, start, end, 3);
  if (noreply < 0) return Outcome.DONE;
  const { core, tokens, output } = context;
  if (!readU64(core.inbox, tokens.start(2), tokens.length(2))) {
    respond(context, reply.badDelta, noreply === 1);
    return Outcome.DONE;
  }
  output.makeRoom();
  const result = core.abi.changeNumber(
    keyPtr(context),
    tokens.length(1),
    isIncr ? 1 : 0,
    u64.low,
    u64.high,
    output.ptr + output.end,
  );
  if (context.isObserved) traceLookup(context, keyText(context));
  const status = result & 0xff;
  if (status !== Status.OK) {
    respondSilently(context, arithmeticError(status), noreply === 1);
  } else if (noreply === 0) {
    output.end += result >>> 8;
    output.put(reply.newLine);
  }
  return Outcome.DONE;
}

function arithmeticError(status: number): Uint8Array {
  if (status === Status.NOT_FOUND) return reply.notFound;
  return status === Status.NOT_NUMERIC ? reply.notNumeric : reply.noMemoryIncr;
}
