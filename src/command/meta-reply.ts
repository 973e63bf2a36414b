/**
 * Replies to meta commands, written at the outbox's end: `putCode` or `append`, then flags, then
 * `endLine`. Nothing is sent in between, so `makeRoom` has to be called before.
 */
import type { Context } from "./context.ts";
import { Flag } from "./meta-request.ts";
import type { Output } from "./output.ts";

const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const LOWER_B = 0x62;
const TWO_32 = 2 ** 32;

/** Most digits of a number of 64 bits. */
const DIGITS_MAX = 20;

/** Appends `value`, a whole number below 2^53. */
export function putNumber(output: Output, value: number): void {
  const { bytes } = output;
  let length = 1;
  for (let rest = value; rest >= 10; length++) rest = Math.floor(rest / 10);
  const end = output.end + length;
  let rest = value;
  for (let at = end - 1; at >= output.end; at--) {
    const next = Math.floor(rest / 10);
    bytes[at] = ZERO + rest - next * 10;
    rest = next;
  }
  output.end = end;
}

/** Appends a number of 64 bits, given in halves. Returns how many digits it has. */
export function putU64(output: Output, low: number, high: number): number {
  const start = output.end;
  if (high < 2 ** 21) {
    putNumber(output, high * TWO_32 + low);
  } else {
    let rest = (BigInt(high) << 32n) | BigInt(low);
    const digits = new Uint8Array(DIGITS_MAX);
    let first = DIGITS_MAX;
    for (; rest > 0n; rest /= 10n) digits[--first] = ZERO + Number(rest % 10n);
    output.append(digits.subarray(first));
  }
  return output.end - start;
}

/** Appends a space and a flag's letter. */
export function putFlag(output: Output, flag: number): void {
  output.bytes[output.end] = SPACE;
  output.bytes[output.end + 1] = flag;
  output.end += 2;
}

/** Appends inbox[start … end). */
function putInput({ core, output }: Context, start: number, end: number): void {
  const { bytes } = output;
  let at = output.end;
  for (let from = start; from < end; from++) bytes[at++] = core.inbox[from] as number;
  output.end = at;
}

/** Appends a space and the opaque token at inbox[start … end), letter and all. */
export function putOpaque(context: Context, start: number, end: number): void {
  context.output.bytes[context.output.end++] = SPACE;
  putInput(context, start, end);
}

/** Appends ` k<key>`, or ` k<base64> b` if it came so. */
export function putKey(context: Context): void {
  const { core, output, meta } = context;
  putFlag(output, Flag.k);
  if (!meta.isKeyBinary) {
    putInput(context, meta.keyStart, meta.keyStart + meta.keyLength);
    return;
  }
  const keyPtr = core.inboxPtr + meta.keyStart;
  output.end += core.abi.encodeBase64(keyPtr, meta.keyLength, output.ptr + output.end);
  putFlag(output, LOWER_B);
}

/** Appends what all replies echo: opaque and key, in the order of the request. */
export function putEchoes(context: Context): void {
  const { core, meta } = context;
  const { inbox } = core;
  const end = meta.flagsEnd;
  let at = meta.flagsStart;
  while (at < end) {
    const first = at;
    while (at < end && inbox[at] !== SPACE) at++;
    if (inbox[first] === Flag.O) putOpaque(context, first, at);
    else if (inbox[first] === Flag.k && at > first) putKey(context);
    at++;
  }
}

export function endLine(output: Output): void {
  output.bytes[output.end] = CR;
  output.bytes[output.end + 1] = LF;
  output.end += 2;
}

/** A whole reply of a code and echoes. */
export function putEcho(context: Context, code: Uint8Array): void {
  const { output } = context;
  output.makeRoom();
  output.append(code);
  putEchoes(context);
  endLine(output);
}

const encoder = new TextEncoder();

/** Codes, without flags and line end. */
export const code = {
  done: encoder.encode("HD"),
  value: encoder.encode("VA "),
  miss: encoder.encode("EN"),
  notFound: encoder.encode("NF"),
  notStored: encoder.encode("NS"),
  exists: encoder.encode("EX"),
  debug: encoder.encode("ME "),
} as const;
