/**
 * Values on their way into items and out of them, by the cache's codec.
 */
import { CacheError } from "./cache-error.ts";
import type { Codec } from "./codec.ts";

/** Client flags of bytes in a cache without a codec; text has none, as memcached's numbers. */
const BYTES_FLAG = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Below this text is decoded here: cheaper than asking the host. */
const SHORT_TEXT = 24;

/** Text or bytes, ready to be copied into an item. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly clientFlags: number;
}

/** Both ways of one codec. */
export interface ValueCoder<V> {
  encode(value: V): Encoded;
  /** `bytes` are somewhere in the memory: what is kept has to be copied. */
  decode(bytes: Uint8Array, start: number, end: number, clientFlags: number): V;
}

/** UTF-8 at start … end as text. Decoders of browsers refuse shared memory, so it is copied. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_TEXT) return decoder.decode(bytes.slice(start, end));
  let text = "";
  for (let i = start; i < end; i++) {
    const code = bytes[i] as number;
    if (code > 127) return decoder.decode(bytes.slice(start, end));
    text += String.fromCharCode(code);
  }
  return text;
}

function wrongType(value: unknown, wanted: string): never {
  throw new CacheError(
    "VALUE",
    `a value is ${wanted}, not ${value === null ? "null" : typeof value}`,
  );
}

function encodeText(text: string): Uint8Array {
  if (typeof text !== "string") wrongType(text, "text in this cache");
  return encoder.encode(text);
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) wrongType(bytes, "a Uint8Array in this cache");
  return bytes;
}

function codecCoder<V>(codec: Codec<V>): ValueCoder<V> {
  if (codec.kind === "text") {
    return {
      encode: (value) => ({ bytes: encodeText(codec.encode(value)), clientFlags: 0 }),
      decode: (bytes, start, end) => codec.decode(textAt(bytes, start, end)),
    };
  }
  return {
    encode: (value) => ({ bytes: encodeBytes(codec.encode(value)), clientFlags: 0 }),
    decode: (bytes, start, end) => codec.decode(bytes.slice(start, end)),
  };
}

/** A cache without a codec: text stays text, and bytes stay bytes. */
const plainCoder: ValueCoder<string | Uint8Array> = {
  encode: (value) => {
    if (typeof value === "string") return { bytes: encoder.encode(value), clientFlags: 0 };
    if (value instanceof Uint8Array) return { bytes: value, clientFlags: BYTES_FLAG };
    return wrongType(value, "a string or a Uint8Array; give the cache a codec for others");
  },
  decode: (bytes, start, end, clientFlags) => {
    return clientFlags === BYTES_FLAG ? bytes.slice(start, end) : textAt(bytes, start, end);
  },
};

/** Without a codec V is what such a cache takes: the overloads of Cache see to that. */
export function valueCoder<V>(codec: Codec<V> | undefined): ValueCoder<V> {
  if (codec === undefined) return plainCoder as ValueCoder<never> as ValueCoder<V>;
  return codecCoder(codec);
}
