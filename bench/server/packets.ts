/**
 * Packets of the binary protocol, as loads send and expect them.
 *
 * Place: used to write scripts (`script.ts`). Nothing is shared with the server: a benchmark that
 * checked the server's packets by the server's own code would check little.
 *
 *     0      1        2           4        5   6        8             12       16    24
 *     magic │ opcode │ key length │ extras │ 0 │ status │ body length │ opaque │ CAS │ body
 */
import type { Writer } from "./writer.ts";

const REQUEST = 0x80;
const ANSWER = 0x81;
const FLAGS_BYTES = 4;
const FLAGS_AND_EXPIRY_BYTES = 8;

export const HEADER_BYTES = 24;
/** The CAS unique of an answer is the server's choice: these bytes are not compared. */
export const CAS_START = 16;
export const CAS_END = 24;

export const GET = 0x00;
export const SET = 0x01;
export const NOOP = 0x0a;
export const GETKQ = 0x0d;

function header(
  magic: number,
  opcode: number,
  keyBytes: number,
  extrasBytes: number,
  bodyBytes: number,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + extrasBytes);
  bytes.writeUInt8(magic, 0);
  bytes.writeUInt8(opcode, 1);
  bytes.writeUInt16BE(keyBytes, 2);
  bytes.writeUInt8(extrasBytes, 4);
  bytes.writeUInt32BE(bodyBytes, 8);
  return bytes;
}

function append(writer: Writer, bytes: Buffer): void {
  writer.copy(bytes, 0, bytes.length);
}

/** A get of any kind, or with an empty key a noop. */
export function putGet(writer: Writer, opcode: number, key: string): void {
  append(writer, header(REQUEST, opcode, key.length, 0, key.length));
  writer.text(key);
}

/** The head of a set, client flags and expiry 0; the value is to follow. */
export function putSet(writer: Writer, key: string, valueBytes: number): void {
  const bodyBytes = FLAGS_AND_EXPIRY_BYTES + key.length + valueBytes;
  append(writer, header(REQUEST, SET, key.length, FLAGS_AND_EXPIRY_BYTES, bodyBytes));
  writer.text(key);
}

/** The head of a hit with client flags 0; the value is to follow. No key: it was not asked for. */
export function putHit(writer: Writer, opcode: number, key: string, valueBytes: number): void {
  const bodyBytes = FLAGS_BYTES + key.length + valueBytes;
  append(writer, header(ANSWER, opcode, key.length, FLAGS_BYTES, bodyBytes));
  writer.text(key);
}

/** An answer that says nothing but that all is well. */
export function putDone(writer: Writer, opcode: number): void {
  append(writer, header(ANSWER, opcode, 0, 0, 0));
}

export function hitBytes(opcode: number, keyBytes: number, valueBytes: number): number {
  return HEADER_BYTES + FLAGS_BYTES + (opcode === GETKQ ? keyBytes : 0) + valueBytes;
}
