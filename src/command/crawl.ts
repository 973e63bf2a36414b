/**
 * lru_crawler: switches the crawler, starts crawls, and dumps keys (specification §2.12).
 *
 * Sub-command words may be cut short, as in memcached. noreply is one word too many.
 */
import type { Context } from "./context.ts";
import { Outcome } from "./outcome.ts";
import { Dump, type DumpScope } from "./dump.ts";
import { SLAB_CLASS_COUNT_MAX } from "../../assembly/shared/limits.ts";
import { queuesOf } from "../core/crawler.ts";
import { readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";

const SLEEP_MAX_MICROSECONDS = 1_000_000;

/** `lru_crawler <word> <argument>`, and nothing else. */
const TOKENS = 3;

export function executeCrawler(context: Context): Outcome {
  const { core, tokens } = context;
  const word = tokens.count > 1 ? tokens.text(core.inbox, 1) : "";
  if (tokens.count === TOKENS && word !== "") {
    if ("metadump".startsWith(word)) return startDump(context, false);
    if ("mgdump".startsWith(word)) return startDump(context, true);
  }
  respond(context, carryOut(context, word), false);
  return Outcome.DONE;
}

function carryOut(context: Context, word: string): Uint8Array {
  const { count } = context.tokens;
  if (word === "") return reply.error;
  if (count === TOKENS && "crawl".startsWith(word)) return startCrawl(context);
  if (count === TOKENS && "tocrawl".startsWith(word)) return setToCrawl(context);
  if (count === TOKENS && "sleep".startsWith(word)) return setSleep(context);
  if (count === TOKENS - 1 && "enable".startsWith(word)) return enable(context);
  if (count === TOKENS - 1 && "disable".startsWith(word)) return disable(context);
  return reply.error;
}

function enable(context: Context): Uint8Array {
  if (context.settings.lruCrawler) return reply.crawlerStart;
  context.settings.lruCrawler = true;
  context.publishSettings();
  return reply.ok;
}

function disable(context: Context): Uint8Array {
  context.settings.lruCrawler = false;
  context.publishSettings();
  return reply.ok;
}

function argumentNumber({ core, tokens }: Context): number {
  return readU32(core.inbox, tokens.start(2), tokens.length(2));
}

function setToCrawl(context: Context): Uint8Array {
  const items = argumentNumber(context);
  if (Number.isNaN(items)) return reply.badLine;
  context.settings.lruCrawlerToCrawl = items;
  context.publishSettings();
  return reply.ok;
}

function setSleep(context: Context): Uint8Array {
  const microseconds = argumentNumber(context);
  if (Number.isNaN(microseconds)) return reply.badLine;
  if (microseconds > SLEEP_MAX_MICROSECONDS) return reply.crawlerSleep;
  context.settings.lruCrawlerSleepMicroseconds = microseconds;
  context.publishSettings();
  return reply.ok;
}

/**
 * What `hash` or a list of class ids stand for; null when an id is none. A class that is named
 * twice is walked once, and commas without an id between them are passed over.
 *
 * @param all what `all` stands for
 */
function readScope({ core, tokens }: Context, all: DumpScope): DumpScope | null {
  const text = tokens.text(core.inbox, 2);
  if (text === "hash") return "table";
  if (text === "all") return all;
  const words = text.split(",").filter((word) => word !== "");
  const ids = [...new Set(words.map((word) => readClassId(word)))];
  return ids.some((id) => Number.isNaN(id)) ? null : ids.flatMap((id) => queuesOf(id));
}

function allQueues(): number[] {
  const ids = Array.from({ length: SLAB_CLASS_COUNT_MAX - 1 }, (_, index) => index + 1);
  return ids.flatMap((id) => queuesOf(id));
}

function readClassId(text: string): number {
  const id = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return id > 0 && id < SLAB_CLASS_COUNT_MAX ? id : Number.NaN;
}

function startCrawl(context: Context): Uint8Array {
  if (!context.settings.lruCrawler) return reply.crawlerDisabled;
  const scope = readScope(context, allQueues());
  if (scope === null) return reply.badClass;
  if (scope === "table") return reply.unknownError;
  if (!takeCrawl(context)) return reply.crawlerBusy;
  context.host.start({ kind: "crawl", slabIds: scope });
  return reply.ok;
}

/** The right to crawl. Where it is denied, the crawler's own runs leave room for another try. */
function takeCrawl({ core, host }: Context): boolean {
  const isTaken = core.abi.takeCrawl() !== 0;
  if (!isTaken) host.start({ kind: "postponeCrawls" });
  return isTaken;
}

function startDump(context: Context, isShort: boolean): Outcome {
  const { settings, output } = context;
  const refuse = (text: Uint8Array): Outcome => {
    respond(context, text, false);
    return Outcome.DONE;
  };
  if (!settings.lruCrawler) return refuse(reply.crawlerDisabled);
  if (!settings.dumpEnabled) {
    return refuse(isShort ? reply.mgdumpForbidden : reply.metadumpForbidden);
  }
  if (output.end > 0 || output.parts.count > 0) {
    return refuse(isShort ? reply.mgdumpPipelined : reply.metadumpPipelined);
  }
  // By the queues an item that moves between segments is listed twice, or not at all.
  const scope = readScope(context, "table");
  if (scope === null) return refuse(reply.badClass);
  if (!takeCrawl(context)) return refuse(reply.crawlerBusy);
  respond(context, reply.ok, false);
  context.stream = new Dump(context, scope, isShort);
  return Outcome.STREAM;
}
