/**
 * lru_crawler: switches the crawler, starts crawls, and dumps keys (specification §2.12).
 *
 * Sub-command words may be cut short, as in memcached. noreply is one word too many.
 */
import type { Context } from "./context.ts";
import { Outcome } from "./outcome.ts";
import { Dump } from "./dump.ts";
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

/** Classes of a crawl or a dump: each named once, commas without one between them passed over. */
type Scope = readonly number[] | "all" | "hash";

/** What the argument names; null when an id is none. */
function readScope({ core, tokens }: Context): Scope | null {
  const text = tokens.text(core.inbox, 2);
  if (text === "hash" || text === "all") return text;
  const words = text.split(",").filter((word) => word !== "");
  const ids = [...new Set(words.map((word) => readClassId(word)))];
  return ids.some((id) => Number.isNaN(id)) ? null : ids;
}

function allClasses(): number[] {
  return Array.from({ length: SLAB_CLASS_COUNT_MAX - 1 }, (_, index) => index + 1);
}

function readClassId(text: string): number {
  const id = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return id > 0 && id < SLAB_CLASS_COUNT_MAX ? id : Number.NaN;
}

function startCrawl(context: Context): Uint8Array {
  if (!context.settings.lruCrawler) return reply.crawlerDisabled;
  const scope = readScope(context);
  if (scope === null) return reply.badClass;
  if (scope === "hash") return reply.unknownError;
  const ticket = takeCrawl(context);
  if (ticket === 0) return reply.crawlerBusy;
  const slabIds = (scope === "all" ? allClasses() : scope).flatMap((id) => queuesOf(id));
  context.host.start({ kind: "crawl", slabIds, ticket });
  return reply.ok;
}

/**
 * The right to crawl: a ticket. Where it is denied, 0, the crawler's own runs leave room for
 * another try.
 */
function takeCrawl({ core, host }: Context): number {
  const ticket = core.abi.takeCrawl(0);
  if (ticket === 0) host.start({ kind: "postponeCrawls" });
  return ticket;
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
  const scope = readScope(context);
  if (scope === null) return refuse(reply.badClass);
  const ticket = takeCrawl(context);
  if (ticket === 0) return refuse(reply.crawlerBusy);
  respond(context, reply.ok, false);
  context.stream = new Dump(context, ticket, scope === "hash" ? "all" : scope, isShort);
  return Outcome.STREAM;
}
