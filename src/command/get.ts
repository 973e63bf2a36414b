/**
 * get, gets, gat, gats: the hot path.
 *
 * The keys are walked right in the inbox; for each, one call makes the core write its VALUE block
 * at the outbox's end.
 */
import type { Context } from "./context.ts";
import type { CoreFacade } from "../core/facade.ts";
import { Fetch, Result } from "../../assembly/shared/status.ts";
import { KEY_BATCH_MAX, KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome } from "./outcome.ts";
import { latin1 } from "../protocol/tokens.ts";
import { readI32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { traceLine, traceLookup } from "./trace.ts";

const SPACE = 0x20;

/** Whether a key in bytes[start … end) is over-long. */
export function hasLongKey(bytes: Uint8Array, start: number, end: number): boolean {
  let length = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === SPACE) length = 0;
    else if (++length > KEY_LENGTH_MAX) return true;
  }
  return false;
}

/** `get <key>*` and `gets <key>*`: keys in inbox[start … end). */
export function executeGet(
  context: Context,
  start: number,
  end: number,
  withCas: boolean,
): Outcome {
  const { output } = context;
  const keys = fetchKeys(context, start, end, withCas ? Fetch.WITH_CAS : 0, 0);
  if (keys > 0) endGet(context);
  else if (keys === 0) respond(context, reply.badLine, false);
  else output.put(reply.badLine);
  return Outcome.DONE;
}

/** `gat <exptime> <key>*` and `gats`: exptime and keys in inbox[start … end). */
export function executeGat(
  context: Context,
  start: number,
  end: number,
  withCas: boolean,
): Outcome {
  const { core, tokens } = context;
  tokens.cut(core.inbox, start, end);
  if (tokens.count < 2) {
    respond(context, reply.badLine, false);
    return Outcome.DONE;
  }
  const exptime = readI32(core.inbox, tokens.start(0), tokens.length(0));
  if (Number.isNaN(exptime)) {
    respond(context, reply.badExptime, false);
    return Outcome.DONE;
  }
  const options = Fetch.TOUCH | (withCas ? Fetch.WITH_CAS : 0);
  const expiresAt = context.clock.expiry(exptime);
  const keys = fetchKeys(context, tokens.start(1), end, options, expiresAt);
  if (keys < 0) context.output.put(reply.badLine);
  else endGet(context);
  return Outcome.DONE;
}

/** Ends a get's reply. */
export function endGet(context: Context): void {
  context.output.put(reply.end);
  if (context.isObserved) traceLine(context, ">", "END");
}

/**
 * Answers each key in inbox[start … end). Returns how many there were, or -1 if one was over-long:
 * the request's replies are dropped then, and the error line is the caller's. What has left the
 * outbox can't be dropped, so before anything leaves the rest of the line is checked; if it is
 * doomed, the keys before the over-long one are still fetched, since they count.
 */
export function fetchKeys(
  context: Context,
  start: number,
  end: number,
  options: number,
  expiresAt: number,
): number {
  const { core, output } = context;
  const { inbox, abi } = core;
  output.makeRoom();
  output.setMark();
  // Where somebody watches, each lookup is told: one key at a time then.
  const batchMax = context.isObserved ? 1 : KEY_BATCH_MAX;
  let isChecked = false;
  let isDoomed = false;
  let total = 0;
  let at = start;
  for (;;) {
    const count = gatherKeys(core, at, end, batchMax);
    for (let done = 0; done < count;) {
      if (output.isFull && !isChecked) {
        isChecked = true;
        isDoomed = hasLongKey(inbox, keyEnd(core, done), end);
      }
      if (isDoomed) output.cutToMark(abi.release);
      else output.makeRoom();
      done += fetchSome(context, done, count, options, expiresAt);
    }
    total += count;
    if (count > 0) at = keyEnd(core, count - 1);
    if (count === batchMax) continue;
    while (at < end && inbox[at] === SPACE) at++;
    if (at >= end) return total;
    output.cutToMark(abi.release);
    return -1;
  }
}

/** Where the key with this index in the batch ends in the inbox. */
function keyEnd({ keys, inboxPtr }: CoreFacade, index: number): number {
  return (keys[2 * index] as number) - inboxPtr + (keys[2 * index + 1] as number);
}

/**
 * Writes address and length of the keys in inbox[start … end) into the key batch, until there are
 * `countMax` or an over-long one is met. Returns how many.
 */
function gatherKeys(core: CoreFacade, start: number, end: number, countMax: number): number {
  const { inbox, inboxPtr, keys } = core;
  let count = 0;
  let at = start;
  while (count < countMax) {
    while (at < end && inbox[at] === SPACE) at++;
    if (at >= end) break;
    const first = at;
    while (at < end && inbox[at] !== SPACE) at++;
    if (at - first > KEY_LENGTH_MAX) break;
    keys[2 * count] = inboxPtr + first;
    keys[2 * count + 1] = at - first;
    count++;
  }
  return count;
}

/**
 * Answers keys of the batch from index `from` on, at least one, while the outbox has room. Returns
 * how many.
 */
function fetchSome(
  context: Context,
  from: number,
  count: number,
  options: number,
  expiresAt: number,
): number {
  const { core, output } = context;
  const answered = core.abi.fetchKeys(
    from,
    count,
    output.ptr + output.end,
    output.ptr + output.bytes.length,
    output.sink.isBlocked ? options | Fetch.PIN : options,
    expiresAt,
  );
  const length = core.result[Result.OUT_LENGTH] as number;
  output.end += length;
  if (core.result[Result.ITEM] !== 0) putPinned(context);
  if (context.isObserved) {
    const first = (core.keys[2 * from] as number) - core.inboxPtr;
    traceFetch(context, first, keyEnd(core, from), length > 0);
  }
  return answered;
}

/** The value goes from the item, its CR LF from the outbox. */
function putPinned({ output, core: { result } }: Context): void {
  output.putItem(
    result[Result.ITEM] as number,
    result[Result.VALUE_PTR] as number,
    result[Result.VALUE_LENGTH] as number,
  );
  output.append(reply.newLine);
}

function traceFetch(context: Context, first: number, end: number, isHit: boolean): void {
  const key = latin1(context.core.inbox, first, end);
  traceLookup(context, key);
  if (isHit) traceLine(context, ">", `sending key ${key}`);
  if (context.settings.detailEnabled) context.prefixes.countGet(key, isHit);
}
