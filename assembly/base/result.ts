/**
 * The result area: u32 slots that tell the host more than one return value can.
 */
import { Result } from "../shared/status";
import { resultPtr } from "./thread";

export function setResult(slot: u32, value: u32): void {
  store<u32>(resultPtr() + ((<usize>slot) << 2), value);
}

export function setResultCas(cas: u64): void {
  setResult(Result.CAS_LOW, <u32>cas);
  setResult(Result.CAS_HIGH, <u32>(cas >> 32));
}
