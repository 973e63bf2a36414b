/**
 * Many items of one kind, stored over one connection, and the figures of the server about them.
 *
 * Place: the scene of the maintenance benchmarks.
 */
import { keyName } from "../server/data-set.ts";
import { Dialogue } from "../server/dialogue.ts";

/** A batch's answers are short: they never fill the pipe while it is being sent. */
const BATCH = 1000;
const KEY_OFFSET = "set ".length;

export interface Items {
  /** A letter that keeps the sets of keys apart. */
  readonly prefix: string;
  readonly count: number;
  readonly valueBytes: number;
  /** Seconds; 0 is for ever. */
  readonly exptime: number;
}

/** Stores them all; throws when one is refused. */
export function storeItems(port: number, items: Items): void {
  const { prefix, count, valueBytes, exptime } = items;
  const head = `set ${keyName(prefix, 0)} 0 ${exptime} ${valueBytes}`;
  const item = `${head}\r\n${"v".repeat(valueBytes)}\r\n`;
  const batch = Buffer.from(item.repeat(BATCH), "latin1");
  const dialogue = new Dialogue(port);
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    for (let at = 0; at < length; at++) {
      batch.write(keyName(prefix, first + at), at * item.length + KEY_OFFSET, "latin1");
    }
    const bytes = batch.subarray(0, length * item.length);
    for (const line of dialogue.exchangeLines(bytes, length)) {
      if (line !== "STORED") throw new Error(`a set was answered with ${line}`);
    }
  }
  dialogue.close();
}

/** One line for one command. */
export function ask(dialogue: Dialogue, command: string): string {
  return dialogue.exchangeLines(Buffer.from(`${command}\r\n`, "latin1"), 1)[0] ?? "";
}

/** A figure of `stats`; 0 when the server has none of that name. */
export function figure(dialogue: Dialogue, name: string): number {
  return Number(dialogue.stats().get(name) ?? 0);
}
