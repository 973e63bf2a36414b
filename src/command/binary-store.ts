/**
 * Binary set, add, replace, append, prepend and their quiet forms: the head of the packet, and the
 * end of its value.
 */
import {
  Argument,
  Result,
  Status,
  StoreMode,
  UNCOUNTED,
  With,
} from "../../assembly/shared/status.ts";
import type { Context } from "./context.ts";
import { Opcode, type Packet, PacketStatus, u32At } from "../protocol/binary-packet.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { NO_MEMORY_ITEM, NO_MEMORY_READ, errorBody } from "../protocol/binary-texts.ts";
import { packetKey, traceRequest } from "./binary-trace.ts";
import { respondDone, respondError } from "./binary-respond.ts";
import { traceStore } from "./storage-trace.ts";

/** Places in the header and in the extras. */
const CAS_AT = 16;
const EXPTIME_AT = 4;

const MODES: Readonly<Record<number, StoreMode>> = {
  [Opcode.SET]: StoreMode.SET,
  [Opcode.ADD]: StoreMode.ADD,
  [Opcode.REPLACE]: StoreMode.REPLACE,
  [Opcode.APPEND]: StoreMode.APPEND,
  [Opcode.PREPEND]: StoreMode.PREPEND,
};

/** Puts the CAS unique that the packet names into the core's arguments; whether it names one. */
export function readCas({ core }: Context, packet: Packet): boolean {
  const high = u32At(core.inbox, packet.at + CAS_AT);
  const low = u32At(core.inbox, packet.at + CAS_AT + 4);
  core.argument[Argument.CAS_HIGH] = high;
  core.argument[Argument.CAS_LOW] = low;
  return (high | low) !== 0;
}

export function executeBinaryStore(context: Context, packet: Packet, upload: Upload): Outcome {
  const { core, clock, settings } = context;
  const mode = MODES[packet.loudOpcode] as StoreMode;
  const isExtension = mode === StoreMode.APPEND || mode === StoreMode.PREPEND;
  const { extrasAt, valueLength } = packet;
  const clientFlags = isExtension ? 0 : u32At(core.inbox, extrasAt);
  const exptime = isExtension ? 0 : u32At(core.inbox, extrasAt + EXPTIME_AT);
  if (context.isObserved) observeStore(context, packet, upload, isExtension);
  const itemPtr = core.abi.beginSet(
    core.inboxPtr + packet.keyAt,
    packet.keyLength,
    clientFlags,
    clock.expiry(exptime),
    valueLength,
    mode | UNCOUNTED,
  );
  if (itemPtr === 0) {
    const isTooLarge = core.result[Result.STATUS] === Status.TOO_LARGE;
    const status = isTooLarge ? PacketStatus.TOO_LARGE : PacketStatus.NO_MEMORY;
    respondError(context, packet, status, isTooLarge ? errorBody(status) : NO_MEMORY_ITEM);
    upload.swallowLength = valueLength;
    return Outcome.SWALLOW;
  }
  // Without CAS uniques (-C) there is nothing to compare with: the packet's is ignored.
  const hasCas = readCas(context, packet) && settings.casEnabled;
  upload.casLow = hasCas ? (core.argument[Argument.CAS_LOW] as number) : 0;
  upload.casHigh = hasCas ? (core.argument[Argument.CAS_HIGH] as number) : 0;
  upload.mode = hasCas && !isExtension ? StoreMode.CAS : mode;
  upload.begin(core, itemPtr, valueLength, 0);
  return Outcome.UPLOAD;
}

/** The value was read: stores the item. */
export function finishBinaryStore(context: Context, packet: Packet, upload: Upload): void {
  const { core } = context;
  const { itemPtr, casLow, casHigh } = upload;
  const hasCas = (casLow | casHigh) !== 0;
  upload.itemPtr = 0;
  core.argument[Argument.CAS_LOW] = casLow;
  core.argument[Argument.CAS_HIGH] = casHigh;
  const status = core.abi.endStore(itemPtr, upload.mode, hasCas ? With.CAS : 0);
  if (context.isObserved) traceStore(context, upload, status);
  if (status === Status.OK) respondDone(context, packet, true);
  else respondError(context, packet, failureOf(status, packet.loudOpcode));
}

/** There is no memory for the rest of the value, which is swallowed. */
export function failBinaryStore(context: Context, packet: Packet): void {
  respondError(context, packet, PacketStatus.NO_MEMORY, NO_MEMORY_READ);
}

function failureOf(status: number, loudOpcode: number): PacketStatus {
  if (status === Status.EXISTS) return PacketStatus.EXISTS;
  if (status === Status.NOT_FOUND) return PacketStatus.NOT_FOUND;
  if (loudOpcode === Opcode.ADD) return PacketStatus.EXISTS;
  return loudOpcode === Opcode.REPLACE ? PacketStatus.NOT_FOUND : PacketStatus.NOT_STORED;
}

const NAMES: Readonly<Record<number, string>> = {
  [Opcode.SET]: "SET",
  [Opcode.ADD]: "ADD",
  [Opcode.REPLACE]: "REPLACE",
};

function observeStore(
  context: Context,
  packet: Packet,
  upload: Upload,
  isExtension: boolean,
): void {
  upload.key = packetKey(context, packet);
  const length = `Value len is ${packet.valueLength}`;
  const name = NAMES[packet.loudOpcode];
  const lead = isExtension ? "" : `<${context.connectionId} ${name} ${upload.key} `;
  traceRequest(context, `${lead}${length}`);
  if (context.settings.detailEnabled) context.prefixes.countSet(upload.key);
}
