/**
 * Values that are larger than a slab page: they are in several chunks, and go in and out run by
 * run, each the data of one chunk.
 */
import type { Core } from "../core/core.ts";
import { Result } from "../../assembly/shared/status.ts";

/**
 * Writes a value into an item that is being filled, whose chunks are taken meanwhile. False: there
 * is no memory for the rest.
 */
export function fillRuns({ abi, bytes, result }: Core, item: number, value: Uint8Array): boolean {
  for (let at = 0; at < value.length;) {
    const length = abi.addRun(item, value.length - at) >>> 0;
    if (length === 0) return false;
    bytes.set(value.subarray(at, at + length), result[Result.VALUE_PTR] as number);
    at += length;
  }
  return true;
}

/** The value of a held item, in one piece. */
export function joinRuns({ abi, bytes, result }: Core, item: number, length: number): Uint8Array {
  const value = new Uint8Array(length);
  let at = 0;
  for (let run = abi.nextRun(item); run !== 0; run = abi.nextRun(run)) {
    const start = result[Result.VALUE_PTR] as number;
    const runLength = result[Result.VALUE_LENGTH] as number;
    value.set(bytes.subarray(start, start + runLength), at);
    at += runLength;
  }
  return value;
}

/**
 * The value that a call has just given: in its item, which is held, or in chunks (VALUE_PTR is 0).
 * A copy.
 */
export function copyValue(core: Core, item: number): Uint8Array {
  const { bytes, result } = core;
  const start = result[Result.VALUE_PTR] as number;
  const length = result[Result.VALUE_LENGTH] as number;
  return start === 0 ? joinRuns(core, item, length) : bytes.slice(start, start + length);
}
