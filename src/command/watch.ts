/**
 * watch: the connection becomes one that is told what happens (specification §2.13).
 *
 * The logger answers OK itself, so that whoever has seen it misses nothing from then on.
 */
import type { Context } from "./context.ts";
import { LogKind } from "../../assembly/shared/log.ts";
import { Outcome } from "./outcome.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";

/** In memcached's order: the first that begins with what the client wrote is meant. */
const STREAMS: readonly (readonly [string, number])[] = [
  ["rawcmds", 0],
  ["evictions", LogKind.EVICTIONS],
  ["fetchers", LogKind.FETCHES],
  ["mutations", LogKind.MUTATIONS],
  ["sysevents", LogKind.SYSTEM],
  ["connevents", LogKind.CONNECTIONS],
  ["proxyreqs", 0],
  ["proxyevents", 0],
  ["proxyuser", 0],
  ["deletions", LogKind.DELETIONS],
];

/** What the words name: bits of `LogKind`; -1 when one of them names nothing. */
function kindsAsked({ core, tokens }: Context): number {
  if (tokens.count < 2) return LogKind.FETCHES;
  let kinds = 0;
  for (let i = 1; i < tokens.count; i++) {
    const word = tokens.text(core.inbox, i);
    const stream = STREAMS.find(([name]) => name.startsWith(word));
    if (stream === undefined) return -1;
    kinds |= stream[1];
  }
  return kinds;
}

export function executeWatch(context: Context): Outcome {
  const refusal = startWatching(context);
  if (refusal === null) return Outcome.WATCH;
  respond(context, refusal, false);
  return Outcome.DONE;
}

/** The line that says why not, or null. */
function startWatching(context: Context): Uint8Array | null {
  const { sink } = context.output;
  if (!context.settings.watchEnabled) return reply.watchForbidden;
  const kinds = kindsAsked(context);
  if (kinds < 0) return reply.error;
  if (sink.hasQueuedReplies) return reply.watchPipelined;
  if (!sink.mayWatch) return reply.watcherFailed;
  const watcher = context.host.watch(kinds);
  if (watcher === "too many") return reply.watchersTooMany;
  if (watcher === "no memory") return reply.watcherFailed;
  sink.watch(watcher);
  return null;
}
