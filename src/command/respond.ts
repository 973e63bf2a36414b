/**
 * One-line replies: sent unless noreply, printed at `-vv` where memcached prints them.
 */
import type { Context } from "./context.ts";
import { traceReply } from "./trace.ts";

/** A reply that memcached also prints. */
export function respond(context: Context, reply: Uint8Array, noreply: boolean): void {
  if (context.isObserved) traceReply(context, reply, noreply);
  if (!noreply) context.output.put(reply);
}

/** A reply that it does not print: get, delete, incr, decr, touch. */
export function respondSilently(context: Context, reply: Uint8Array, noreply: boolean): void {
  if (!noreply) context.output.put(reply);
}
