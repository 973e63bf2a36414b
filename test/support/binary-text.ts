/**
 * The text inside `packets` and `answers` blocks of a transcript, turned into bytes: a packet a
 * line (see binary-packets.ts).
 */

import { CAS_PLACE, type Fields, answer, request } from "./binary-packets.ts";
import { latin1 } from "./bytes.ts";
import { type PatternPart, ReplyPattern } from "./reply-pattern.ts";
import { unquoted } from "./transcript-text.ts";

interface Line {
  readonly name: string;
  readonly fields: Fields;
}

/** A word of a line; repetitions may hold spaces. */
const WORD = /(?:<\d+ x (?:[^>\\]|\\.)+>|[^\s<]|<(?!\d+ x ))+/g;

/** What is written as a number, or as another word. */
const PLAIN: ReadonlySet<string> = new Set(
  `flags exptime delta initial magic opaque cas reserved dataType keyLength extrasLength bodyLength
   status error number`.split(/\s+/),
);
const TEXTS: ReadonlySet<string> = new Set(["key", "value", "extras"]);

function parse(line: string): Line {
  const [name = "", ...words] = line.match(WORD) ?? [];
  const fields: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    const field = word.slice(0, at);
    const text = word.slice(at + 1);
    if (at < 0 || !(PLAIN.has(field) || TEXTS.has(field))) throw new Error(`no field: ${word}`);
    fields[field] = TEXTS.has(field) ? unquoted(text) : text;
  }
  return { name, fields };
}

function isRaw(line: string): boolean {
  return line.startsWith("raw ");
}

/** Bytes of a `packets` block. */
export function packetBytes(lines: readonly string[]): Uint8Array {
  const texts = lines.map((line) => {
    if (isRaw(line)) return unquoted(line.slice(4));
    const { name, fields } = parse(line);
    return request(name, fields);
  });
  return latin1(texts.join(""));
}

/** Pattern of an `answers` block. */
export function answerPattern(lines: readonly string[]): ReplyPattern {
  const parts: PatternPart[] = [];
  let literal = "";
  for (const line of lines) {
    const { name, fields } = isRaw(line) ? { name: "", fields: {} } : parse(line);
    const text = isRaw(line) ? unquoted(line.slice(4)) : answer(name, fields);
    if (fields["cas"] !== "*") {
      literal += text;
      continue;
    }
    parts.push(literal + text.slice(0, CAS_PLACE[0]), { gap: "cas" });
    literal = text.slice(CAS_PLACE[1]);
  }
  return new ReplyPattern([...parts, literal].filter((part) => part !== ""));
}

/** Whether the packets look at what others may have left, or change how the server behaves. */
export function packetsNeedOwnServer(lines: readonly string[]): boolean {
  return lines.some((line) => {
    const { name, fields } = isRaw(line) ? { name: "", fields: {} } : parse(line);
    return /^(Stat|FlushQ?)$/.test(name) || !/^[0*]?$/.test(fields["cas"] ?? "");
  });
}
