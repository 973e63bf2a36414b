/**
 * What commands print at `-vv` and `-vvv` (specification §10.8). Called only where somebody
 * watches.
 */
import type { Context } from "./context.ts";
import { Lookup, Result } from "../../assembly/shared/status.ts";
import { latin1 } from "../protocol/tokens.ts";

const LOOKUP_TEXT: Record<number, readonly [string, string]> = {
  [Lookup.FOUND]: ["> FOUND KEY ", ""],
  [Lookup.NOT_FOUND]: ["> NOT FOUND ", ""],
  [Lookup.FLUSHED]: ["> FOUND KEY ", " -removed by flush"],
  [Lookup.EXPIRED]: ["> FOUND KEY ", " -removed by expire"],
};

/** `-vvv`: what the core's last lookup met. */
export function traceLookup(context: Context, key: string): void {
  if (context.settings.verbosity < 3) return;
  const text = LOOKUP_TEXT[context.core.result[Result.LOOKUP] ?? 0];
  if (text !== undefined) context.log(`${text[0]}${key}${text[1]}\n`);
}

/** `-vv`: a reply line, as `>28 STORED`, or `>28 NOREPLY STORED` when it is not sent. */
export function traceReply(context: Context, line: Uint8Array, noreply: boolean): void {
  if (context.settings.verbosity < 2) return;
  const text = latin1(line, 0, line.length - 2);
  context.log(`>${context.connectionId} ${noreply ? "NOREPLY " : ""}${text}\n`);
}

/** `-vv`: any other line about the connection that is being served. */
export function traceLine(context: Context, sign: "<" | ">", text: string): void {
  if (context.settings.verbosity >= 2) context.log(`${sign}${context.connectionId} ${text}\n`);
}
