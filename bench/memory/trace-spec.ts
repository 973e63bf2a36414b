/**
 * Which trace is played: as it goes to a generator process, in JSON.
 *
 * Place: made by the mains, turned into requests where they are needed.
 */
import {
  CalcifyTrace,
  ScanTrace,
  ShiftingTrace,
  ZipfTrace,
  type CalcifyOptions,
  type GeneratedOptions,
} from "./generated-traces.ts";
import type { Trace } from "./trace.ts";
import { TraceFile } from "./trace-file.ts";

export type TraceSpec =
  | ({ readonly kind: "zipf" | "scan" | "shifting" } & GeneratedOptions)
  | ({ readonly kind: "calcify" } & CalcifyOptions)
  | { readonly kind: "file"; readonly path: string };

/** The trace from its beginning. */
export function traceOf(spec: TraceSpec): Trace {
  switch (spec.kind) {
    case "zipf":
      return new ZipfTrace(spec);
    case "scan":
      return new ScanTrace(spec);
    case "shifting":
      return new ShiftingTrace(spec);
    case "calcify":
      return new CalcifyTrace(spec);
    case "file":
      return new TraceFile(spec.path);
  }
}
