/**
 * stats and its sub-commands. Sub-words are compared whole: `stats r` is an error, not a reset.
 */
import type { Context } from "./context.ts";
import { Outcome } from "./outcome.ts";
import { SIZE_BUCKET, SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";
import { type StatLines, StatText } from "./stat-lines.ts";
import { generalStats } from "./stats-general.ts";
import { itemsStats, slabsStats } from "./stats-classes.ts";
import { latin1 } from "../protocol/tokens.ts";
import { readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { settingsStats } from "./stats-settings.ts";
import { threadsStats } from "./stats-threads.ts";

/** A cachedump's text never grows beyond this. */
const CACHEDUMP_LENGTH_MAX = 2 * 1024 * 1024;

type Fill = (context: Context, lines: StatLines) => void;

const subjects: Record<string, Fill> = {
  "": generalStats,
  settings: settingsStats,
  items: itemsStats,
  slabs: slabsStats,
  sizes: sizesStats,
  conns: connsStats,
  threads: threadsStats,
  // Of pages on flash, of which there are none.
  extstore: () => undefined,
};

export function executeStats(context: Context): Outcome {
  const { core, tokens, output } = context;
  const subject = tokens.text(core.inbox, 1);
  const lines = new StatText();
  if (fillStats(context, subject, lines)) {
    output.putText(lines.end());
  } else if (subject === "reset") {
    clearStats(context);
    respond(context, reply.reset, false);
  } else if (subject === "detail") {
    executeDetail(context);
  } else if (subject === "cachedump") {
    executeCachedump(context);
  } else {
    respond(context, reply.error, false);
  }
  return Outcome.DONE;
}

/** Gathers the figures of a subject; false if there is no such subject. */
export function fillStats(context: Context, subject: string, lines: StatLines): boolean {
  if (!Object.hasOwn(subjects, subject)) return false;
  (subjects[subject] as Fill)(context, lines);
  return true;
}

export function clearStats(context: Context): void {
  context.core.abi.resetCounters();
  context.counters.reset();
  context.prefixes.reset();
}

function executeDetail(context: Context): void {
  const { core, tokens, settings, output } = context;
  const word = tokens.text(core.inbox, 2);
  if (!settings.dumpEnabled) {
    respond(context, reply.detailForbidden, false);
  } else if (word === "on" || word === "off") {
    settings.detailEnabled = word === "on";
    context.publishSettings();
    respond(context, reply.ok, false);
  } else if (word === "dump") {
    output.putText(context.prefixes.dump());
  } else {
    respond(context, reply.detailUsage, false);
  }
}

function executeCachedump(context: Context): void {
  const { core, tokens, settings, output } = context;
  const { inbox } = core;
  if (!settings.dumpEnabled) {
    respond(context, reply.cachedumpForbidden, false);
    return;
  }
  if (tokens.count < 4) {
    respond(context, reply.badCommandLine, false);
    return;
  }
  const classId = readU32(inbox, tokens.start(2), tokens.length(2));
  const limit = readU32(inbox, tokens.start(3), tokens.length(3));
  if (Number.isNaN(classId) || Number.isNaN(limit)) {
    respond(context, reply.badLine, false);
  } else if (classId >= SLAB_CLASS_COUNT_MAX) {
    respond(context, reply.illegalSlabId, false);
  } else {
    output.putText(cachedump(context, classId, limit));
  }
}

function cachedump({ core, clock }: Context, classId: number, limit: number): string {
  let text = "";
  for (const { key, valueLength, expiresAt } of core.dump(classId, limit)) {
    const unix = expiresAt === 0 ? 0 : clock.toUnix(expiresAt);
    const item = `ITEM ${latin1(key, 0, key.length)} [${valueLength} b; ${unix} s]\r\n`;
    if (text.length + item.length + reply.end.length > CACHEDUMP_LENGTH_MAX) break;
    text += item;
  }
  return `${text}END\r\n`;
}

function sizesStats({ core, settings }: Context, lines: StatLines): void {
  if (!settings.trackSizes) {
    lines.add("sizes_status", "disabled");
    return;
  }
  core.sizeHistogram(settings.itemSizeMax).forEach((count, bucket) => {
    if (count > 0) lines.add(String(bucket * SIZE_BUCKET), count);
  });
}

function connsStats({ host, output }: Context, lines: StatLines): void {
  output.sink.publishState();
  for (const endpoint of host.endpoints()) {
    if (endpoint.address.startsWith("udp")) lines.add(`${endpoint.id}:UDP`, "UDP");
    lines.add(`${endpoint.id}:addr`, endpoint.address);
    if (endpoint.listenAddress !== null) {
      lines.add(`${endpoint.id}:listen_addr`, endpoint.listenAddress);
    }
    lines.add(`${endpoint.id}:state`, endpoint.stateName);
    lines.add(`${endpoint.id}:secs_since_last_cmd`, endpoint.secondsSinceLastCommand);
  }
}
