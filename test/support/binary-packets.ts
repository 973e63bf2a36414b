/**
 * Packets of the binary protocol, as tests write them.
 *
 * A line is a packet: the opcode's name or number, then fields.
 *
 *     SetQ key=foo flags=7 value=bar opaque=1        request
 *     GetK key=foo flags=7 value=bar cas=*           answer
 *     Get error=NOT_FOUND                            answer: the status, and its text as value
 *     raw \x80\x0a                                   just these bytes
 *
 * Extras are made of flags, exptime, delta and initial as the opcode has them, or given as they are
 * (`extras=\x00`). The header follows from the parts, unless a field says otherwise: magic, opaque,
 * cas, reserved, dataType, keyLength, extrasLength, bodyLength. `cas=*` in an answer is any CAS
 * unique but 0. In texts the escapes of transcripts hold, and `\x20` is a space.
 *
 * The numbers here are the tests' own: what the server thinks of opcodes is what is tested.
 */

import { latin1 } from "./bytes.ts";

const OPCODES = `Get Set Add Replace Delete Increment Decrement Quit Flush GetQ Noop Version GetK
  GetKQ Append Prepend Stat SetQ AddQ ReplaceQ DeleteQ IncrementQ DecrementQ QuitQ FlushQ AppendQ
  PrependQ Verbosity Touch GAT GATQ - SASLList SASLAuth SASLStep GATK GATKQ`.split(/\s+/);

const ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  NOT_FOUND: [0x01, "Not found"],
  EXISTS: [0x02, "Data exists for key."],
  TOO_LARGE: [0x03, "Too large."],
  INVALID: [0x04, "Invalid arguments"],
  NOT_STORED: [0x05, "Not stored."],
  NOT_NUMERIC: [0x06, "Non-numeric server-side value for incr or decr"],
  AUTH: [0x20, "Auth failure."],
  UNKNOWN: [0x81, "Unknown command"],
  NO_MEMORY: [0x82, "Out of memory"],
};

const HEADER_SIZE = 24;

export type Fields = Readonly<Record<string, string>>;

/** A decoded answer. */
export interface Answer {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  readonly cas: bigint;
  readonly extras: string;
  readonly key: string;
  readonly value: string;
}

export function opcodeOf(name: string): number {
  const at = OPCODES.indexOf(name);
  const opcode = at >= 0 ? at : Number(name);
  if (!(opcode >= 0 && opcode <= 0xff)) throw new Error(`no opcode: ${name}`);
  return opcode;
}

function big(value: string, size: number): string {
  const hex = BigInt.asUintN(8 * size, BigInt(value)).toString(16);
  return Buffer.from(hex.padStart(2 * size, "0"), "hex").toString("latin1");
}

/** The extras of a request. */
function requestExtras(opcode: number, fields: Fields): string {
  if (fields["extras"] !== undefined) return fields["extras"];
  const name = (OPCODES[opcode] ?? "").replace(/(?<!A)Q$/, "");
  const { flags = "0", exptime = "0", delta = "0", initial = "0" } = fields;
  if (/^(Set|Add|Replace)$/.test(name)) return big(flags, 4) + big(exptime, 4);
  if (/^(Incre|Decre)ment$/.test(name)) return big(delta, 8) + big(initial, 8) + big(exptime, 4);
  if (/^(Touch|GATK?Q?)$/.test(name)) return big(exptime, 4);
  return fields["exptime"] === undefined ? "" : big(exptime, 4);
}

function packet(magic: string, opcode: number, extras: string, fields: Fields): string {
  const { key = "", value = "" } = fields;
  return [
    big(fields["magic"] ?? magic, 1),
    big(String(opcode), 1),
    big(fields["keyLength"] ?? String(key.length), 2),
    big(fields["extrasLength"] ?? String(extras.length), 1),
    big(fields["dataType"] ?? "0", 1),
    big(fields["reserved"] ?? "0", 2),
    big(fields["bodyLength"] ?? String(extras.length + key.length + value.length), 4),
    big(fields["opaque"] ?? "0", 4),
    big(fields["cas"] ?? "0", 8),
    extras,
    key,
    value,
  ].join("");
}

/** A request, a byte a character. */
export function request(name: string, fields: Fields = {}): string {
  const opcode = opcodeOf(name);
  return packet("0x80", opcode, requestExtras(opcode, fields), fields);
}

/** An answer, the same way; its CAS unique is 0 where `cas=*` stands for any. */
export function answer(name: string, fields: Fields = {}): string {
  const { error = "", flags } = fields;
  const [status, text] = ERRORS[error] ?? [Number(fields["status"] ?? 0), fields["value"] ?? ""];
  const number = fields["number"] === undefined ? text : big(fields["number"], 8);
  const value = fields["value"] ?? number;
  const cas = fields["cas"] === "*" ? "0" : (fields["cas"] ?? "0");
  const extras = flags === undefined ? "" : big(flags, 4);
  const whole = { ...fields, value, cas, reserved: String(status) };
  return packet("0x81", opcodeOf(name), extras, whole);
}

/** Where the CAS unique is in an answer. */
export const CAS_PLACE = [16, HEADER_SIZE] as const;

/** A request as bytes. */
export function requestPacket(name: string, fields: Fields = {}): Uint8Array {
  return latin1(request(name, fields));
}

/** Cuts a stream of answers; what is no whole answer at the end is an error. */
export function decodeAnswers(bytes: Uint8Array): Answer[] {
  const answers: Answer[] = [];
  const all = Buffer.from(bytes);
  for (let at = 0; at < all.length;) {
    if (all[at] !== 0x81) throw new Error(`no answer at ${at}: ${all.toString("latin1", at)}`);
    if (all.length - at < HEADER_SIZE) throw new Error(`half a header at ${at}`);
    const keyAt = at + HEADER_SIZE + all.readUInt8(at + 4);
    const valueAt = keyAt + all.readUInt16BE(at + 2);
    const end = at + HEADER_SIZE + all.readUInt32BE(at + 8);
    if (end > all.length || valueAt > end) throw new Error(`half a body at ${at}`);
    answers.push({
      opcode: all.readUInt8(at + 1),
      status: all.readUInt16BE(at + 6),
      opaque: all.readUInt32BE(at + 12),
      cas: all.readBigUInt64BE(at + 16),
      extras: all.toString("latin1", at + HEADER_SIZE, keyAt),
      key: all.toString("latin1", keyAt, valueAt),
      value: all.toString("latin1", valueAt, end),
    });
    at = end;
  }
  return answers;
}
