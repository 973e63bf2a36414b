/**
 * Takes the replies to a pipeline of commands apart, as bytes arrive.
 *
 *     bytes ──▶ ReplyReader ──▶ the oldest reply that is still expected, until it is complete
 *
 * The text protocol's replies do not say what they answer, so the order of the commands does: each
 * one leaves here what kind of reply it will get and who takes it. Nothing is copied but lines; a
 * value is only valid while its taker runs.
 */
import { Violation } from "./violation.ts";
import { readable } from "../support/bytes.ts";

/** One VALUE block. */
export interface Hit {
  readonly key: string;
  readonly flags: number;
  readonly value: Buffer;
  /** Empty for get and gat. */
  readonly cas: string;
}

export type Expected =
  | { readonly kind: "line"; readonly take: (line: string) => void }
  /** Any number of VALUE blocks; `end` gets the END, or the error that came instead. */
  | {
      readonly kind: "values";
      readonly hit: (hit: Hit) => void;
      readonly end: (line: string) => void;
    }
  /** Any number of lines; the last one is END or an error, or what `last` says instead. */
  | {
      readonly kind: "lines";
      readonly take: (lines: readonly string[]) => void;
      readonly last?: RegExp;
    };

const NOTHING: readonly Expected[] = [];

const LF = 0x0a;
const CR = 0x0d;
const LAST_LINE = /^(END|ERROR|RESET|OK|[A-Z]+_ERROR.*)$/;
const VALUE_LINE = /^VALUE (\S+) (\d+) (\d+)(?: (\d+))?$/;

export class ReplyReader {
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #later: Buffer[] = [];
  #laterLength = 0;
  /** So many bytes from #at on are wanted before another look makes sense. */
  #wanted = 1;
  #expected: readonly Expected[] = [];
  #next = 0;
  #lines: string[] = [];

  /** To be called when all replies that were expected before have come. */
  expect(expected: readonly Expected[]): void {
    if (!this.isDone) throw new Error("replies are still expected");
    this.#expected = expected.length > 0 ? expected : NOTHING;
    this.#next = 0;
  }

  get isDone(): boolean {
    return this.#next >= this.#expected.length;
  }

  get missing(): number {
    return this.#expected.length - this.#next;
  }

  /** Bytes have come. Throws a Violation when they are not what a server may say. */
  give(bytes: Buffer): void {
    this.#later.push(bytes);
    this.#laterLength += bytes.length;
    if (this.#buffer.length - this.#at + this.#laterLength < this.#wanted) return;
    const rest = this.#buffer.subarray(this.#at);
    const isOne = rest.length === 0 && this.#later.length === 1;
    this.#buffer = isOne ? bytes : Buffer.concat([rest, ...this.#later]);
    this.#at = 0;
    this.#later = [];
    this.#laterLength = 0;
    this.#wanted = 1;
    while (!this.isDone && this.#step());
    if (!this.isDone) return;
    // The list is its maker's again, who may fill it anew.
    this.#expected = NOTHING;
    this.#next = 0;
    if (this.#at < this.#buffer.length) {
      const extra = readable(this.#buffer.subarray(this.#at), 200);
      throw new Violation("bytes that no command asked for", { extra });
    }
  }

  /** Takes one reply, or one part of a longer one; false when more bytes are needed. */
  #step(): boolean {
    const expected = this.#expected[this.#next];
    if (expected === undefined) return false;
    const end = this.#buffer.indexOf(LF, this.#at);
    if (end < 0) {
      this.#wanted = this.#buffer.length - this.#at + 1;
      return false;
    }
    // Dumps end their lines with LF alone.
    const lineEnd = this.#buffer[end - 1] === CR ? end - 1 : end;
    const line = this.#buffer.toString("latin1", this.#at, Math.max(this.#at, lineEnd));
    if (expected.kind === "values" && line.startsWith("VALUE ")) {
      return this.#takeValue(expected.hit, line, end + 1);
    }
    this.#at = end + 1;
    if (expected.kind === "lines") this.#takeLine(expected.take, expected.last ?? LAST_LINE, line);
    else {
      this.#next++;
      if (expected.kind === "values") expected.end(line);
      else expected.take(line);
    }
    return true;
  }

  #takeLine(take: (lines: readonly string[]) => void, last: RegExp, line: string): void {
    this.#lines.push(line);
    if (!last.test(line)) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#next++;
    take(lines);
  }

  #takeValue(hit: (hit: Hit) => void, line: string, valueAt: number): boolean {
    const [, key, flags, lengthText, cas = ""] = VALUE_LINE.exec(line) ?? [];
    if (key === undefined) throw new Violation("a VALUE line that is none", { line });
    const valueEnd = valueAt + Number(lengthText);
    if (valueEnd + 2 > this.#buffer.length) {
      this.#wanted = valueEnd + 2 - this.#at;
      return false;
    }
    const value = this.#buffer.subarray(valueAt, valueEnd);
    const behind = this.#buffer.toString("latin1", valueEnd, valueEnd + 2);
    if (behind !== "\r\n") {
      throw new Violation("a value without CR LF behind it", { line, behind: escape(behind) });
    }
    this.#at = valueEnd + 2;
    hit({ key, flags: Number(flags), value, cas });
    return true;
  }
}

function escape(text: string): string {
  return JSON.stringify(text);
}
