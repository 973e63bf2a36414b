/**
 * A pipeline of commands under construction: their bytes, and who takes their replies.
 *
 * Used by one connection again and again: `clear`, fill, exchange. It also counts what it was asked
 * to send, for the comparison with the server's own figures.
 */
import type { Expected, Hit } from "./reply-reader.ts";

const BUFFER_SIZE = 64 * 1024;

/** Commands sent, by the names of the server's figures. */
export interface Tally {
  cmd_get: number;
  cmd_set: number;
  cmd_touch: number;
  incr: number;
  decr: number;
  deletes: number;
  cas: number;
}

export function emptyTally(): Tally {
  return { cmd_get: 0, cmd_set: 0, cmd_touch: 0, incr: 0, decr: 0, deletes: 0, cas: 0 };
}

/** Adds one to the other. */
export function addTally(sum: Tally, other: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += other[name];
}

export type StoreVerb = "set" | "add" | "replace" | "append" | "prepend" | "cas";

export interface StoreOptions {
  readonly flags?: number;
  readonly exptime?: number;
  /** With `cas` only. */
  readonly unique?: string;
}

export class Batch {
  readonly expected: Expected[] = [];
  readonly tally: Tally;
  #buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  #length = 0;

  constructor(tally: Tally) {
    this.tally = tally;
  }

  clear(): void {
    this.expected.length = 0;
    this.#length = 0;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  /** Text as it is, one byte a character. */
  raw(text: string): void {
    const length = text.length;
    this.#reserve(length);
    const buffer = this.#buffer;
    const at = this.#length;
    // For a few dozen bytes a loop is several times as fast as a call of `write`.
    for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i);
    this.#length += length;
  }

  #value(value: Uint8Array): void {
    this.#reserve(value.length + 2);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    this.raw("\r\n");
  }

  /** A command with a reply of one line; without a taker it is sent with noreply. */
  line(command: string, take: ((line: string) => void) | null): void {
    this.raw(take === null ? `${command} noreply\r\n` : `${command}\r\n`);
    if (take !== null) this.expected.push({ kind: "line", take });
  }

  /** A command whose reply ends with END, or with a line like `last`. */
  lines(command: string, take: (lines: readonly string[]) => void, last?: RegExp): void {
    this.raw(`${command}\r\n`);
    this.expected.push(
      last === undefined ? { kind: "lines", take } : { kind: "lines", take, last },
    );
  }

  store(
    verb: StoreVerb,
    key: string,
    value: Uint8Array,
    options: StoreOptions,
    take: ((line: string) => void) | null,
  ): void {
    const { flags = 0, exptime = 0, unique } = options;
    this.tally.cmd_set++;
    if (verb === "cas") this.tally.cas++;
    const words = [verb, key, flags, exptime, value.length];
    if (unique !== undefined) words.push(unique);
    this.line(words.join(" "), take);
    this.#value(value);
  }

  /** `how`: get, gets, or gat and gats with their exptime. */
  fetch(
    how: string,
    keys: readonly string[],
    hit: (hit: Hit) => void,
    end: (line: string) => void,
  ): void {
    this.tally[how.startsWith("gat") ? "cmd_touch" : "cmd_get"] += keys.length;
    this.raw(`${how} ${keys.join(" ")}\r\n`);
    this.expected.push({ kind: "values", hit, end });
  }

  touch(key: string, exptime: number, take: ((line: string) => void) | null): void {
    this.tally.cmd_touch++;
    this.line(`touch ${key} ${exptime}`, take);
  }

  remove(key: string, take: ((line: string) => void) | null): void {
    this.tally.deletes++;
    this.line(`delete ${key}`, take);
  }

  change(
    verb: "incr" | "decr",
    key: string,
    by: number,
    take: ((line: string) => void) | null,
  ): void {
    this.tally[verb]++;
    this.line(`${verb} ${key} ${by}`, take);
  }
}
