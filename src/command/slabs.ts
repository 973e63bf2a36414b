/**
 * slabs reassign and slabs automove: slab pages between classes (specification §2.12).
 *
 * Sub-command words may be cut short, as in memcached.
 */
import type { Context } from "./context.ts";
import { MoveStatus } from "../../assembly/shared/status.ts";
import { Outcome } from "./outcome.ts";
import { movesOnEvict } from "../core/core.ts";
import { readI32, readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { tokenDouble } from "../protocol/c-double.ts";

const LEVEL_MAX = 2;
const WINDOW_MIN = 3;
const WINDOW_MAX = 1800;

/** Tokens that a sub-command wants, the line's own name included. */
const REASSIGN_TOKENS = 4;
const AUTOMOVE_TOKENS = 3;

const ANSWERS: Readonly<Record<MoveStatus, Uint8Array>> = {
  [MoveStatus.OK]: reply.ok,
  [MoveStatus.RUNNING]: reply.moveBusy,
  [MoveStatus.BAD_CLASS]: reply.moveBadClass,
  [MoveStatus.NO_SPARE]: reply.moveNoSpare,
  [MoveStatus.SAME]: reply.moveSame,
};

export function executeSlabs(context: Context, isNoreply: boolean): Outcome {
  const { core, tokens } = context;
  const count = tokens.count - (isNoreply ? 1 : 0);
  const word = count > 1 ? tokens.text(core.inbox, 1) : "";
  if (word !== "" && "reassign".startsWith(word) && tokens.count === REASSIGN_TOKENS) {
    respond(context, reassign(context), false);
  } else if (word !== "" && "automove".startsWith(word) && count >= AUTOMOVE_TOKENS) {
    respond(context, automove(context, count), isNoreply);
  } else {
    respond(context, reply.error, false);
  }
  return Outcome.DONE;
}

function reassign({ core, tokens, settings, host }: Context): Uint8Array {
  if (!settings.slabReassign) return reply.moveDisabled;
  const number = (at: number): number => readI32(core.inbox, tokens.start(at), tokens.length(at));
  const [source, target] = [number(2), number(3)];
  if (Number.isNaN(source) || Number.isNaN(target)) return reply.badLine;
  const status: MoveStatus = core.abi.startMove(source, target);
  if (status === MoveStatus.OK) host.start({ kind: "move" });
  return ANSWERS[status];
}

function automove(context: Context, count: number): Uint8Array {
  const { core, tokens, settings } = context;
  const word = tokens.text(core.inbox, 2);
  if (count > AUTOMOVE_TOKENS) {
    const answer = tuneAutomove(context, word);
    if (answer === reply.ok) context.publishSettings();
    return answer;
  }
  if (/^[a-z]/.test(word) && "ratio freeratio window".split(" ").includes(word)) return reply.error;
  const level = readU32(core.inbox, tokens.start(2), tokens.length(2));
  if (Number.isNaN(level)) return reply.badLine;
  if (level > LEVEL_MAX) return reply.error;
  settings.slabAutomove = level;
  core.abi.setMoveOnEvict(movesOnEvict(settings) ? 1 : 0);
  context.publishSettings();
  return reply.ok;
}

function tuneAutomove({ core, tokens, settings }: Context, word: string): Uint8Array {
  const text = tokens.text(core.inbox, 3);
  if (word === "ratio" || word === "freeratio") {
    const ratio = tokenDouble(text);
    if (ratio === null) return reply.error;
    settings[word === "ratio" ? "slabAutomoveRatio" : "slabAutomoveFreeRatio"] = ratio;
    return reply.ok;
  }
  if (word !== "window") return reply.badLine;
  const seconds = readU32(core.inbox, tokens.start(3), tokens.length(3));
  if (Number.isNaN(seconds)) return reply.badLine;
  if (seconds < WINDOW_MIN || seconds > WINDOW_MAX) return reply.automoveWindow;
  settings.slabAutomoveWindow = seconds;
  return reply.ok;
}
