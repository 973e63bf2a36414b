/**
 * fast-check's operations on a store: each kind, weighted so that most tapes store, read and wait.
 */
import * as fc from "fast-check";
import {
  type CasGuess,
  type Content,
  type Operation,
  type OperationKind,
  DELTAS,
  EXPIRIES,
  NUMBER_TEXTS,
  STEPS,
} from "./store-operation.ts";
import { StoreMode } from "../../assembly/shared/status.ts";

export interface TapeShape {
  readonly keyCount: number;
  /** Lengths of values around which to choose. */
  readonly lengths: readonly number[];
  readonly operationCountMax: number;
}

const modes = fc.constantFrom(
  StoreMode.SET,
  StoreMode.SET,
  StoreMode.ADD,
  StoreMode.REPLACE,
  StoreMode.APPEND,
  StoreMode.PREPEND,
  StoreMode.CAS,
);
const guesses = fc.constantFrom<CasGuess[]>("real", "real", "older", "newer", "zero", "high");
const expiries = fc.constantFrom(...EXPIRIES);
const clientFlags = fc.constantFrom(0, 0, 1, 0xffffffff);
const which = fc.nat(7);

const META_KINDS = ["meta-store", "meta-fetch", "meta-change", "meta-remove"] as const;

function contents(lengths: readonly number[]): fc.Arbitrary<Content> {
  return fc.oneof(
    fc.record({ length: fc.tuple(fc.constantFrom(...lengths), fc.nat(5)).map(([a, b]) => a + b) }),
    fc.record({ text: fc.constantFrom(...NUMBER_TEXTS) }),
  );
}

function kind<K extends OperationKind>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

/** Any operation. */
export function operations(shape: Omit<TapeShape, "operationCountMax">): fc.Arbitrary<Operation> {
  const key = fc.nat(shape.keyCount - 1);
  const content = contents(shape.lengths);
  const storing = { mode: modes, key, content, clientFlags, expiry: expiries, guess: guesses };
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: kind("store"), ...storing }) },
    { weight: 3, arbitrary: fc.record({ kind: kind("begin"), ...storing }) },
    { weight: 3, arbitrary: fc.record({ kind: kind("finish"), which, guess: guesses }) },
    { weight: 1, arbitrary: fc.record({ kind: kind("abandon"), which, guess: guesses }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: kind("fetch"), key, options: fc.nat(7), expiry: expiries }),
    },
    { weight: 1, arbitrary: fc.record({ kind: kind("touch"), key, expiry: expiries }) },
    { weight: 2, arbitrary: fc.record({ kind: kind("remove"), key }) },
    { weight: 1, arbitrary: fc.record({ kind: kind("hold"), key }) },
    { weight: 3, arbitrary: fc.record({ kind: kind("release"), which }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: kind("change"),
        key,
        isIncr: fc.boolean(),
        delta: fc.constantFrom(...DELTAS),
      }),
    },
    {
      weight: 14,
      arbitrary: fc.record({
        kind: fc.constantFrom(...META_KINDS),
        mode: modes,
        key,
        content,
        guess: guesses,
        options: fc.nat(2047),
        expiry: expiries,
        vivify: expiries,
        recache: expiries,
        isIncr: fc.boolean(),
        delta: fc.constantFrom(...DELTAS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: kind("flush"), delay: fc.constantFrom(0, 0, 1, 3) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: kind("advance"), seconds: fc.constantFrom(...STEPS) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: kind("limit"), mebibytes: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: kind("expand"), buckets: fc.nat(5000) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom("reset" as const, "sweep" as const) }),
    },
  );
}

/** A tape of operations. */
export function tapes(shape: TapeShape): fc.Arbitrary<Operation[]> {
  return fc.array(operations(shape), { maxLength: shape.operationCountMax, size: "max" });
}
