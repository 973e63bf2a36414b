/**
 * A codec of structured clones: Map, Set, Date, bigint, typed arrays, cycles; whatever may be
 * posted to a Worker, as bytes.
 *
 * An entry of its own, for only Bun, Node and Deno can make those bytes at once: browsers and edge
 * runtimes have no `node:v8`. Each engine has a form of its own, so a snapshot with clones of Bun
 * is no use to Node or Deno, nor theirs to Bun: they are refused there as bytes that are no clone.
 */
import { type BytesCodec, valueError } from "./codec.ts";
import { deserialize, serialize } from "node:v8";
import { CacheError } from "./cache-error.ts";

function encode(value: unknown): Uint8Array {
  try {
    return serialize(value);
  } catch (error) {
    throw valueError("the value has no structured clone", error);
  }
}

function decode(bytes: Uint8Array): unknown {
  // Bun takes no bytes at all for null.
  if (bytes.length === 0) throw new CacheError("VALUE", "what is stored is no clone: it is empty");
  try {
    return deserialize(bytes);
  } catch (error) {
    throw valueError("what is stored is no structured clone of this engine", error);
  }
}

/**
 * Values as structured clones. What has none, a function or a symbol anywhere in the value, is a
 * `VALUE` error of the call that stores it; bytes that are no clone are one of the call that reads.
 */
export function structuredCloneCodec<V>(): BytesCodec<V> {
  return { kind: "bytes", encode, decode: decode as BytesCodec<V>["decode"] };
}
