/**
 * What the cache's methods take and give beside keys and values.
 */
import type { Codec } from "./codec.ts";
import type { Ttl } from "./cache-clock.ts";

/** How values are stored; see codec.ts. */
export interface CodecOptions<V> {
  /** Left out: strings and Uint8Arrays, which come back as they were. */
  readonly codec?: Codec<V>;
}

export interface CacheOptions<V> extends CodecOptions<V> {
  /**
   * Bytes that the cache may take: keys, values and everything around them. From 1 MiB to a little
   * less than 4 GiB. Memory is taken from the system as it is used.
   */
  readonly maxBytes: number;
  /** The ttl of what is stored without one, in milliseconds. Left out: forever. */
  readonly ttl?: number;
}

export interface SetOptions {
  /** Milliseconds from now, or when it ends; 0 or less = it has ended. Left out: the cache's. */
  readonly ttl?: Ttl;
}

export interface CountOptions<N> extends SetOptions {
  /** What is stored, with `ttl`, where there is nothing. Left out: nothing is. */
  readonly initial?: N;
}

/** A value with the number that tells whether it was changed since. */
export interface CasValue<V> {
  readonly value: V;
  readonly cas: bigint;
}

/** `exists`: it was changed since; `missing`: it is not there any more. */
export type CasOutcome = "stored" | "exists" | "missing";
