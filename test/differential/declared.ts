/**
 * Declared differences: what two servers may answer differently, each with its reason.
 *
 * A difference is declared in one of two ways. A normaliser makes replies equal that may differ.
 * An avoidance keeps a command out of the stream, for differences that change what the servers
 * store or how they read on. Nothing else may differ.
 */

import { type Command, UNIQUE } from "./command.ts";
import { DECLARED_ADMIN, isClassFigure } from "./declared-admin.ts";
import { DECLARED_META } from "./declared-meta.ts";
import type { Declared, Profile } from "./declaration.ts";

export type { Profile } from "./declaration.ts";

const STORAGE: ReadonlySet<string> = new Set("set add replace append prepend cas".split(" "));
const GETS: ReadonlySet<string> = new Set("get gets gat gats".split(" "));

/** Statistics with values that two servers with the same history share. */
const COMPARED: ReadonlySet<string> = new Set(
  `cmd_get cmd_set cmd_flush cmd_touch cmd_meta get_hits get_misses delete_misses delete_hits
   incr_misses incr_hits decr_misses decr_hits cas_misses cas_hits cas_badval touch_hits
   touch_misses store_too_large store_no_memory limit_maxbytes pointer_size total_items
   maxbytes maxconns verbosity evictions growth_factor chunk_size stat_key_prefix detail_enabled
   reqs_per_event cas_enabled item_size_max flush_enabled dump_enabled sizes_status`.split(/\s+/),
);

function word(command: Command, at: number): string {
  return command.words[at] ?? "";
}

/** Whether the words after `at` are more than an optional noreply. */
function surplus(command: Command, at: number): boolean {
  const further = command.words.slice(at).filter((text) => text !== "");
  return further.length > 1 || (further.length === 1 && further[0] !== "noreply");
}

/** How many words each command has, without noreply. */
const WORD_COUNTS: Readonly<Record<string, number>> = {
  set: 5,
  add: 5,
  replace: 5,
  append: 5,
  prepend: 5,
  cas: 6,
  incr: 3,
  decr: 3,
  touch: 3,
  delete: 2,
  flush_all: 2,
  verbosity: 2,
  cache_memlimit: 2,
};

function count(command: Command): number {
  return command.words.filter((text) => text !== "" && text !== "noreply").length;
}

/** A token integer as strict and lenient parsers agree on it. */
function plainNumber(text: string, signed: boolean): boolean {
  if (!/^-?[0-9]{1,10}$/.test(text)) return !/[0-9]/.test(text) && !/^[-+]?$/.test(text);
  const value = Number(text);
  return Math.abs(value) <= 0x7fffffff && (signed || value >= 0);
}

