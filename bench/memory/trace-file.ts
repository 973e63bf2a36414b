/**
 * Traces from files, in the common form `time key size op ttl`.
 *
 * Place: behind `trace-spec.ts`. The file is read in pieces and never whole. One line is one
 * request; its columns stand apart by commas, tabs or spaces. What the columns are follows from a
 * first line that names them, and without one from their number:
 *
 *     3, 4 or 5   time, key, size, op, ttl
 *     7           Twitter's: time, key, key size, value size, client, op, ttl
 *
 * Names known in a first line are those of `NAMES`; other columns are passed over. Without an op a
 * request is a get. Empty lines and those that begin with # do not count.
 *
 * Times are not kept: a trace is played as fast as the server takes it. A size above 1,000,000 is
 * cut to that, a ttl above 30 days too, which memcached would take for a date.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { Op, type Trace, type TraceBlock } from "./trace.ts";

const PIECE_BYTES = 1 << 20;
export const VALUE_BYTES_MAX = 1_000_000;
const TTL_MAX = 30 * 86_400;

type Column = "key" | "size" | "op" | "ttl";

const NAMES: Readonly<Record<string, Column>> = {
  key: "key",
  "anonymized key": "key",
  anonymized_key: "key",
  obj_id: "key",
  object_id: "key",
  id: "key",
  size: "size",
  "value size": "size",
  value_size: "size",
  obj_size: "size",
  object_size: "size",
  op: "op",
  operation: "op",
  ttl: "ttl",
};

const OPS: Readonly<Record<string, Op>> = {
  get: Op.GET,
  gets: Op.GET,
  gat: Op.GET,
  gats: Op.GET,
  read: Op.GET,
  // These read before they write, and a client whose counter is gone begins it anew.
  incr: Op.GET,
  decr: Op.GET,
  touch: Op.GET,
  set: Op.SET,
  add: Op.SET,
  replace: Op.SET,
  cas: Op.SET,
  append: Op.SET,
  prepend: Op.SET,
  write: Op.SET,
  delete: Op.DELETE,
  remove: Op.DELETE,
};

type Layout = Readonly<Record<Column, number>>;

const PLAIN: Layout = { key: 1, size: 2, op: 3, ttl: 4 };
const TWITTER: Layout = { key: 1, size: 3, op: 5, ttl: 6 };

/** What memcached takes for a key: no spaces, no control characters. */
const KEY = /^[!-~\u0080-\u00ff]{1,250}$/;

/** The lines of a file, a piece of it at a time in memory. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    let rest = "";
    for (;;) {
      const length = readSync(file, piece, 0, PIECE_BYTES, null);
      if (length === 0) break;
      const lines = (rest + piece.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}

/** The columns by their names, or null where this is no line of names. */
function namedLayout(words: readonly string[]): Layout | null {
  const found: Record<Column, number> = { key: -1, size: -1, op: -1, ttl: -1 };
  for (const [at, word] of words.entries()) {
    const column = NAMES[word.trim().toLowerCase()];
    if (column !== undefined && found[column] < 0) found[column] = at;
  }
  return found.key >= 0 && found.size >= 0 ? found : null;
}

export class TraceFile implements Trace {
  private readonly path: string;
  private readonly lines: Iterator<string>;
  private number = 0;
  private separator: string | RegExp = ",";
  private layout: Layout | null = null;

  constructor(path: string) {
    this.path = path;
    this.lines = linesOf(path);
  }

  read(block: TraceBlock): void {
    block.clear();
    while (!block.isFull) {
      const { value, done } = this.lines.next();
      if (done === true) return;
      this.number++;
      const line = (value as string).trim();
      if (line !== "" && !line.startsWith("#")) this.take(block, line);
    }
  }

  private take(block: TraceBlock, line: string): void {
    if (this.layout === null) {
      this.separator = line.includes(",") ? "," : /[ \t]+/;
      const words = line.split(this.separator);
      const named = namedLayout(words);
      this.layout = named ?? this.layoutOf(words.length);
      if (named !== null) return;
    }
    const { layout } = this;
    const words = line.split(this.separator);
    const key = (words[layout.key] ?? "").trim();
    if (!KEY.test(key)) throw this.wrong(`"${key}" is no key`);
    const opName = (words[layout.op] ?? "get").trim().toLowerCase();
    const op = OPS[opName];
    if (op === undefined) throw this.wrong(`"${opName}" is no operation`);
    const size = this.countIn(words[layout.size] ?? "", VALUE_BYTES_MAX);
    const at = block.add(op, key.length, size, this.countIn(words[layout.ttl] ?? "0", TTL_MAX));
    block.keys.write(key, at, "latin1");
  }

  private layoutOf(columns: number): Layout {
    if (columns === 7) return TWITTER;
    if (columns >= 3 && columns <= 5) return PLAIN;
    throw this.wrong(`${columns} columns without names; 3 to 5, or 7, are known`);
  }

  private countIn(text: string, most: number): number {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0)) throw this.wrong(`"${text}" is no number from 0 on`);
    return Math.min(Math.floor(value), most);
  }

  private wrong(what: string): Error {
    return new Error(`${this.path}, line ${this.number}: ${what}`);
  }
}
