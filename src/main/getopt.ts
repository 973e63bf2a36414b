/**
 * getopt: splits a command line into options as GNU getopt_long does.
 *
 * Called by `options.ts` only; knows nothing of memcached. Kept from GNU, because scripts lean on
 * it: short options may be combined (`-vvA`), their argument may be glued on (`-p11212`); long
 * options may be shortened to any unambiguous beginning and take `--name=value` or `--name value`;
 * words that are no options are skipped wherever they stand; `--` ends the options. The messages
 * are GNU's own.
 *
 * Invariant: `scanOptions` is lazy. Whoever stops at a bad option has seen every good one before
 * it, so what is reported is always the first mistake of the line.
 */

/** Whether an option takes an argument; `optional` ones only in the glued forms. */
export type ArgumentKind = "none" | "required" | "optional";

export interface OptionName {
  /** The letter of the short form. */
  readonly letter: string;
  /** The long form, or null. */
  readonly long: string | null;
  readonly argument: ArgumentKind;
}

/** One step of the scan: an option, or the reason why the next word is none. */
export type ScannedOption =
  | { readonly kind: "option"; readonly letter: string; readonly argument: string | null }
  | { readonly kind: "error"; readonly message: string };

/** Everything a step needs; `next` is the index of the word after the current one. */
interface Scan {
  readonly program: string;
  readonly words: readonly string[];
  readonly names: readonly OptionName[];
  next: number;
}

/** `words` is the command line without the program. */
export function* scanOptions(
  program: string,
  words: readonly string[],
  names: readonly OptionName[],
): Generator<ScannedOption, void> {
  const scan: Scan = { program, words, names, next: 0 };
  while (scan.next < words.length) {
    const word = words[scan.next++] as string;
    if (word === "--") return;
    if (word.startsWith("--")) yield scanLong(scan, word.slice(2));
    // A single dash is an ordinary word to getopt.
    else if (word.startsWith("-") && word.length > 1) yield* scanShort(scan, word);
  }
}

function* scanShort(scan: Scan, word: string): Generator<ScannedOption, void> {
  for (let i = 1; i < word.length; i++) {
    const letter = word.charAt(i);
    const name = scan.names.find((candidate) => candidate.letter === letter);
    // `:` and `;` are never letters: getopt's own option string gives them a meaning.
    if (name === undefined) {
      yield problem(scan, `invalid option -- '${letter}'`);
      continue;
    }
    // Only a required argument may follow a short option, glued on or as the next word.
    if (name.argument !== "required") {
      yield { kind: "option", letter, argument: null };
      continue;
    }
    if (i + 1 < word.length) {
      yield { kind: "option", letter, argument: word.slice(i + 1) };
    } else if (scan.next < scan.words.length) {
      yield { kind: "option", letter, argument: scan.words[scan.next++] as string };
    } else {
      yield problem(scan, `option requires an argument -- '${letter}'`);
    }
    return;
  }
}

function scanLong(scan: Scan, text: string): ScannedOption {
  const equals = text.indexOf("=");
  const given = equals < 0 ? text : text.slice(0, equals);
  const glued = equals < 0 ? null : text.slice(equals + 1);
  const matches = scan.names.filter((name) => name.long?.startsWith(given));
  const exact = matches.find((name) => name.long === given);
  const name = exact ?? matches[0];
  if (name === undefined) return problem(scan, `unrecognized option '--${text}'`);
  if (exact === undefined && matches.length > 1) {
    const possibilities = matches.map((match) => `'--${match.long}'`).join(" ");
    return problem(scan, `option '--${text}' is ambiguous; possibilities: ${possibilities}`);
  }
  if (glued !== null && name.argument === "none") {
    return problem(scan, `option '--${name.long}' doesn't allow an argument`);
  }
  if (glued !== null || name.argument !== "required") {
    return { kind: "option", letter: name.letter, argument: glued };
  }
  if (scan.next >= scan.words.length) {
    return problem(scan, `option '--${name.long}' requires an argument`);
  }
  return { kind: "option", letter: name.letter, argument: scan.words[scan.next++] as string };
}

function problem(scan: Scan, text: string): ScannedOption {
  return { kind: "error", message: `${scan.program}: ${text}` };
}