export const DECLARED: readonly Declared[] = [
  {
    reason: "every server has its own version",
    normalise: (reply) => reply.replace(/^VERSION [^\r\n]*/gm, "VERSION"),
  },
  {
    reason: "most statistics depend on time, memory and the process",
    normalise: (reply) => {
      return reply.replace(/^STAT (\S+)[^\n]*\n/gm, (line, name: string) => {
        return COMPARED.has(name) || isClassFigure(name) ? line : "";
      });
    },
  },
  {
    reason: "prefixes come in the order of a hash table",
    normalise: (reply) => {
      return reply.replace(/(?:^PREFIX [^\n]*\n)+/gm, (lines) => {
        return lines.split("\n").sort().join("\n").trimStart().concat("\n");
      });
    },
  },
  {
    reason: "a class has pages of its own in each memory",
    profile: "memories",
    normalise: (reply) =>
      reply.replace(/^STAT (?:\d+:total_(?:pages|chunks)|total_malloced) [^\n]*\n/gm, ""),
  },
  {
    reason: "each memory counts its CAS uniques by itself",
    profile: "memories",
    normalise: (reply) => reply.replace(/^(ME .* cas=)\d+/gm, "$1?"),
    avoid: ({ words }) => {
      if (words[0] === "cas") return /^\d{1,16}$/.test(words[5] ?? "");
      return words.some((text) => /(?:^| )[CE]\d{1,16}(?: |$)/.test(text));
    },
  },
  {
    reason: "1.6.18 answers ERROR for too few words and for short lines",
    profile: "older",
    normalise: (reply) => {
      return reply.replace(/^CLIENT_ERROR bad command line format\r$/gm, "ERROR\r");
    },
  },
  {
    reason: "1.6.18 words the refusal of shutdown as an ERROR",
    profile: "older",
    normalise: (reply) =>
      reply.replace(/^(?:SERVER_)?ERROR: shutdown not/gm, "ERROR: shutdown not"),
  },
  {
    reason: "1.6.18 counts some commands differently, and has other statistics",
    profile: "older",
    normalise: (reply) => {
      return reply.replace(/^STAT (\S+)[^\n]*\n/gm, (line, name: string) => {
        return isClassFigure(name) ? line : "";
      });
    },
  },
  {
    reason: "1.6.18 hands out uniques for successful stores only, starting with 1",
    profile: "older",
    avoid: (command) => word(command, 0) === "cas" && /^[1-9]\d{0,9}$/.test(word(command, 5)),
  },
  {
    reason: "1.6.18 swallows no data after a bad key, flags, exptime or unique",
    profile: "older",
    avoid: (command) => {
      if (!STORAGE.has(word(command, 0)) || command.data === null) return false;
      const [, key = "", flags = "", time = "", , unique = ""] = command.words;
      const cas = word(command, 0) === "cas";
      const badUnique = cas && unique !== UNIQUE && !/^\d{1,20}$/.test(unique);
      return key.length > 250 || !/^\+?\d{1,10}$/.test(flags) || badUnique || badTime(time);
    },
  },
  {
    reason: "1.6.18 hides the error for a bad byte count, too, when it ends in noreply",
    profile: "older",
    avoid: ({ words }) => {
      const count = words[4] ?? "";
      const bad = !/^\d{1,10}$/.test(count) || Number(count) > 2147483645;
      return STORAGE.has(words[0] ?? "") && bad && words.at(-1) === "noreply";
    },
  },
  {
    reason: "1.6.18 reads numbers with signs, of any length, and cuts them to 32 bits",
    profile: "older",
    avoid: (command) => {
      const name = word(command, 0);
      if (name === "incr" || name === "decr") return /^[+]|^$|\d{21}/.test(word(command, 2));
      if (name === "gat" || name === "gats") return !plainNumber(word(command, 1), true);
      if (name === "touch") return !plainNumber(word(command, 2), true);
      if (name === "flush_all") return word(command, 1) === "-";
      return STORAGE.has(name) && command.words.length > 4 && !plainNumber(word(command, 4), true);
    },
  },
  {
    reason: "1.6.18 drops every queued reply for an over-long key in a get, however it was cut",
    profile: "older",
    avoid: (command) => {
      return GETS.has(word(command, 0)) && command.words.some((text) => text.length > 250);
    },
  },
  {
    reason: "1.6.18 answers END to gat without a key",
    profile: "older",
    avoid: (command) => /^gats?$/.test(word(command, 0)) && command.words.length < 3,
  },
  {
    reason: "1.6.18 refuses surplus words, and takes noreply for a word elsewhere",
    profile: "older",
    avoid: (command) => {
      const expected = WORD_COUNTS[word(command, 0)];
      if (expected === undefined) return false;
      const few = count(command) < expected && command.words.includes("noreply");
      return surplus(command, expected) || few;
    },
  },
  {
    reason: "1.6.18 answers unknown commands even with noreply, and ends names at a NUL",
    profile: "older",
    avoid: ({ words }) => {
      const [name = ""] = words;
      return /\0/.test(name) || (WORD_COUNTS[name] === undefined && words.at(-1) === "noreply");
    },
  },
  {
    reason: "1.6.18 wants whole sub-commands of stats and still has sizes_enable",
    profile: "older",
    avoid: (command) => {
      return word(command, 0) === "stats" && /^(?:s|res|sizes_enable)$/.test(word(command, 1));
    },
  },
  {
    reason: "1.6.18 skips leading spaces",
    profile: "older",
    avoid: (command) => command.lead !== "",
  },
  {
    reason: "1.6.18 counts values of more than 20 digits as numbers when they start with zeros",
    profile: "older",
    avoid: ({ words, data }) => /^(?:ap|pre)pend$/.test(words[0] ?? "") && /\d/.test(data ?? ""),
  },
  {
    reason: "1.6.18 ends a number at a NUL, too, and takes -0 for one",
    profile: "older",
    avoid: ({ words, data }) => {
      return STORAGE.has(words[0] ?? "") && /^\s*(?:[-+]?\d+\0|-0)/.test(data ?? "");
    },
  },
  {
    reason: "1.6.18 refuses numbers from 2^63 on when a minus sign follows anywhere in memory",
    profile: "older",
    avoid: ({ words, data }) => {
      const stored = STORAGE.has(words[0] ?? "") && /^\s*\+?\d{19}/.test(data ?? "");
      return stored || (/^(?:in|de)cr$/.test(words[0] ?? "") && /\d{19}/.test(words[2] ?? ""));
    },
  },
  {
    reason: "1.6.18 counts white space alone as the number 0",
    profile: "older",
    avoid: ({ words, data }) => STORAGE.has(words[0] ?? "") && /^\s/.test(data ?? ""),
  },
  {
    reason: "1.6.18 answers what follows a misfitting data block by its older rules",
    profile: "older",
    avoid: (command) => !command.fits,
  },
  ...DECLARED_META,
  ...DECLARED_ADMIN,
];

function badTime(time: string): boolean {
  return !/^[-+]?\d{1,10}$/.test(time) || Math.abs(Number(time)) > 0x80000000;
}

function active(profile: Profile): Declared[] {
  return DECLARED.filter((difference) => (difference.profile ?? profile) === profile);
}

export function normaliser(profile: Profile): (reply: string) => string {
  const steps = active(profile).flatMap(({ normalise }) => (normalise ? [normalise] : []));
  return (reply) => steps.reduce((text, step) => step(text), reply);
}

/** Whether a command belongs into a stream of this profile. */
export function allowed(command: Command, profile: Profile): boolean {
  return !active(profile).some(({ avoid }) => avoid?.(command) === true);
}
