/**
 * What storage commands print at `-vv` and `-vvv` when the value has come.
 */
import type { Context } from "./context.ts";
import { Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import type { Upload } from "./outcome.ts";
import { traceLookup } from "./trace.ts";

function u64Of(low: number, high: number): bigint {
  return BigInt(low) + (BigInt(high) << 32n);
}

/** The lookup that a storage command ended with, and the uniques of a cas that failed. */
export function traceStore(context: Context, upload: Upload, status: number): void {
  if (context.settings.verbosity < 2) return;
  traceLookup(context, upload.key);
  if (status !== Status.EXISTS || upload.mode !== StoreMode.CAS) return;
  const { result } = context.core;
  const current = u64Of(result[Result.CAS_LOW] as number, result[Result.CAS_HIGH] as number);
  const given = u64Of(upload.casLow, upload.casHigh);
  context.log(`CAS:  failure: expected ${current}, got ${given}\n`);
}
