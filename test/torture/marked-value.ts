/**
 * Values that describe themselves, so that a torn or foreign one shows wherever it turns up.
 *
 *     ┌─────┬────────┬────────┬────────┬───────┬──────────────┐
 *     │ key │ writer │ serial │ length │ noise │ checksum (8) │
 *     └─────┴────────┴────────┴────────┴───────┴──────────────┘
 *       text with a space behind each            hex, over all before it
 *
 * Where that does not fit, or by the writer's choice, the checksum is in the client flags instead,
 * over key and value; the value is then as much of the above as there is room for. Flags of 0 say
 * that the checksum is inside: an item without flags has another layout in the core.
 *
 * Writer, serial and length determine every byte: a bad value is compared with the right one.
 */
import type { Hit } from "./reply-reader.ts";
import { Violation } from "./violation.ts";
import { crc32 } from "node:zlib";
import { noise } from "../support/noise.ts";
import { readable } from "../support/bytes.ts";

const VALUE_LENGTH_MAX = 1024 * 1024;
const NOISE_STARTS = 65_536;
const NOISE = noise(VALUE_LENGTH_MAX + NOISE_STARTS, 7);

const CHECKSUM_LENGTH = 8;

export interface MarkedValue {
  readonly bytes: Buffer;
  readonly flags: number;
  /** Tells two values of a key apart, as good as always; never 0. */
  readonly fingerprint: number;
}

function headOf(key: string, writer: number, serial: number, length: number): string {
  return `${key} ${writer} ${serial} ${length} `;
}

function bodyOf(key: string, writer: number, serial: number, length: number): Buffer {
  const body = Buffer.allocUnsafe(length);
  const head = headOf(key, writer, serial, length);
  const headLength = body.write(head, 0, "latin1");
  const start = (writer * 7919 + serial * 104_729) % NOISE_STARTS;
  body.set(NOISE.subarray(start, start + length - headLength), headLength);
  return body;
}

/** Whether there is room for the checksum inside. */
function hasRoom(key: string, writer: number, serial: number, length: number): boolean {
  return length >= headOf(key, writer, serial, length).length + CHECKSUM_LENGTH;
}

/** Over key and value. */
export function fingerprintOf(key: string, value: Uint8Array): number {
  return crc32(value, crc32(key)) || 1;
}

function checksumOf(value: Buffer): string {
  const end = value.length - CHECKSUM_LENGTH;
  return crc32(value.subarray(0, end)).toString(16).padStart(CHECKSUM_LENGTH, "0");
}

export function markedValue(
  key: string,
  writer: number,
  serial: number,
  length: number,
  wantsFlags: boolean,
): MarkedValue {
  const bytes = bodyOf(key, writer, serial, length);
  const isInside = !wantsFlags && hasRoom(key, writer, serial, length);
  if (isInside) bytes.write(checksumOf(bytes), length - CHECKSUM_LENGTH, "latin1");
  const fingerprint = fingerprintOf(key, bytes);
  return { bytes, flags: isInside ? 0 : fingerprint, fingerprint };
}

/** Throws a Violation unless the value is a whole one of its key; returns its fingerprint. */
export function verifyMarked({ key, flags, value }: Hit): number {
  const fingerprint = fingerprintOf(key, value);
  const isWhole =
    flags !== 0
      ? flags === fingerprint
      : value.toString("latin1", value.length - CHECKSUM_LENGTH) === checksumOf(value);
  const head = value.toString("latin1", 0, Math.min(value.length, key.length + 1));
  if (isWhole && `${key} `.startsWith(head)) return fingerprint;
  throw new Violation("a torn or foreign value", {
    key,
    flags,
    length: value.length,
    "begins with": readable(value, 80),
    ...difference(key, flags, value),
  });
}

/** Where it departs from what its own head announces, as far as that can be read. */
function difference(key: string, flags: number, value: Buffer): Record<string, string> {
  const head = /^(\S+) (\d+) (\d+) (\d+) /.exec(value.toString("latin1", 0, 300));
  if (head === null) return {};
  const [, headKey = "", writer, serial, length] = head;
  if (headKey !== key || Number(length) !== value.length) return { "its head is of": head[0] };
  const right = markedValue(key, Number(writer), Number(serial), value.length, flags !== 0);
  const at = value.findIndex((byte, i) => byte !== right.bytes[i]);
  if (at < 0) return { "every byte is right, flags should be": String(right.flags) };
  return { [`differs from byte ${at} on`]: readable(value.subarray(at), 80) };
}
