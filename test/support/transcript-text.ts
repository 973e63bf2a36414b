/**
 * The text inside `request` and `reply` blocks of a transcript, turned into bytes.
 *
 * Every line ends with CR LF without saying so. Escapes: `\xNN`, `\r`, `\n`, `\t`, `\\`, `\<`,
 * `\{`. A line ending in `\n` ends with that LF alone; a line ending in a lone `\` ends with
 * nothing. `<1000 x a>` is `a` a thousand times. In replies `{n}`, `{any}` and `{lines}` are gaps
 * (see reply-pattern.ts). Only printable ASCII may appear unescaped.
 */

import { latin1 } from "./bytes.ts";
import { type Gap, type PatternPart, ReplyPattern } from "./reply-pattern.ts";

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["r", "\r"],
  ["n", "\n"],
  ["t", "\t"],
  ["\\", "\\"],
  ["<", "<"],
  ["{", "{"],
]);

const REPETITION = /^<(\d{1,8}) x ((?:[^>\\]|\\.)+)>/;
const GAP = /^\{(n|any|lines)\}/;
const REPETITION_LIMIT = 16 * 1024 * 1024;

/** Bytes of a `request` block. */
export function requestBytes(lines: readonly string[]): Uint8Array {
  return latin1(lines.map((line) => lineParts(line, false).join("")).join(""));
}

/** Pattern of a `reply` block. */
export function replyPattern(lines: readonly string[]): ReplyPattern {
  const merged: PatternPart[] = [];
  for (const part of lines.flatMap((line) => lineParts(line, true))) {
    const last = merged.at(-1);
    if (typeof part === "string" && typeof last === "string")
      merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  // `{lines}` stands for whole lines, so the end of its own line belongs to it.
  return new ReplyPattern(merged.map((part, at) => withoutLineEnd(part, merged[at - 1])));
}

function withoutLineEnd(part: PatternPart, before: PatternPart | undefined): PatternPart {
  const afterLines = typeof before === "object" && before.gap === "lines";
  if (typeof part !== "string" || !afterLines) return part;
  if (!part.startsWith("\r\n")) throw new Error("{lines} must be alone on its line");
  return part.slice(2);
}

function lineParts(line: string, gaps: boolean): PatternPart[] {
  const parts: PatternPart[] = [];
  let rest = line;
  while (rest.length > 0) {
    if (rest === "\\") return parts;
    if (rest === "\\n") return [...parts, "\n"];
    const gap = gaps ? GAP.exec(rest) : null;
    if (gap !== null) {
      parts.push({ gap: gap[1] as Gap });
      rest = rest.slice(gap[0].length);
      continue;
    }
    const [text, used] = literal(rest);
    parts.push(text);
    rest = rest.slice(used);
  }
  return [...parts, "\r\n"];
}

/** The first literal of the text and how many characters spell it. */
function literal(text: string): [string, number] {
  const repetition = REPETITION.exec(text);
  if (repetition !== null) {
    const unit = unescaped(repetition[2] ?? "");
    const count = Number(repetition[1]);
    if (count * unit.length > REPETITION_LIMIT) throw new Error(`too long: ${repetition[0]}`);
    return [unit.repeat(count), repetition[0].length];
  }
  const plain = /^[ -;=-[\]-z|}~]+/.exec(text);
  if (plain !== null) return [plain[0], plain[0].length];
  return character(text);
}

/** Text with escapes and repetitions, as it stands. */
export function unquoted(text: string): string {
  let result = "";
  let rest = text;
  while (rest.length > 0) {
    const [decoded, used] = literal(rest);
    result += decoded;
    rest = rest.slice(used);
  }
  return result;
}

function unescaped(text: string): string {
  let result = "";
  let rest = text;
  while (rest.length > 0) {
    const [decoded, used] = character(rest);
    result += decoded;
    rest = rest.slice(used);
  }
  return result;
}

/** One character, escaped or not, and how many characters spell it. */
function character(text: string): [string, number] {
  if (!text.startsWith("\\")) {
    if (!/^[ -~]/.test(text)) throw new Error(`escape this character: ${JSON.stringify(text[0])}`);
    return [text.slice(0, 1), 1];
  }
  const hex = /^\\x([0-9a-f]{2})/i.exec(text);
  if (hex !== null) return [String.fromCharCode(Number.parseInt(hex[1] ?? "", 16)), 4];
  const simple = SIMPLE.get(text.slice(1, 2));
  if (simple === undefined) throw new Error(`unknown escape: ${text.slice(0, 4)}`);
  return [simple, 2];
}
