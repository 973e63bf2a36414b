/**
 * What values become in memory: text or bytes, and what a program makes of them.
 *
 * Without a codec a cache takes strings and Uint8Arrays and gives back what it was given; then
 * bytes are told from text by the item's client flags. With one, whose kind is fixed, no flags are
 * needed.
 */
import { CacheError } from "./cache-error.ts";

/** Values as text, stored as UTF-8. */
export interface TextCodec<V> {
  readonly kind: "text";
  encode(value: V): string;
  decode(text: string): V;
}

/** Values as bytes. What `decode` gets is a copy of its own. */
export interface BytesCodec<V> {
  readonly kind: "bytes";
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

export type Codec<V> = TextCodec<V> | BytesCodec<V>;

/** What a codec threw, as the error of the call: `VALUE`, with the reason behind it. */
export function valueError(what: string, cause: unknown): CacheError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CacheError("VALUE", `${what}: ${reason}`, { cause });
}

/**
 * Anything that JSON can say. What it has no word for, `undefined` or a cycle, is an error, and so
 * is text that somebody else has stored and that is no JSON.
 */
export function jsonCodec<V>(): TextCodec<V> {
  return {
    kind: "text",
    encode: (value) => {
      let text: string | undefined;
      try {
        text = JSON.stringify(value) as string | undefined;
      } catch (error) {
        throw valueError("JSON cannot say the value", error);
      }
      if (text === undefined) throw new CacheError("VALUE", `JSON has no ${typeof value}`);
      return text;
    },
    decode: (text) => {
      try {
        return JSON.parse(text) as V;
      } catch (error) {
        throw valueError("what is stored is no JSON", error);
      }
    },
  };
}

/** Bytes as they are, whoever stored them. */
export const bytesCodec: BytesCodec<Uint8Array> = {
  kind: "bytes",
  encode: (value) => value,
  decode: (bytes) => bytes,
};

/** Text as it is, whoever stored it. */
export const textCodec: TextCodec<string> = {
  kind: "text",
  encode: (value) => value,
  decode: (text) => text,
};
