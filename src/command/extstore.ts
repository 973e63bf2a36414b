/**
 * extstore …: what tunes memcached's flash tier (specification §2.14).
 *
 * There is none here, as in a memcached without `-o ext_path`: figures are taken and shown by
 * `stats settings`, and steer nothing.
 */
import type { Context } from "./context.ts";
import { Outcome } from "./outcome.ts";
import { SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";
import type { Settings } from "../base/settings.ts";
import { readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { tokenDouble } from "../protocol/c-double.ts";

/** The whole numbers there are, by the word that names them. */
const NUMBERS = {
  item_size: "extItemSize",
  item_age: "extItemAge",
  low_ttl: "extLowTtl",
  recache_rate: "extRecacheRate",
  compact_under: "extCompactUnder",
  drop_under: "extDropUnder",
  max_sleep: "extMaxSleep",
} as const satisfies Readonly<Record<string, keyof Settings>>;

export function executeExtstore(context: Context, isNoreply: boolean): Outcome {
  const isTaken = context.tokens.count > 2 && tune(context);
  if (isTaken) context.publishSettings();
  respond(context, isTaken ? reply.ok : reply.error, isNoreply);
  return Outcome.DONE;
}

function tune({ core, tokens, settings }: Context): boolean {
  const number = (at: number): number =>
    at < tokens.count ? readU32(core.inbox, tokens.start(at), tokens.length(at)) : Number.NaN;
  const word = tokens.text(core.inbox, 1);
  if (word === "free_memchunks") {
    return number(2) < SLAB_CLASS_COUNT_MAX && !Number.isNaN(number(3));
  }
  if (word === "max_frag") {
    const ratio = tokenDouble(tokens.text(core.inbox, 2));
    settings.extMaxFrag = ratio ?? settings.extMaxFrag;
    return ratio !== null;
  }
  const value = number(2);
  if (Number.isNaN(value)) return false;
  if (word === "drop_unread") {
    settings.extDropUnread = value !== 0;
    return true;
  }
  if (!Object.hasOwn(NUMBERS, word)) return false;
  settings[NUMBERS[word as keyof typeof NUMBERS]] = value;
  return true;
}
