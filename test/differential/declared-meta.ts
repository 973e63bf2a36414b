/**
 * Declared differences of the meta commands: what memcached 1.6.18 does otherwise, and what depends
 * on the clock.
 */
import type { Command } from "./command.ts";
import type { Declared } from "./declaration.ts";

const META: ReadonlySet<string> = new Set(["mg", "ms", "md", "ma"]);

/** The flags of a meta command. */
function flagsOf({ words }: Command): readonly string[] {
  const [name = ""] = words;
  if (!META.has(name)) return [];
  return words.slice(name === "ms" ? 3 : 2).flatMap((word) => word.split(" "));
}

function has(command: Command, letter: string): boolean {
  return flagsOf(command).some((flag) => flag.startsWith(letter));
}

function is(command: Command, name: string): boolean {
  return command.words[0] === name;
}

function isNumber(text: string, signed: boolean): boolean {
  return (signed ? /^-?\d{1,9}$/ : /^\d{1,18}$/).test(text);
}

/** Whether all numbers are read alike by strict and lenient parsers. */
function hasPlainNumbers(command: Command): boolean {
  return flagsOf(command).every((flag) => {
    if (/^[TNR]/.test(flag)) return isNumber(flag.slice(1), true);
    // A unique that was shown is filled in later.
    if (/^C\u0100$/.test(flag)) return true;
    return !/^[CDJF]/.test(flag) || isNumber(flag.slice(1), false);
  });
}

export const DECLARED_META: readonly Declared[] = [
  {
    reason: "seconds left depend on when a second ends",
    normalise: (reply) => reply.replace(/^((?:VA|HD)[^\r\n]* t)\d+/gm, "$1?"),
  },
  {
    reason: "1.6.18 knows neither E nor x, nor C of mg, nor s of ms",
    profile: "older",
    avoid: (command) =>
      has(command, "E") ||
      has(command, "x") ||
      (is(command, "mg") && has(command, "C")) ||
      (is(command, "ms") && has(command, "s")),
  },
  {
    reason: "1.6.18 cannot append with a missing item",
    profile: "older",
    avoid: (command) => is(command, "ms") && has(command, "N"),
  },
  {
    reason: "1.6.18 has other texts for wrong flags of md and ma, and for a bare M",
    profile: "older",
    avoid: (command) => {
      const isWrong = flagsOf(command).some((flag) => !/^[bcCDfFhIJkLMNOPqRstTuv]/.test(flag));
      const letters = flagsOf(command).map((flag) => flag[0]);
      const isTwice = new Set(letters).size < letters.length;
      const isBareMode = flagsOf(command).includes("M");
      const isOther = is(command, "md") || is(command, "ma");
      return isBareMode || (isOther && (isWrong || isTwice));
    },
  },
  {
    reason: "1.6.18 carries a command out before it finds its opaque token too long",
    profile: "older",
    avoid: (command) => flagsOf(command).some((flag) => /^O.{32}/.test(flag)),
  },
  {
    reason: "1.6.18 takes bytes that begin no flag for unknown flags",
    profile: "older",
    avoid: (command) => flagsOf(command).some((flag) => !/^[A-z0-9]/.test(flag)),
  },
  {
    reason: "1.6.18 has another text for md with a key that is not base64",
    profile: "older",
    avoid: (command) => {
      const isBase64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(command.words[1] ?? "");
      return is(command, "md") && has(command, "b") && !isBase64;
    },
  },
  {
    reason: "1.6.18 reads some numbers in values otherwise, see the same for set",
    profile: "older",
    avoid: ({ words, data }) => {
      if (words[0] !== "ms" || data === null) return false;
      const isExtending = words.some((word) => /^M[AP]/.test(word));
      return /^\s|^\s*(?:[-+]?\d+\0|-0|\+?\d{19})/.test(data) || (isExtending && /\d/.test(data));
    },
  },
  {
    reason: "1.6.18 reads numbers of flags leniently",
    profile: "older",
    avoid: (command) => !hasPlainNumbers(command),
  },
  {
    reason: "1.6.18 sets the time of ma on the item that a longer number has replaced",
    profile: "older",
    avoid: (command) => is(command, "ma") && has(command, "T"),
  },
  {
    reason: "1.6.18 takes mn with a bare LF, which is a line under 4 bytes",
    profile: "older",
    avoid: ({ words, lineEnd }) => words.length === 1 && words[0] === "mn" && lineEnd === "\n",
  },
  {
    reason: "1.6.18 takes one word fewer, and swallows nothing then",
    profile: "older",
    avoid: (command) => flagsOf(command).length > 12,
  },
  {
    reason: "1.6.18 swallows no data after an over-long key or a bad length of ms",
    profile: "older",
    avoid: (command) => {
      const [name = "", key = "", length = ""] = command.words;
      const isBadLength = name === "ms" && !/^\d{1,9}$/.test(length);
      return META.has(name) && (key.length > 250 || isBadLength);
    },
  },
];
