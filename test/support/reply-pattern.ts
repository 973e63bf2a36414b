/**
 * Reply patterns: the bytes a reply must have, with gaps for what legitimately varies.
 *
 * A pattern covers the whole reply. Matching answers "more" while what arrived could still become
 * the reply, so that a reader knows when to go on reading without any pause.
 */

import { fromLatin1 } from "./bytes.ts";

export type Gap = "n" | "any" | "lines";
export type PatternPart = string | { readonly gap: Gap };
export type Verdict = "match" | "more" | "wrong";

/** What each gap may hold: digits, a part of one line, any number of whole lines. */
const GAPS: Readonly<Record<Gap, string>> = {
  n: "[0-9]+",
  any: "[^\\r\\n]*",
  lines: "(?:[^\\n]*\\n)*",
};

export class ReplyPattern {
  /** Literal bytes before the first gap, as Latin-1. */
  private readonly start: string;
  /** Null when there is no gap: then `start` is the reply. */
  private readonly expression: RegExp | null;
  private readonly lineCount: number | null;

  constructor(readonly parts: readonly PatternPart[]) {
    const gaps = parts.filter((part) => typeof part !== "string");
    const first = parts.findIndex((part) => typeof part !== "string");
    const literals = first < 0 ? parts : parts.slice(0, first);
    this.start = literals.join("");
    this.expression = gaps.length === 0 ? null : new RegExp(`^${parts.map(source).join("")}$`);
    this.lineCount = gaps.some(({ gap }) => gap === "lines") ? null : countLines(parts);
  }

  /** How a reply that starts with these bytes stands. */
  verdict(bytes: Uint8Array): Verdict {
    const text = fromLatin1(bytes);
    if (text.length < this.start.length) return this.start.startsWith(text) ? "more" : "wrong";
    if (!text.startsWith(this.start)) return "wrong";
    if (this.expression === null) return text.length === this.start.length ? "match" : "wrong";
    if (this.expression.test(text)) return "match";
    return this.lineCount !== null && countLines([text]) >= this.lineCount ? "wrong" : "more";
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

function countLines(parts: readonly PatternPart[]): number {
  let count = 0;
  for (const part of parts) if (typeof part === "string") count += part.split("\n").length - 1;
  return count;
}
