/**
 * The commands of memcached's debug binary: served with WASMCACHED_DEBUG=1 or 2 only.
 * docs/debugging.md shows what they are good for.
 */
import type { Context } from "./context.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Outcome } from "./outcome.ts";
import { readI32 } from "../protocol/numbers.ts";
import { line, reply } from "../protocol/replies.ts";
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
  respond(context, reply.ok, false);
  return Outcome.DONE;
}

/**
 * `debugitem lock|unlock|ref|unref <key>`. A locked item and a referenced one are the same here:
 * somebody is busy with it, so it is not evicted. A real lock would have to be given back by the
 * thread that took it.
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
  const { core, tokens, shared } = context;
  return shared.debugHolds.change(holdName(context, action), (slot) => {
    if (slot === null || slot[0] !== 0) return slot !== null;
    const keyPtr = core.inboxPtr + tokens.start(2);
    slot[0] = core.address(core.abi.hold(keyPtr, tokens.length(2)));
    return slot[0] !== 0;
  });
}

function drop(context: Context, action: string): boolean {
  const { core, shared } = context;
  return shared.debugHolds.change(holdName(context, action), (slot) => {
    if (slot === null || slot[0] === undefined || slot[0] === 0) return false;
    core.abi.release(slot[0]);
    slot[0] = 0;
    return true;
  });
}

/**
 * `debugfail`: a mistake of ours, to see that it takes the process down and says where. An error of
 * this thread; with `trap` one in WebAssembly, with `maintenance` one in the background, and with
 * `main` one of the main thread.
 */
export function executeDebugFail({ core, tokens, host }: Context): Outcome {
  const where = tokens.text(core.inbox, 1);
  if (where === "maintenance" || where === "main") {
    host.start({ kind: "fail", where });
    return Outcome.DONE;
  }
  // Beyond the end of any memory.
  if (where === "trap") core.cores[0]?.abi.copy(0, 2 ** 32 - 1, 2 ** 16);
  throw new Error("debugfail was asked for");
}

/**
 * `debugcheck`: the core's full check, a command of our own. It walks the whole memory and believes
 * what it finds, so nobody else may be at work meanwhile.
 */
export function executeDebugCheck(context: Context): Outcome {
  const fault = context.core.abi.check();
  const faulty = line(`SERVER_ERROR check found fault ${fault}`);
  respond(context, fault === 0 ? reply.ok : faulty, false);
  return Outcome.DONE;
}
