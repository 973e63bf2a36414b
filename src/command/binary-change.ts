/**
 * Binary delete, increment, decrement, flush and their quiet forms.
 */
import { Argument, Result, Status, With } from "../../assembly/shared/status.ts";
import type { Context } from "./context.ts";
import { NO_MEMORY_INCR, NO_MEMORY_NEW } from "../protocol/binary-texts.ts";
import { Opcode, type Packet, PacketStatus, putU32, u32At } from "../protocol/binary-packet.ts";
import { Outcome } from "./outcome.ts";
import { packetKey, traceRequest } from "./binary-trace.ts";
import { putHeader, respondDone, respondError } from "./binary-respond.ts";
import { readCas } from "./binary-store.ts";
import { traceLookup } from "./trace.ts";

/** Places in the extras of increment and decrement. */
const DELTA_AT = 0;
const INITIAL_AT = 8;
const EXPTIME_AT = 16;

/** This exptime means that a miss creates nothing. */
const DO_NOT_CREATE = 0xffffffff;

const NUMBER_SIZE = 8;

export function executeBinaryDelete(context: Context, packet: Packet): Outcome {
  const { core } = context;
  const options = readCas(context, packet) ? With.CAS : 0;
  const status = core.abi.removeItem(core.inboxPtr + packet.keyAt, packet.keyLength, options);
  if (context.isObserved) {
    const key = packetKey(context, packet);
    traceRequest(context, `Deleting ${key}`);
    traceLookup(context, key);
    if (context.settings.detailEnabled) context.prefixes.countDelete(key);
  }
  if (status === Status.OK) respondDone(context, packet, false);
  else if (status === Status.EXISTS) respondError(context, packet, PacketStatus.EXISTS);
  else respondError(context, packet, PacketStatus.NOT_FOUND);
  return Outcome.DONE;
}

export function executeBinaryArithmetic(context: Context, packet: Packet): Outcome {
  const { core, clock } = context;
  const { inbox, argument } = core;
  const { extrasAt } = packet;
  const isIncr = packet.loudOpcode === Opcode.INCREMENT;
  const exptime = u32At(inbox, extrasAt + EXPTIME_AT);
  argument[Argument.DELTA_HIGH] = u32At(inbox, extrasAt + DELTA_AT);
  argument[Argument.DELTA_LOW] = u32At(inbox, extrasAt + DELTA_AT + 4);
  argument[Argument.INITIAL_HIGH] = u32At(inbox, extrasAt + INITIAL_AT);
  argument[Argument.INITIAL_LOW] = u32At(inbox, extrasAt + INITIAL_AT + 4);
  let options = readCas(context, packet) ? With.CAS : 0;
  if (exptime !== DO_NOT_CREATE) {
    options |= With.VIVIFY;
    argument[Argument.VIVIFY_EXPIRES_AT] = clock.expiry(exptime);
  }
  if (context.isObserved) traceArithmetic(context, packet, exptime);
  const keyPtr = core.inboxPtr + packet.keyAt;
  const status = core.abi.changeItem(keyPtr, packet.keyLength, isIncr ? 1 : 0, options);
  if (context.isObserved) traceLookup(context, packetKey(context, packet));
  if (status === Status.OK) putNumber(context, packet);
  else failArithmetic(context, packet, status);
  return Outcome.DONE;
}

function putNumber(context: Context, packet: Packet): void {
  if (packet.isQuiet) return;
  const { output, core } = context;
  output.makeRoom();
  putHeader(context, packet, PacketStatus.SUCCESS, 0, 0, NUMBER_SIZE, true);
  putU32(output.bytes, output.end, core.result[Result.NUMBER_HIGH] as number);
  putU32(output.bytes, output.end + 4, core.result[Result.NUMBER_LOW] as number);
  output.end += NUMBER_SIZE;
}

function failArithmetic(context: Context, packet: Packet, status: number): void {
  switch (status) {
    case Status.NOT_FOUND:
      respondError(context, packet, PacketStatus.NOT_FOUND);
      break;
    case Status.EXISTS:
      respondError(context, packet, PacketStatus.EXISTS);
      break;
    case Status.NOT_NUMERIC:
      respondError(context, packet, PacketStatus.NOT_NUMERIC);
      break;
    case Status.NO_MEMORY_NEW:
      respondError(context, packet, PacketStatus.NO_MEMORY, NO_MEMORY_NEW);
      break;
    default:
      respondError(context, packet, PacketStatus.NO_MEMORY, NO_MEMORY_INCR);
  }
}

function traceArithmetic(context: Context, packet: Packet, exptime: number): void {
  const { argument } = context.core;
  const u64 = (high: Argument, low: Argument): bigint =>
    (BigInt(argument[high] as number) << 32n) + BigInt(argument[low] as number);
  const delta = BigInt.asIntN(64, u64(Argument.DELTA_HIGH, Argument.DELTA_LOW));
  const initial = u64(Argument.INITIAL_HIGH, Argument.INITIAL_LOW);
  const key = packetKey(context, packet);
  const name = packet.loudOpcode === Opcode.INCREMENT ? "incr" : "decr";
  // As memcached prints them: delta and exptime as if they were signed.
  traceRequest(context, `${name} ${key} ${delta}, ${initial}, ${exptime | 0}`);
}

/** Unlike flush_all, a flush that `-F` refuses is not counted. */
export function executeBinaryFlush(context: Context, packet: Packet): Outcome {
  const { core, clock, settings } = context;
  if (!settings.flushEnabled) {
    respondError(context, packet, PacketStatus.AUTH_FAILURE);
    return Outcome.DONE;
  }
  const exptime = packet.extrasLength > 0 ? u32At(core.inbox, packet.extrasAt) : 0;
  if (exptime > 0) core.abi.flush(clock.expiry(exptime) - 1, 0);
  else core.abi.flush(clock.now - 1, 1);
  respondDone(context, packet, false);
  return Outcome.DONE;
}
