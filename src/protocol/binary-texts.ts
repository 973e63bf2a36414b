/**
 * Bodies of the binary protocol's answers: what went wrong, in words (specification §4.3), and the
 * few that say that all is well.
 */
import { PacketStatus } from "./binary-packet.ts";

const encoder = new TextEncoder();

export function body(text: string): Uint8Array {
  return encoder.encode(text);
}

export const NOTHING = new Uint8Array(0);

export const AUTHENTICATED = body("Authenticated");

/** By status; out of memory says where it was. */
const ERROR_BODIES: Readonly<Record<number, Uint8Array>> = {
  [PacketStatus.NOT_FOUND]: body("Not found"),
  [PacketStatus.EXISTS]: body("Data exists for key."),
  [PacketStatus.TOO_LARGE]: body("Too large."),
  [PacketStatus.INVALID]: body("Invalid arguments"),
  [PacketStatus.NOT_STORED]: body("Not stored."),
  [PacketStatus.NOT_NUMERIC]: body("Non-numeric server-side value for incr or decr"),
  [PacketStatus.AUTH_FAILURE]: body("Auth failure."),
  [PacketStatus.UNKNOWN_COMMAND]: body("Unknown command"),
  [PacketStatus.NO_MEMORY]: body("Out of memory"),
};

export const NO_MEMORY_ITEM = body("Out of memory allocating item");
export const NO_MEMORY_NEW = body("Out of memory allocating new item");
export const NO_MEMORY_READ = body("Out of memory during read");
export const NO_MEMORY_INCR = body("Out of memory incrementing value");

export function errorBody(status: PacketStatus): Uint8Array {
  return ERROR_BODIES[status] ?? NOTHING;
}
