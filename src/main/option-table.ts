/**
 * The option table: each memcached option, its two names and what it does to the draft.
 *
 * Read by `options.ts`. Order matters in one place: getopt lists the possibilities of an ambiguous
 * long option in this order. Handlers get the argument with leading white space removed, change the
 * draft or throw a StartError with memcached's text; checks that need several options together are
 * in `option-checks.ts`. Options of features that are not here yet are rows too, so that they are
 * refused by name instead of being unknown.
 */

import type { BindingProtocol } from "../base/settings.ts";
import { EX_USAGE, EXIT_FAILURE, StartError } from "../base/start-error.ts";
import type { OptionName } from "./getopt.ts";
import { helpText, versionText } from "./help.ts";
import { licenseText } from "./license.ts";
import { atof, atoi, atoiOctal } from "./number-text.ts";
import { THREADS_MAX } from "../../assembly/shared/limits.ts";
import { type HandledOption, type OptionDraft, unsupported } from "./option-draft.ts";
import { applySuboptions } from "./suboptions.ts";

type Handler = (draft: OptionDraft, argument: string) => HandledOption;

export interface OptionRow extends OptionName {
  readonly apply: Handler;
}

/** More worker threads than this earn a warning, as in memcached. */
const THREADS_ADVISED_MAX = 64;

const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** An option without argument. */
function flag(letter: string, long: string, apply: Handler): OptionRow {
  return { letter, long, argument: "none", apply };
}

/** An option with an argument. */
function value(letter: string, long: string | null, apply: Handler): OptionRow {
  return { letter, long, argument: "required", apply };
}

/** `atoi`, refusing what is not above 0 with `message`. */
function positive(argument: string, message: string): number {
  const number = atoi(argument);
  if (number <= 0) throw new StartError(EXIT_FAILURE, message);
  return number;
}

const NETWORK_ROWS: OptionRow[] = [
  value("a", "unix-mask", (draft, argument) => {
    draft.settings.unixMask = atoiOctal(argument) & 0o777;
  }),
  flag("A", "enable-shutdown", (draft) => {
    draft.settings.shutdownCommand = true;
  }),
  flag("Z", "enable-ssl", (draft) => {
    draft.settings.tls.enabled = true;
  }),
  value("p", "port", (draft, argument) => {
    draft.settings.port = atoi(argument);
    draft.portGiven = true;
  }),
  value("s", "unix-socket", (draft, argument) => {
    draft.settings.socketPath = argument;
  }),
  value("U", "udp-port", (draft, argument) => {
    draft.settings.udpPort = atoi(argument);
  }),
];

const MEMORY_ROWS: OptionRow[] = [
  value("m", "memory-limit", (draft, argument) => {
    draft.settings.memoryLimit = mebibytes(argument);
  }),
  flag("M", "disable-evictions", (draft) => {
    draft.settings.evictions = false;
  }),
  value("c", "conn-limit", (draft, argument) => {
    const message = "Maximum connections must be greater than 0";
    draft.settings.connectionsMax = positive(argument, message);
  }),
  flag("k", "lock-memory", (draft) => {
    draft.settings.lockMemory = true;
  }),
];

const PROCESS_ROWS: OptionRow[] = [
  flag("h", "help", () => ({ print: helpText() })),
  flag("i", "license", () => ({ print: licenseText() })),
  flag("V", "version", () => ({ print: versionText() })),
  flag("r", "enable-coredumps", (draft) => {
    draft.settings.coreDumps = true;
  }),
  {
    letter: "v",
    long: "verbose",
    argument: "optional",
    apply: (draft): undefined => {
      draft.settings.verbosity++;
    },
  },
  flag("d", "daemon", (draft) => {
    draft.settings.daemon = true;
  }),
  value("l", "listen", (draft, argument) => appendListen(draft, argument)),
  value("u", "user", (draft, argument) => {
    draft.settings.user = argument;
  }),
  value("P", "pidfile", (draft, argument) => {
    draft.settings.pidFile = argument;
  }),
];

