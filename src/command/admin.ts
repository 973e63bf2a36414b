/**
 * Commands that are looked up by name: everything but the data commands.
 *
 * Most of them are found by their first token, so leading spaces do no harm; stats, version, watch
 * and quit must start the line (specification §2.1).
 */
import type { Context } from "./context.ts";
import { HostCounter } from "../base/host-counters.ts";
import { MEMCACHED_VERSION } from "../base/version.ts";
import { NOREPLY } from "./words.ts";
import { Outcome } from "./outcome.ts";
import {
  executeDebugCheck,
  executeDebugFail,
  executeDebugItem,
  executeDebugTime,
} from "./debug.ts";
import { executeCrawler } from "./crawl.ts";
import { executeExtstore } from "./extstore.ts";
import { executeLru } from "./lru.ts";
import { executeSlabs } from "./slabs.ts";
import { executeStats } from "./stats.ts";
import { executeWatch } from "./watch.ts";
import { line, reply } from "../protocol/replies.ts";
import { readI32, readU32 } from "../protocol/numbers.ts";
import { respond } from "./respond.ts";

const MEBIBYTE = 1024 * 1024;
const MEMLIMIT_MIN_MIB = 8;
const MEMLIMIT_MAX_MIB = 1_000_000_000;
const VERBOSITY_MAX = 2;

type Command = (context: Context, isNoreply: boolean) => Outcome;

/** Commands whose name must stand at the start of the line. */
const strict: Record<string, Command> = {
  stats: (context) => executeStats(context),
  version(context) {
    respond(context, line(`VERSION ${MEMCACHED_VERSION}`), false);
    return Outcome.DONE;
  },
  quit: () => Outcome.QUIT,
  watch: (context) => executeWatch(context),
};

const lenient: Record<string, Command> = {
  flush_all: executeFlush,
  verbosity: executeVerbosity,
  cache_memlimit: executeMemlimit,
  shutdown: executeShutdown,
  refresh_certs: executeRefreshCerts,
  lru: executeLru,
  lru_crawler: executeCrawler,
  slabs: executeSlabs,
  extstore: executeExtstore,
};

/** Only memcached's debug binary has these. */
const debug: Record<string, Command> = {
  debugtime: executeDebugTime,
  debugitem: executeDebugItem,
  debugfail: executeDebugFail,
  debugcheck: executeDebugCheck,
};

function lookUp(context: Context, name: string, isAtStart: boolean): Command | null {
  const tables = isAtStart ? [strict, lenient] : [lenient];
  if (context.settings.debug) tables.push(debug);
  for (const table of tables) {
    if (Object.hasOwn(table, name)) return table[name] as Command;
  }
  return null;
}

/** The command line is inbox[start … end). */
export function executeAdmin(context: Context, start: number, end: number): Outcome {
  const { core, tokens } = context;
  tokens.cut(core.inbox, start, end);
  const isNoreply = tokens.count > 0 && tokens.is(core.inbox, tokens.count - 1, NOREPLY);
  const isAtStart = tokens.count > 0 && tokens.start(0) === start;
  const command = lookUp(context, tokens.text(core.inbox, 0), isAtStart);
  if (command !== null) return command(context, isNoreply);
  if (isAtStart && looksLikeHttp(context)) return Outcome.CLOSE;
  respond(context, reply.error, isNoreply);
  return Outcome.DONE;
}

/** A browser, or somebody who makes one talk to us: it gets no answer. */
function looksLikeHttp({ core, tokens }: Context): boolean {
  return tokens.count > 1 && tokens.text(core.inbox, tokens.count - 1).startsWith("HTTP/");
}

/** How many arguments the command has, the word noreply left out. */
function argumentCount(context: Context, isNoreply: boolean): number {
  return context.tokens.count - 1 - (isNoreply ? 1 : 0);
}

function executeFlush(context: Context, isNoreply: boolean): Outcome {
  const { core, tokens, clock } = context;
  if (!context.settings.flushEnabled) {
    context.counters.add(HostCounter.FLUSHES_REFUSED, 1);
    respond(context, reply.flushForbidden, isNoreply);
    return Outcome.DONE;
  }
  let exptime = 0;
  if (argumentCount(context, isNoreply) > 0) {
    exptime = readI32(core.inbox, tokens.start(1), tokens.length(1));
    if (Number.isNaN(exptime)) {
      respond(context, reply.badExptime, isNoreply);
      return Outcome.DONE;
    }
  }
  if (exptime > 0) core.abi.flush(clock.expiry(exptime) - 1, 0);
  else core.abi.flush(clock.now - 1, 1);
  respond(context, reply.ok, isNoreply);
  return Outcome.DONE;
}

function executeVerbosity(context: Context, isNoreply: boolean): Outcome {
  const { core, tokens, settings } = context;
  const level =
    tokens.count > 1 ? readU32(core.inbox, tokens.start(1), tokens.length(1)) : Number.NaN;
  if (Number.isNaN(level)) {
    respond(context, reply.badLine, isNoreply);
    return Outcome.DONE;
  }
  settings.verbosity = Math.min(level, VERBOSITY_MAX);
  context.publishSettings();
  respond(context, reply.ok, isNoreply);
  return Outcome.DONE;
}

function executeMemlimit(context: Context, isNoreply: boolean): Outcome {
  const { core, tokens, settings } = context;
  const mebibytes =
    tokens.count > 1 ? readU32(core.inbox, tokens.start(1), tokens.length(1)) : Number.NaN;
  respond(context, changeMemlimit(context, mebibytes), isNoreply);
  context.publishSettings();
  if (settings.verbosity > 0 && settings.memoryLimit === mebibytes * MEBIBYTE) {
    context.log(`maxbytes adjusted to ${mebibytes}m\n`);
  }
  return Outcome.DONE;
}

function changeMemlimit({ core, settings }: Context, mebibytes: number): Uint8Array {
  if (Number.isNaN(mebibytes)) return reply.error;
  if (mebibytes < MEMLIMIT_MIN_MIB) return reply.memlimitTooSmall;
  if (mebibytes > MEMLIMIT_MAX_MIB) return reply.memlimitNotBytes;
  if (core.abi.setMemoryLimit(mebibytes) === 0) return reply.memlimitFailed;
  settings.memoryLimit = mebibytes * MEBIBYTE;
  return reply.ok;
}

/** The text of a failure is sent also where noreply was asked for, as by memcached. */
function executeRefreshCerts(context: Context, isNoreply: boolean): Outcome {
  const failure = context.host.refreshCertificates();
  if (failure === null) respond(context, reply.ok, isNoreply);
  else context.output.putText(`${failure}\r\n`);
  return Outcome.DONE;
}

function executeShutdown(context: Context, isNoreply: boolean): Outcome {
  const { core, tokens, settings, host } = context;
  if (!settings.shutdownCommand) {
    respond(context, reply.shutdownForbidden, isNoreply);
    return Outcome.DONE;
  }
  const isGraceful = tokens.count === 2 && tokens.text(core.inbox, 1) === "graceful";
  if (tokens.count !== 1 && !isGraceful) {
    respond(context, reply.shutdownMode, isNoreply);
    return Outcome.DONE;
  }
  host.shutDown(isGraceful);
  return Outcome.SHUTDOWN;
}
