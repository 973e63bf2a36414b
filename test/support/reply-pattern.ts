/**
 * Reply patterns: the bytes a reply must have, with gaps for what legitimately varies.
 *
 * A pattern covers the whole reply. Matching answers "more" while what arrived could still become
 * the reply, so that a reader knows when to go on reading without any pause.
 */

import { fromLatin1 } from "./bytes.ts";

export type Gap = "n" | "any" | "lines" | "cas";
export type PatternPart = string | { readonly gap: Gap };
export type Verdict = "match" | "more" | "wrong";

/**
 * What each gap may hold: digits, a part of one line, any number of whole lines; the eight bytes of
 * a CAS unique that is not 0.
 */
const GAPS: Readonly<Record<Gap, string>> = {
  n: "[0-9]+",
  any: "[^\\r\\n]*",
  lines: "(?:[^\\n]*\\n)*",
  cas: "",
};

const CAS_SIZE = 8;
const NO_CAS = "\0".repeat(CAS_SIZE);

export class ReplyPattern {
  /** Literal bytes before the first gap, as Latin-1. */
  private readonly start: string;
  /** Null when the reply's length is known: then it is compared part by part. */
  private readonly expression: RegExp | null;
  private readonly lineCount: number | null;
  /** How long the reply is, where no gap leaves that open. */
  private readonly length: number | null;

  constructor(readonly parts: readonly PatternPart[]) {
    const gaps = parts.filter((part) => typeof part !== "string");
    const first = parts.findIndex((part) => typeof part !== "string");
    const literals = first < 0 ? parts : parts.slice(0, first);
    this.start = literals.join("");
    this.length = gaps.every(({ gap }) => gap === "cas") ? lengthOf(parts) : null;
    const isFixed = this.length !== null;
    this.expression = isFixed ? null : new RegExp(`^${parts.map(source).join("")}$`);
    this.lineCount = gaps.some(({ gap }) => gap === "lines") ? null : countLines(parts);
  }

  /** How a reply that starts with these bytes stands. */
  verdict(bytes: Uint8Array): Verdict {
    const text = fromLatin1(bytes);
    if (text.length < this.start.length) return this.start.startsWith(text) ? "more" : "wrong";
    if (!text.startsWith(this.start)) return "wrong";
    if (this.expression === null) return this.verdictOfFixed(text);
    if (this.expression.test(text)) return "match";
    return this.lineCount !== null && countLines([text]) >= this.lineCount ? "wrong" : "more";
  }

  /** Part by part: answers of the binary protocol may be longer than an expression can be. */
  private verdictOfFixed(text: string): Verdict {
    let at = 0;
    for (const part of this.parts) {
      const end = at + (typeof part === "string" ? part.length : CAS_SIZE);
      if (text.length < end) {
        const isBegun = typeof part !== "string" || part.startsWith(text.slice(at));
        return isBegun ? "more" : "wrong";
      }
      const found = text.slice(at, end);
      if (typeof part === "string" ? found !== part : found === NO_CAS) return "wrong";
      at = end;
    }
    return at === text.length ? "match" : "wrong";
  }

  /** The pattern as text: literal bytes as Latin-1, gaps in braces. */
  toString(): string {
    return this.parts.map((part) => (typeof part === "string" ? part : `{${part.gap}}`)).join("");
  }
}

/** The pattern of one reply after another. */
export function followedBy(first: ReplyPattern, second: ReplyPattern): ReplyPattern {
  return new ReplyPattern([...first.parts, ...second.parts]);
}

function source(part: PatternPart): string {
  if (typeof part !== "string") return GAPS[part.gap];
  return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function lengthOf(parts: readonly PatternPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length : CAS_SIZE), 0);
}

function countLines(parts: readonly PatternPart[]): number {
  let count = 0;
  for (const part of parts) if (typeof part === "string") count += part.split("\n").length - 1;
  return count;
}
