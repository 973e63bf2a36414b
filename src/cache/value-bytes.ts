/**
 * Values on their way into items and out of them, by the cache's codec.
 */
import { CacheError } from "./cache-error.ts";
import type { Codec } from "./codec.ts";
import { takeBytes, takeText } from "./copying.ts";

/** Client flags of bytes in a cache without a codec; text has none, as memcached's numbers. */
const BYTES_FLAG = 1;

/** Both ways of one codec. */
export interface ValueCoder<V> {
  /** Client flags of what is stored as bytes; text has none. */
  readonly bytesFlag: number;
  /** Text, of which the UTF-8 is stored, or bytes. */
  encode(value: V): string | Uint8Array;
  /** `bytes` are somewhere in the memory: what is kept has to be copied. */
  decode(bytes: Uint8Array, start: number, end: number, clientFlags: number): V;
}

function wrongType(value: unknown, wanted: string): never {
  throw new CacheError(
    "VALUE",
    `a value is ${wanted}, not ${value === null ? "null" : typeof value}`,
  );
}

function textOnly(text: string): string {
  if (typeof text !== "string") wrongType(text, "text in this cache");
  return text;
}

function bytesOnly(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) wrongType(bytes, "a Uint8Array in this cache");
  return bytes;
}

function codecCoder<V>(codec: Codec<V>): ValueCoder<V> {
  if (codec.kind === "text") {
    return {
      bytesFlag: 0,
      encode: (value) => textOnly(codec.encode(value)),
      decode: (bytes, start, end) => codec.decode(takeText(bytes, start, end)),
    };
  }
  return {
    bytesFlag: 0,
    encode: (value) => bytesOnly(codec.encode(value)),
    decode: (bytes, start, end) => codec.decode(takeBytes(bytes, start, end)),
  };
}

/** A cache without a codec: text stays text, and bytes stay bytes. */
const plainCoder: ValueCoder<string | Uint8Array> = {
  bytesFlag: BYTES_FLAG,
  encode: (value) => {
    if (typeof value === "string" || value instanceof Uint8Array) return value;
    return wrongType(value, "a string or a Uint8Array; give the cache a codec for others");
  },
  decode: (bytes, start, end, clientFlags) => {
    return clientFlags === BYTES_FLAG ? takeBytes(bytes, start, end) : takeText(bytes, start, end);
  },
};

/** Without a codec V is what such a cache takes: the overloads of Cache see to that. */
export function valueCoder<V>(codec: Codec<V> | undefined): ValueCoder<V> {
  if (codec === undefined) return plainCoder as ValueCoder<never> as ValueCoder<V>;
  return codecCoder(codec);
}
