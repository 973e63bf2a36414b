/**
 * Replies of the binary protocol, built in place at the outbox's end.
 */
import type { Context } from "./context.ts";
import {
  HEADER_SIZE,
  MAGIC_RESPONSE,
  PacketStatus,
  type Packet,
  putU32,
} from "../protocol/binary-packet.ts";
import { errorBody, NOTHING } from "../protocol/binary-texts.ts";
import { Result } from "../../assembly/shared/status.ts";
import { traceError, traceHeader } from "./binary-trace.ts";

/**
 * Writes a header to the outbox, where there has to be room; the body is the caller's. The opcode
 * is as received, quiet or not.
 */
export function putHeader(
  context: Context,
  { opcode, opaque }: Packet,
  status: PacketStatus,
  extrasLength: number,
  keyLength: number,
  bodyLength: number,
  withCas: boolean,
): void {
  const { output, core } = context;
  const { bytes, end } = output;
  bytes[end] = MAGIC_RESPONSE;
  bytes[end + 1] = opcode;
  bytes[end + 2] = keyLength >>> 8;
  bytes[end + 3] = keyLength;
  bytes[end + 4] = extrasLength;
  bytes[end + 5] = 0;
  bytes[end + 6] = status >>> 8;
  bytes[end + 7] = status;
  putU32(bytes, end + 8, bodyLength);
  putU32(bytes, end + 12, opaque);
  putU32(bytes, end + 16, withCas ? (core.result[Result.CAS_HIGH] as number) : 0);
  putU32(bytes, end + 20, withCas ? (core.result[Result.CAS_LOW] as number) : 0);
  output.end = end + HEADER_SIZE;
  if (context.isObserved) traceHeader(context, end);
}

/** An answer whose body, if it has one, is all value. */
export function respondWith(
  context: Context,
  packet: Packet,
  status: PacketStatus,
  body: Uint8Array,
): void {
  context.output.makeRoom();
  putHeader(context, packet, status, 0, 0, body.length, false);
  context.output.append(body);
}

/** Success without a body; the CAS unique is that of the core's result. Quiet packets get none. */
export function respondDone(context: Context, packet: Packet, withCas: boolean): void {
  if (packet.isQuiet) return;
  context.output.makeRoom();
  putHeader(context, packet, PacketStatus.SUCCESS, 0, 0, 0, withCas);
}

/** What went wrong, in words: sent for quiet packets too. */
export function respondError(
  context: Context,
  packet: Packet,
  status: PacketStatus,
  body = errorBody(status),
): void {
  if (context.isObserved) traceError(context, body);
  respondWith(context, packet, status, body);
}

export function respondEmpty(context: Context, packet: Packet): void {
  respondWith(context, packet, PacketStatus.SUCCESS, NOTHING);
}