const STORE_ROWS: OptionRow[] = [
  value("f", "slab-growth-factor", (draft, argument) => {
    const factor = atof(argument);
    // Written as a negation so that a nan fails too.
    if (!(factor > 1)) throw new StartError(EXIT_FAILURE, "Factor must be greater than 1");
    draft.settings.growthFactor = factor;
  }),
  value("n", "slab-min-size", (draft, argument) => {
    draft.settings.chunkSizeMin = positive(argument, "Chunk size must be greater than 0");
    draft.chunkSizeMinGiven = true;
  }),
  value("t", "threads", (draft, argument) => {
    const message = "Number of threads must be greater than 0";
    draft.settings.threads = positive(argument, message);
    if (draft.settings.threads > THREADS_MAX) {
      throw new StartError(EXIT_FAILURE, `Number of threads must not exceed ${THREADS_MAX}`);
    }
    if (draft.settings.threads > THREADS_ADVISED_MAX) {
      draft.warnings.push(
        "WARNING: Setting a high number of workerthreads is not recommended.",
        " Set this value to the number of cores in your machine or less.",
      );
    }
  }),
  value("D", null, (draft, argument) => {
    if (argument === "") throw new StartError(EXIT_FAILURE, "No delimiter specified");
    // One byte, as in memcached: keys are bytes and so is what divides them.
    draft.settings.prefixDelimiter = String.fromCharCode(new TextEncoder().encode(argument)[0]!);
    draft.settings.detailEnabled = true;
  }),
  flag("L", "enable-largepages", (draft) => {
    draft.settings.preallocate = true;
  }),
];

const PROTOCOL_ROWS: OptionRow[] = [
  value("R", "max-reqs-per-event", (draft, argument) => {
    const message = "Number of requests per event must be greater than 0";
    draft.settings.requestsPerEvent = positive(argument, message);
  }),
  flag("C", "disable-cas", (draft) => {
    draft.settings.casEnabled = false;
  }),
  value("b", "listen-backlog", (draft, argument) => {
    draft.settings.backlog = atoi(argument);
  }),
  value("B", "protocol", (draft, argument) => {
    draft.settings.bindingProtocol = bindingProtocol(argument);
    draft.protocolGiven = true;
  }),
  value("I", "max-item-size", (draft, argument) => {
    draft.settings.itemSizeMax = sizeWithUnit(argument);
  }),
  flag("S", "enable-sasl", (draft) => {
    draft.settings.sasl = true;
  }),
  flag("F", "disable-flush-all", (draft) => {
    draft.settings.flushEnabled = false;
  }),
  flag("X", "disable-dumping", (draft) => {
    draft.settings.dumpEnabled = false;
  }),
  flag("W", "disable-watch", (draft) => {
    draft.settings.watchEnabled = false;
  }),
  value("Y", "auth-file", (draft, argument) => {
    draft.settings.authFile = argument;
  }),
  value("e", "memory-file", () => {
    throw unsupported("-e (memory file for warm restart)");
  }),
  value("o", "extended", (draft, argument) => applySuboptions(draft, argument)),
  value("N", "napi-ids", (_, argument) => {
    positive(argument, "Maximum number of NAPI IDs must be greater than 0");
    throw new StartError(EX_USAGE, "-N <num_napi_ids> option not supported");
  }),
];

export const OPTION_TABLE: readonly OptionRow[] = [
  ...NETWORK_ROWS,
  ...MEMORY_ROWS,
  ...PROCESS_ROWS,
  ...STORE_ROWS,
  ...PROTOCOL_ROWS,
];

/** A negative number becomes huge, as a C `size_t` would, and is refused as such later. */
function mebibytes(argument: string): number {
  const count = atoi(argument);
  return count < 0 ? Number.MAX_SAFE_INTEGER : count * BYTES_PER_MEBIBYTE;
}

/** `-I`: a number with an optional last letter k or m. */
function sizeWithUnit(argument: string): number {
  const number = atoi(argument);
  if (/[kK]$/.test(argument)) return number * 1024;
  if (/[mM]$/.test(argument)) return number * BYTES_PER_MEBIBYTE;
  return number;
}

function bindingProtocol(argument: string): BindingProtocol {
  if (argument === "auto" || argument === "ascii" || argument === "binary") return argument;
  throw new StartError(
    EX_USAGE,
    `Invalid value for binding protocol: ${argument}\n` +
      " -- should be one of auto, binary, or ascii",
  );
}

/** Repeats of `-l` add up, but one that is already part of the text is dropped, as in memcached. */
function appendListen(draft: OptionDraft, argument: string): undefined {
  const soFar = draft.settings.listenText;
  if (soFar === null) draft.settings.listenText = argument;
  else if (!soFar.includes(argument)) draft.settings.listenText = `${soFar},${argument}`;
}
