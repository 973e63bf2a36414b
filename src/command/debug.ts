/**
 * The commands of memcached's debug binary: served with WASMCACHED_DEBUG=1 only. docs/debugging.md
 * shows what they are good for.
 */
import type { Context } from "./context.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome } from "./outcome.ts";
import { readI32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";

/** `debugtime p` stops the clock, `r` lets it run, a number moves it by so many seconds. */
export function executeDebugTime(context: Context): Outcome {
  const { core, tokens, clock } = context;
  const word = tokens.text(core.inbox, 1);
  if (word === "p") clock.pause();
  else if (word === "r") clock.resume();
  else {
    const isNumber = tokens.count > 1;
    const seconds = isNumber ? readI32(core.inbox, tokens.start(1), tokens.length(1)) : Number.NaN;
    if (Number.isNaN(seconds)) {
      respond(context, reply.error, false);
      return Outcome.DONE;
    }
    clock.shift(seconds);
  }
  core.abi.setNow(clock.now);
  respond(context, reply.ok, false);
  return Outcome.DONE;
}

/**
 * `debugitem lock|unlock|ref|unref <key>`. With one thread a locked item and a referenced one look
 * the same to the rest of the server: somebody is busy with it, so it is not evicted.
 */
export function executeDebugItem(context: Context): Outcome {
  const { core, tokens } = context;
  const action = tokens.text(core.inbox, 1);
  const isHold = action === "lock" || action === "ref";
  const isDrop = action === "unlock" || action === "unref";
  if (tokens.count < 3 || !(isHold || isDrop) || tokens.length(2) > KEY_LENGTH_MAX) {
    respond(context, reply.error, false);
    return Outcome.DONE;
  }
  const done = isHold ? hold(context, action) : drop(context, action);
  respond(context, done ? reply.ok : reply.miss, false);
  return Outcome.DONE;
}

/** Holds are kept by kind and key: `lock` and `unlock` make one kind, `ref` and `unref` one. */
function holdName({ core, tokens }: Context, action: string): string {
  return `${action.replace("un", "")} ${tokens.text(core.inbox, 2)}`;
}

function hold(context: Context, action: string): boolean {
  const { core, tokens, debugHolds } = context;
  const name = holdName(context, action);
  if (debugHolds.has(name)) return true;
  const itemPtr = core.abi.hold(core.inboxPtr + tokens.start(2), tokens.length(2)) >>> 0;
  if (itemPtr === 0) return false;
  debugHolds.set(name, itemPtr);
  return true;
}

function drop(context: Context, action: string): boolean {
  const name = holdName(context, action);
  const itemPtr = context.debugHolds.get(name);
  if (itemPtr === undefined) return false;
  context.debugHolds.delete(name);
  context.core.abi.release(itemPtr);
  return true;
}
