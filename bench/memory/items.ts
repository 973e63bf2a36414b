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

/** A connection that stores items of one kind, by their numbers. */
export class ItemWriter {
  readonly #dialogue: Dialogue;
  readonly #prefix: string;
  /** As many items as one exchange has at most. */
  readonly #batch: Buffer;
  readonly #itemLength: number;

  constructor(port: number, { prefix, valueBytes, exptime }: Omit<Items, "count">) {
    const head = `set ${keyName(prefix, 0)} 0 ${exptime} ${valueBytes}`;
    const item = `${head}\r\n${"v".repeat(valueBytes)}\r\n`;
    this.#prefix = prefix;
    this.#itemLength = item.length;
    this.#batch = Buffer.from(item.repeat(BATCH), "latin1");
    this.#dialogue = new Dialogue(port);
  }

  /** Stores the items from `first` to before `end`; throws when one is refused. */
  store(first: number, end: number): void {
    for (let from = first; from < end; from += BATCH) {
      const length = Math.min(BATCH, end - from);
      for (let at = 0; at < length; at++) {
        const name = keyName(this.#prefix, from + at);
        this.#batch.write(name, at * this.#itemLength + KEY_OFFSET, "latin1");
      }
      const bytes = this.#batch.subarray(0, length * this.#itemLength);
      for (const line of this.#dialogue.exchangeLines(bytes, length)) {
        if (line !== "STORED") throw new Error(`a set was answered with ${line}`);
      }
    }
  }

  close(): void {
    this.#dialogue.close();
  }
}

/** Stores them all; throws when one is refused. */
export function storeItems(port: number, items: Items): void {
  const writer = new ItemWriter(port, items);
  writer.store(0, items.count);
  writer.close();
}

/** One line for one command. */
export function ask(dialogue: Dialogue, command: string): string {
  return dialogue.exchangeLines(Buffer.from(`${command}\r\n`, "latin1"), 1)[0] ?? "";
}

/** A figure of `stats`; 0 when the server has none of that name. */
export function figure(dialogue: Dialogue, name: string): number {
  return Number(dialogue.stats().get(name) ?? 0);
}
