/**
 * The result area: u32 slots that tell the host more than one return value can; and the argument
 * area, by which it says more than arguments can.
 */
import { Result } from "../shared/status";
import { argumentPtr, resultPtr } from "./thread";

/** A class, since the tools know decorators of methods, and of no function. */
export class Results {
  /**
   * Inlined: a fetch calls it fifteen times, and takes three quarters of the time so
   * (bench/results/2026-11-30-5144518-inlining.md).
   */
  @inline
  static put(slot: u32, value: u32): void {
    store<u32>(resultPtr() + ((<usize>slot) << 2), value);
  }
}

export function setResultCas(cas: u64): void {
  Results.put(Result.CAS_LOW, <u32>cas);
  Results.put(Result.CAS_HIGH, <u32>(cas >> 32));
}

/** The argument in this slot of `Argument`. */
export function argument(slot: u32): u32 {
  return load<u32>(argumentPtr() + ((<usize>slot) << 2));
}

export function setArgument(slot: u32, value: u32): void {
  store<u32>(argumentPtr() + ((<usize>slot) << 2), value);
}

/** The one of 64 bits whose low half is in this slot. */
export function argument64(slot: u32): u64 {
  return load<u64>(argumentPtr() + ((<usize>slot) << 2));
}
