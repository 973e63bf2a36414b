/**
 * mg, which the core answers by itself, and me.
 */
import type { Context } from "./context.ts";
import { Fetch, ItemState, Result, Status, With } from "../../assembly/shared/status.ts";
import { HostCounter } from "../base/host-counters.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome } from "./outcome.ts";
import { code, endLine, putEcho } from "./meta-reply.ts";
import { latin1 } from "../protocol/tokens.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { traceLookup } from "./trace.ts";

/** Tokens before the flags. */
export const TOKENS_BEFORE = 2;

/** Key and flags are inbox[start … end). */
export function executeMetaGet(context: Context, start: number, end: number): Outcome {
  const { core, output, meta } = context;
  if (!meta.cutKey(start, end)) return refuse(context, reply.badLine);
  const flagsStart = meta.keyStart + meta.keyLength;
  const fault = meta.readFlags(flagsStart, end, TOKENS_BEFORE);
  if (fault !== null) return refuse(context, fault);
  output.makeRoom();
  const written = core.abi.fetchMeta(
    core.inboxPtr + meta.keyStart,
    meta.keyLength,
    core.inboxPtr + flagsStart,
    core.inboxPtr + end,
    output.ptr + output.end,
    output.sink.isBlocked ? meta.options | With.PIN : meta.options,
  );
  if (context.isObserved) traceKey(context);
  if (written > 0) output.end += written;
  else if (written < 0) putPinned(context, -written);
  else answerMiss(context);
  return Outcome.DONE;
}

export function refuse(context: Context, error: Uint8Array): Outcome {
  respond(context, error, false);
  return Outcome.DONE;
}

/** `-vvv`: what the lookup met. */
export function traceKey(context: Context): void {
  const { core, meta } = context;
  traceLookup(context, latin1(core.inbox, meta.keyStart, meta.keyStart + meta.keyLength));
}

/** `lineLength` bytes were written, a reply's line at their end; the value goes from its item. */
export function putPinned({ output, core: { result } }: Context, lineLength: number): void {
  output.end += lineLength;
  output.putItem(
    result[Result.ITEM] as number,
    result[Result.VALUE_PTR] as number,
    result[Result.VALUE_LENGTH] as number,
  );
  output.append(reply.newLine);
}

export function answerMiss(context: Context): void {
  const { core, meta } = context;
  if (core.result[Result.STATUS] === Status.OVERHELD) respond(context, reply.metaOverheld, false);
  else if (!meta.isQuiet) putEcho(context, code.miss);
}

/** `me <key> [b]`: what is known of an item, without an access to it. */
export function executeMetaDebug(context: Context, start: number, end: number): Outcome {
  const { core, output, meta } = context;
  if (!meta.cutKey(start, end)) return refuse(context, reply.badLine);
  if (meta.keyLength > KEY_LENGTH_MAX) return refuse(context, reply.badLine);
  const fault = meta.readFlags(meta.keyStart + meta.keyLength, end, TOKENS_BEFORE);
  // Flags other than b mean nothing here.
  if (fault === reply.metaBadKey) return refuse(context, fault);
  context.counters.add(HostCounter.META_COMMANDS, 1);
  const status = core.abi.fetchItem(
    core.inboxPtr + meta.keyStart,
    meta.keyLength,
    0,
    Fetch.LOOK,
    0,
  );
  if (context.isObserved) traceKey(context);
  if (status !== Status.OK) return refuse(context, reply.metaMiss);
  output.makeRoom();
  output.append(code.debug);
  putStoredKey(context);
  output.putText(` ${figures(context)}`);
  endLine(output);
  return Outcome.DONE;
}

/** The key as it was stored: in base64 if it came so then. */
function putStoredKey({ core, output, meta }: Context): void {
  const keyEnd = meta.keyStart + meta.keyLength;
  if (((core.result[Result.ITEM_STATE] as number) & ItemState.KEY_BINARY) === 0) {
    output.append(core.inbox.subarray(meta.keyStart, keyEnd));
    return;
  }
  const keyPtr = core.inboxPtr + meta.keyStart;
  output.end += core.abi.encodeBase64(keyPtr, meta.keyLength, output.ptr + output.end);
}

function figures({ core: { result }, clock }: Context): string {
  const slot = (which: Result): number => result[which] as number;
  const expiresAt = slot(Result.EXPIRES_AT);
  const cas = (BigInt(slot(Result.CAS_HIGH)) << 32n) | BigInt(slot(Result.CAS_LOW));
  const isFetched = (slot(Result.ITEM_STATE) & ItemState.FETCHED) !== 0;
  return [
    `exp=${expiresAt === 0 ? -1 : expiresAt - clock.now}`,
    `la=${clock.now - slot(Result.LAST_ACCESS)}`,
    `cas=${cas}`,
    `fetch=${isFetched ? "yes" : "no"}`,
    `cls=${slot(Result.CLASS_ID)}`,
    `size=${slot(Result.SIZE)}`,
  ].join(" ");
}
