/**
 * Binary get, getk, touch, gat, gatk and their quiet forms.
 *
 * Plain gets are the hot path: the core answers a run of them at once. All others, and those that
 * somebody watches, go one by one.
 */
import type { BinarySession } from "./binary-session.ts";
import type { Context } from "./context.ts";
import type { CoreFacade } from "../core/facade.ts";
import { Fetch, Result, Status } from "../../assembly/shared/status.ts";
import {
  HEADER_SIZE,
  MAGIC_REQUEST,
  Opcode,
  type Packet,
  PacketStatus,
  isPlainGet,
  putU32,
  u32At,
} from "../protocol/binary-packet.ts";
import { KEY_BATCH_MAX, KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome } from "./outcome.ts";
import { isFree } from "./sasl.ts";
import { packetKey, traceRequest } from "./binary-trace.ts";
import { putHeader, respondError } from "./binary-respond.ts";
import { traceLookup } from "./trace.ts";

/** Client flags: the extras of every hit. */
const FLAGS_SIZE = 4;

/**
 * Answers the plain gets at the beginning of inbox[start … end) with one call of the core: those
 * that are whole and well-formed, up to `countMax`, as far as the outbox has room. Returns where
 * the input goes on, which is `start` if there are none; how many there were is in the session.
 */
export function executeGets(
  context: Context,
  session: BinarySession,
  start: number,
  end: number,
  countMax: number,
): number {
  // Where somebody watches, each packet is told.
  const isOneByOne = context.isObserved || !isFree(context, session);
  const count = isOneByOne ? 0 : gatherGets(context.core, start, end, countMax);
  if (count === 0) return start;
  const { core, output } = context;
  const { abi, result, keys } = core;
  output.makeRoom();
  session.executed = abi.fetchPackets(
    0,
    count,
    output.ptr + output.end,
    output.ptr + output.bytes.length,
    output.sink.isBlocked ? Fetch.PIN : 0,
  );
  output.end += result[Result.OUT_LENGTH] as number;
  const itemPtr = result[Result.ITEM] as number;
  if (itemPtr !== 0) {
    const valuePtr = result[Result.VALUE_PTR] as number;
    output.putItem(itemPtr, valuePtr, result[Result.VALUE_LENGTH] as number);
  }
  const last = 2 * (session.executed - 1);
  return (keys[last] as number) - core.inboxPtr + (keys[last + 1] as number);
}

/** Writes address and length of the packets' keys into the key batch; returns how many. */
function gatherGets(core: CoreFacade, start: number, end: number, countMax: number): number {
  const { inbox, inboxPtr, keys } = core;
  const most = countMax < KEY_BATCH_MAX ? countMax : KEY_BATCH_MAX;
  let at = start;
  let count = 0;
  while (count < most && at + HEADER_SIZE < end) {
    if (inbox[at] !== MAGIC_REQUEST || !isPlainGet(inbox[at + 1] as number)) break;
    // The key's length, no extras, and the key's length once more as the body's.
    const keyLength = ((inbox[at + 2] as number) << 8) | (inbox[at + 3] as number);
    if (keyLength === 0 || keyLength > KEY_LENGTH_MAX || inbox[at + 4] !== 0) break;
    if (u32At(inbox, at + 8) !== keyLength) break;
    const keyAt = at + HEADER_SIZE;
    if (keyAt + keyLength > end) break;
    keys[2 * count] = inboxPtr + keyAt;
    keys[2 * count + 1] = keyLength;
    count++;
    at = keyAt + keyLength;
  }
  return count;
}

/** The value is not wanted, the key is, or neither. */
export function executeBinaryGet(context: Context, packet: Packet): Outcome {
  const { core, output } = context;
  const loud = packet.loudOpcode;
  const isTouch = loud !== Opcode.GET && loud !== Opcode.GETK;
  const withKey = loud === Opcode.GETK || loud === Opcode.GATK;
  const withValue = loud !== Opcode.TOUCH;
  const { keyLength } = packet;
  const bodyAt = HEADER_SIZE + FLAGS_SIZE + (withKey ? keyLength : 0);
  let options = isTouch ? Fetch.TOUCH : 0;
  if (!withValue) options |= Fetch.NO_VALUE;
  output.makeRoom();
  if (output.sink.isBlocked) options |= Fetch.PIN;
  const status = core.abi.fetchItem(
    core.inboxPtr + packet.keyAt,
    keyLength,
    output.ptr + output.end + bodyAt,
    options,
    isTouch ? context.clock.expiry(u32At(core.inbox, packet.extrasAt)) : 0,
  );
  if (context.isObserved) observeGet(context, packet, isTouch, status === Status.OK);
  if (status === Status.OK) putHit(context, packet, withKey, withValue);
  else if (!packet.isQuiet) putMiss(context, packet, withKey);
  return Outcome.DONE;
}

/** The core has put the value behind the place for header, flags and key, or holds the item. */
function putHit(context: Context, packet: Packet, withKey: boolean, withValue: boolean): void {
  const { core, output } = context;
  const { result, inbox } = core;
  const keyLength = withKey ? packet.keyLength : 0;
  const valueLength = withValue ? (result[Result.VALUE_LENGTH] as number) : 0;
  const bodyLength = FLAGS_SIZE + keyLength + valueLength;
  putHeader(context, packet, PacketStatus.SUCCESS, FLAGS_SIZE, keyLength, bodyLength, true);
  const { bytes } = output;
  let at = output.end;
  putU32(bytes, at, result[Result.CLIENT_FLAGS] as number);
  at += FLAGS_SIZE;
  for (let i = 0; i < keyLength; i++) bytes[at + i] = inbox[packet.keyAt + i] as number;
  at += keyLength;
  const itemPtr = result[Result.ITEM] as number;
  if (itemPtr === 0) {
    output.end = at + valueLength;
  } else {
    output.end = at;
    output.putItem(itemPtr, result[Result.VALUE_PTR] as number, valueLength);
  }
}

/** A miss of getk and gatk has the key for its body. */
function putMiss(context: Context, packet: Packet, withKey: boolean): void {
  if (!withKey) {
    respondError(context, packet, PacketStatus.NOT_FOUND);
    return;
  }
  const { output, core } = context;
  const { keyLength, keyAt } = packet;
  putHeader(context, packet, PacketStatus.NOT_FOUND, 0, keyLength, keyLength, false);
  output.append(core.inbox.subarray(keyAt, keyAt + keyLength));
}

function observeGet(context: Context, packet: Packet, isTouch: boolean, isHit: boolean): void {
  const key = packetKey(context, packet);
  traceRequest(context, `<${context.connectionId} ${isTouch ? "TOUCH" : "GET"} ${key}`);
  traceLookup(context, key);
  if (context.settings.detailEnabled) context.prefixes.countGet(key, isHit);
}
