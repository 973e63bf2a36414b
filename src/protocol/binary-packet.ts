/**
 * A packet of the binary protocol: its header, and what each opcode is (specification §4.1, §4.2).
 *
 *     0      1        2           4        5      6          8        12      16     24
 *     magic │ opcode │ key length │ extras │ data │ reserved │ body   │ opaque │ CAS  │ extras,
 *     0x80  │        │            │ length │ type │ / status │ length │        │      │ key, value
 *
 * Integers are big-endian; the body is extras, key and value together. One record is refilled for
 * each packet of a connection. The reserved bytes and the data type are not looked at.
 */

export const MAGIC_REQUEST = 0x80;
export const MAGIC_RESPONSE = 0x81;
export const HEADER_SIZE = 24;

/** A body that claims to be longer is refused as soon as the header is there. */
export const BODY_LENGTH_MAX = 1024 * 1024 * 1024;

export enum Opcode {
  GET = 0x00,
  SET = 0x01,
  ADD = 0x02,
  REPLACE = 0x03,
  DELETE = 0x04,
  INCREMENT = 0x05,
  DECREMENT = 0x06,
  QUIT = 0x07,
  FLUSH = 0x08,
  GETQ = 0x09,
  NOOP = 0x0a,
  VERSION = 0x0b,
  GETK = 0x0c,
  GETKQ = 0x0d,
  APPEND = 0x0e,
  PREPEND = 0x0f,
  STAT = 0x10,
  SETQ = 0x11,
  ADDQ = 0x12,
  REPLACEQ = 0x13,
  DELETEQ = 0x14,
  INCREMENTQ = 0x15,
  DECREMENTQ = 0x16,
  QUITQ = 0x17,
  FLUSHQ = 0x18,
  APPENDQ = 0x19,
  PREPENDQ = 0x1a,
  TOUCH = 0x1c,
  GAT = 0x1d,
  GATQ = 0x1e,
  SASL_LIST = 0x20,
  SASL_AUTH = 0x21,
  SASL_STEP = 0x22,
  GATK = 0x23,
  GATKQ = 0x24,
}

export enum PacketStatus {
  SUCCESS = 0x00,
  NOT_FOUND = 0x01,
  EXISTS = 0x02,
  TOO_LARGE = 0x03,
  INVALID = 0x04,
  NOT_STORED = 0x05,
  NOT_NUMERIC = 0x06,
  AUTH_FAILURE = 0x20,
  AUTH_CONTINUE = 0x21,
  UNKNOWN_COMMAND = 0x81,
  NO_MEMORY = 0x82,
}

/** Quiet opcodes, and the one each of them is the quiet form of. */
const QUIET: readonly (readonly [Opcode, Opcode])[] = [
  [Opcode.GETQ, Opcode.GET],
  [Opcode.GETKQ, Opcode.GETK],
  [Opcode.SETQ, Opcode.SET],
  [Opcode.ADDQ, Opcode.ADD],
  [Opcode.REPLACEQ, Opcode.REPLACE],
  [Opcode.DELETEQ, Opcode.DELETE],
  [Opcode.INCREMENTQ, Opcode.INCREMENT],
  [Opcode.DECREMENTQ, Opcode.DECREMENT],
  [Opcode.QUITQ, Opcode.QUIT],
  [Opcode.FLUSHQ, Opcode.FLUSH],
  [Opcode.APPENDQ, Opcode.APPEND],
  [Opcode.PREPENDQ, Opcode.PREPEND],
  [Opcode.GATQ, Opcode.GAT],
  [Opcode.GATKQ, Opcode.GATK],
];

const loudForms = Uint8Array.from({ length: 256 }, (_, opcode) => opcode);
for (const [quiet, loud] of QUIET) loudForms[quiet] = loud;

/** The four that fetch without touching. */
const plainGets = new Uint8Array(256);
for (const opcode of [Opcode.GET, Opcode.GETQ, Opcode.GETK, Opcode.GETKQ]) plainGets[opcode] = 1;

export function isPlainGet(opcode: number): boolean {
  return plainGets[opcode] === 1;
}

export function u32At(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return ((high << 16) | low) >>> 0;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export class Packet {
  /** Where the header is in the inbox; only while the packet is being executed. */
  at = 0;
  magic = 0;
  /** As received, which is as it is answered. */
  opcode = 0;
  keyLength = 0;
  extrasLength = 0;
  bodyLength = 0;
  opaque = 0;

  /** Takes the header at bytes[at]. */
  read(bytes: Uint8Array, at: number): void {
    this.at = at;
    this.magic = bytes[at] as number;
    this.opcode = bytes[at + 1] as number;
    this.keyLength = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    this.extrasLength = bytes[at + 4] as number;
    this.bodyLength = u32At(bytes, at + 8);
    this.opaque = u32At(bytes, at + 12);
  }

  /** The opcode without its quietness. */
  get loudOpcode(): number {
    return loudForms[this.opcode] as number;
  }

  get isQuiet(): boolean {
    return loudForms[this.opcode] !== this.opcode;
  }

  get extrasAt(): number {
    return this.at + HEADER_SIZE;
  }

  get keyAt(): number {
    return this.at + HEADER_SIZE + this.extrasLength;
  }

  get valueAt(): number {
    return this.keyAt + this.keyLength;
  }

  /** Header, extras and key. */
  get headLength(): number {
    return HEADER_SIZE + this.extrasLength + this.keyLength;
  }

  get valueLength(): number {
    return this.bodyLength - this.extrasLength - this.keyLength;
  }

  /** Whether extras and key fit the body. */
  get isFramed(): boolean {
    return this.extrasLength + this.keyLength <= this.bodyLength;
  }
}
