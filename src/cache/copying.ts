/**
 * Keys and values on their way between the program's objects and the core's memory.
 *
 * Place: the hot path of every call of the cache. Most keys and many values are short, and for
 * those a loop costs less than a call of the engine's own: `set` and `encodeInto` take 13 and 18 ns
 * whatever they copy, `slice` 30, a loop half a nanosecond for each byte (Bun 1.4). Nothing here
 * makes a view of a few bytes, nor asks a typed array for its `buffer`: for a small one
 * JavaScriptCore has to make that first, which takes half a microsecond.
 */

/** Up to so many bytes are put into the core by a loop. */
export const SHORT = 24;
/** Up to so many become an array of their own by a loop. */
const TAKEN_MAX = 48;
/** Up to so many become text one by one, where the host has nothing better. */
const CHARACTERS_MAX = 24;

const encoder = new TextEncoder();
/** A BOM is part of a text like any other character. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Browsers do not encode into shared memory; where there is none, nothing is shared. */
function mayEncodeInto(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return true;
  try {
    encoder.encodeInto("", new Uint8Array(new SharedArrayBuffer(1)));
    return true;
  } catch {
    return false;
  }
}

const ENCODES_INTO = mayEncodeInto();

type TextReader = (this: Uint8Array, start: number, end: number) => string;

/** What hosts with Buffers have: text out of bytes without a copy or a view in between. */
const readText = (
  globalThis as { readonly Buffer?: { readonly prototype: { readonly utf8Slice?: TextReader } } }
).Buffer?.prototype.utf8Slice;

/** What is above lies in its item, in a view of the whole memory: it is copied first. */
const READ_MAX = 32_768;

/** Writes bytes into `into`, from `start` on. */
export function putBytes(bytes: Uint8Array, into: Uint8Array, start: number): void {
  const { length } = bytes;
  if (length > SHORT) {
    into.set(bytes, start);
    return;
  }
  for (let i = 0; i < length; i++) into[start + i] = bytes[i] as number;
}

/**
 * Writes text as UTF-8 to the front of `into`, which has room for three bytes of each character.
 * How many bytes it is.
 */
export function putText(text: string, into: Uint8Array): number {
  const { length } = text;
  if (length > SHORT) return encode(text, into);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return encode(text, into);
    into[i] = code;
  }
  return length;
}

function encode(text: string, into: Uint8Array): number {
  if (ENCODES_INTO) return encoder.encodeInto(text, into).written;
  const bytes = encoder.encode(text);
  into.set(bytes);
  return bytes.length;
}

/** Bytes start … end as an array of their own. */
export function takeBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > TAKEN_MAX) return bytes.slice(start, end);
  const taken = new Uint8Array(length);
  for (let i = 0; i < length; i++) taken[i] = bytes[start + i] as number;
  return taken;
}

/** Bytes start … end to the front of `target`, if they fit there. */
export function copyBytes(bytes: Uint8Array, start: number, end: number, target: Uint8Array): void {
  const length = end - start;
  if (length > target.length) return;
  if (length > TAKEN_MAX) {
    target.set(bytes.subarray(start, end));
    return;
  }
  for (let i = 0; i < length; i++) target[i] = bytes[start + i] as number;
}

/** UTF-8 at start … end as text. Decoders of browsers refuse shared memory: they get a copy. */
export function takeText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (readText !== undefined && length <= READ_MAX) return readText.call(bytes, start, end);
  if (length > CHARACTERS_MAX) return decoder.decode(bytes.slice(start, end));
  let text = "";
  for (let i = start; i < end; i++) {
    const code = bytes[i] as number;
    if (code > 127) return decoder.decode(bytes.slice(start, end));
    text += String.fromCharCode(code);
  }
  return text;
}

/** The bytes of a value, when there is no room to write them to. */
export function bytesOf(stored: string | Uint8Array): Uint8Array {
  return typeof stored === "string" ? encoder.encode(stored) : stored;
}
