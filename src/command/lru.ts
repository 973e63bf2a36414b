/**
 * lru tune, lru mode, lru temp_ttl: how the segmented LRU is run (specification §2.12).
 *
 * Sub-command words may be cut short, as in memcached.
 */
import type { Context } from "./context.ts";
import { Outcome } from "./outcome.ts";
import { readI32, readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { tokenDouble } from "../protocol/c-double.ts";

const PERCENT_MAX = 80;

/** Tokens that each sub-command wants, the line's own name included. */
const TUNE_TOKENS = 6;
const OTHER_TOKENS = 3;

export function executeLru(context: Context, isNoreply: boolean): Outcome {
  respond(context, changeLru(context), isNoreply);
  return Outcome.DONE;
}

function changeLru(context: Context): Uint8Array {
  const { core, tokens, settings } = context;
  if (tokens.count < OTHER_TOKENS) return reply.error;
  const answer = carryOut(context, tokens.text(core.inbox, 1));
  if (answer === reply.ok) {
    core.setLru(settings);
    context.publishSettings();
  }
  return answer;
}

function carryOut(context: Context, word: string): Uint8Array {
  const { settings } = context;
  if ("tune".startsWith(word)) return tune(context);
  if (!settings.lruMaintainer) return reply.error;
  if ("mode".startsWith(word)) return setMode(context);
  return "temp_ttl".startsWith(word) ? setTemporary(context) : reply.error;
}

function tune({ core, tokens, settings }: Context): Uint8Array {
  if (tokens.count < TUNE_TOKENS) return reply.error;
  const percent = (at: number): number => readU32(core.inbox, tokens.start(at), tokens.length(at));
  const [hot, warm] = [percent(2), percent(3)];
  const hotFactor = tokenDouble(tokens.text(core.inbox, 4));
  const warmFactor = tokenDouble(tokens.text(core.inbox, 5));
  if (Number.isNaN(hot) || Number.isNaN(warm)) return reply.error;
  if (hotFactor === null || warmFactor === null) return reply.error;
  if (hot + warm > PERCENT_MAX) return reply.lruShares;
  // A nan is neither, and passes, as in memcached.
  if (hotFactor <= 0 || warmFactor <= 0) return reply.lruFactors;
  settings.hotLruPercent = hot;
  settings.warmLruPercent = warm;
  settings.hotMaxFactor = hotFactor;
  settings.warmMaxFactor = warmFactor;
  return reply.ok;
}

function setMode({ core, tokens, settings }: Context): Uint8Array {
  const mode = tokens.text(core.inbox, 2);
  if ("flat".startsWith(mode)) settings.lruSegmented = false;
  else if ("segmented".startsWith(mode)) settings.lruSegmented = true;
  else return reply.error;
  return reply.ok;
}

function setTemporary({ core, tokens, settings }: Context): Uint8Array {
  const seconds = readI32(core.inbox, tokens.start(2), tokens.length(2));
  if (Number.isNaN(seconds)) return reply.error;
  settings.tempLru = seconds >= 0;
  if (seconds >= 0) settings.temporaryTtlSeconds = seconds;
  return reply.ok;
}
