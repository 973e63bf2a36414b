/**
 * Operations on a store as plain records, so that a tape of them can be generated, shrunk, printed
 * and replayed.
 *
 * Numbers name things loosely: a key by its index, a pin or upload by an index taken modulo how
 * many there are, an expiry as a distance from now. So every operation makes sense in every state.
 */
import type { StoreMode } from "../../assembly/shared/status.ts";

/** What a value is made of: bytes nobody else wrote, or a text. */
export type Content = { readonly length: number } | { readonly text: string };

/** Which CAS unique is given: the item's own, a neighbour of it, 0, or one that differs up high. */
export type CasGuess = "real" | "older" | "newer" | "zero" | "high";

export interface StoreOperation {
  readonly kind: "store" | "begin";
  readonly mode: StoreMode;
  readonly key: number;
  readonly content: Content;
  readonly clientFlags: number;
  /** Seconds from now; 0 = never. */
  readonly expiry: number;
  readonly guess: CasGuess;
}

/** What meta and binary commands name beside a key. */
export interface MetaOperation {
  readonly kind: "meta-store" | "meta-fetch" | "meta-change" | "meta-remove";
  readonly mode: StoreMode;
  readonly key: number;
  readonly content: Content;
  readonly guess: CasGuess;
  /** Bits of `With`; those that the call does not know are left out. */
  readonly options: number;
  readonly expiry: number;
  readonly vivify: number;
  readonly recache: number;
  readonly isIncr: boolean;
  readonly delta: bigint;
}

export type Operation =
  | StoreOperation
  | MetaOperation
  /** Completes an upload, or drops it as when a connection ends. */
  | { readonly kind: "finish" | "abandon"; readonly which: number; readonly guess: CasGuess }
  | {
      readonly kind: "fetch";
      readonly key: number;
      readonly options: number;
      readonly expiry: number;
    }
  | { readonly kind: "touch"; readonly key: number; readonly expiry: number }
  | { readonly kind: "remove" | "hold"; readonly key: number }
  | { readonly kind: "release"; readonly which: number }
  | {
      readonly kind: "change";
      readonly key: number;
      readonly isIncr: boolean;
      readonly delta: bigint;
    }
  /** `flush_all`, and `flush_all <delay>`: delay 0 is now. */
  | { readonly kind: "flush"; readonly delay: number }
  | { readonly kind: "advance"; readonly seconds: number }
  | { readonly kind: "limit"; readonly mebibytes: number }
  | { readonly kind: "expand"; readonly buckets: number }
  | { readonly kind: "reset" | "sweep" };

export type OperationKind = Operation["kind"];

/** Value texts around everything that the number reader of incr and decr decides. */
export const NUMBER_TEXTS: readonly string[] = [
  "0",
  "1",
  "9",
  "99",
  "100",
  "007",
  " 12",
  "+5",
  "12 x",
  "12x",
  "-1",
  "",
  " ",
  "+",
  "4294967295",
  "4294967296",
  "18446744073709551615",
  "18446744073709551616",
  "99999999999999999999",
  "000000000000000000001",
];

/** Deltas around the same edges. */
export const DELTAS: readonly bigint[] = [
  0n,
  1n,
  9n,
  10n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Distances of an expiry from now: 0 is "never", -1 has passed. */
export const EXPIRIES: readonly number[] = [0, 0, 0, -1, 1, 2, 10, 61, 100, 5000];

/** Steps of the clock; around the minute between two bumps. */
export const STEPS: readonly number[] = [0, 1, 1, 2, 9, 59, 60, 61, 62, 1000];

const KEY_LENGTH_MAX = 250;

/** The key of an index: lengths from 3 to 250, with bytes above 127 in the long ones. */
export function keyText(index: number): string {
  const length = index % 5 === 4 ? KEY_LENGTH_MAX - (index % 3) : 4 + ((index * 37) % 40);
  const name = `${index}:`;
  const filler = index % 2 === 0 ? "k" : "\u00e9";
  return name + filler.repeat(Math.max(0, length - name.length));
}
