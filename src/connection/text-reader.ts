/**
 * Cuts the input of a text connection into lines, and has them executed.
 *
 * A line ends at its LF. One that does not fit the inbox closes the connection, unless it is a get:
 * that is gathered on the side (long-get.ts). Lines of mg that came together are answered together.
 */
import type { Context } from "../command/context.ts";
import { INBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Input } from "./input.ts";
import type { Login } from "./login.ts";
import { LongGet, isLongGet } from "./long-get.ts";
import { Outcome, type Upload } from "../command/outcome.ts";
import { type Reader, reachOf } from "./reader.ts";
import { execute } from "../command/execute.ts";
import { executeMetaGets } from "../command/meta-get-run.ts";
import { failUpload, finishUpload } from "../command/storage.ts";

const LF = 0x0a;
const CR = 0x0d;
const LOWER_M = 0x6d;
const LOWER_G = 0x67;

/** A line that long without its end closes the connection, unless it is a get. */
const LINE_LENGTH_MAX = 2048;

/** Lines up to this length are searched for their end by a loop, longer ones by a call. */
const SHORT_LINE = 64;

/** The first LF from `at` on; there is one. */
function findLf(bytes: Uint8Array, at: number): number {
  const shortEnd = at + SHORT_LINE;
  for (let lf = at; lf < shortEnd; lf++) {
    if (bytes[lf] === LF) return lf;
  }
  return bytes.indexOf(LF, shortEnd);
}

export class TextReader implements Reader {
  further = 0;
  readonly #context: Context;
  /** The last one of mg. */
  readonly #run = { lines: 0, next: 0 };
  #longGet: LongGet | null = null;

  readonly #login: Login | null;

  /** @param login what has to be done before anything else, or null */
  constructor(context: Context, login: Login | null) {
    this.#context = context;
    this.#login = login;
  }

  parse(input: Input, upload: Upload, credits: number): Outcome {
    this.further = 0;
    if (this.#longGet !== null) return this.#parseLongGet(this.#longGet, input);
    const context = this.#context;
    const { inbox } = context.core;
    const { at, end } = input;
    inbox[end] = LF; // A sentinel: the search needs no bound.
    const login = this.#login;
    if (inbox[at] === LOWER_M && inbox[at + 1] === LOWER_G && login?.isOpen !== true) {
      const run = this.#run;
      executeMetaGets(context, run, at, end, credits + 1);
      if (run.lines > 0) {
        input.at = run.next;
        this.further = run.lines - 1;
        return Outcome.DONE;
      }
    }
    const lf = findLf(inbox, at);
    if (lf === end) return this.#lineIsIncomplete(input);
    input.at = lf + 1;
    const lineEnd = lf > at && inbox[lf - 1] === CR ? lf - 1 : lf;
    if (login?.isOpen === true) return login.executeLine(context, at, lineEnd, lf + 1);
    return execute(context, upload, at, lineEnd, lf + 1);
  }

  lookAhead(input: Input, commands: number): void {
    const reach = this.#login?.isOpen === true ? 0 : reachOf(input, commands);
    if (reach === 0) return;
    const { abi, inboxPtr } = this.#context.core;
    abi.lookAheadLines(inboxPtr + input.at, inboxPtr + input.end, reach);
  }

  finish(upload: Upload): void {
    finishUpload(this.#context, upload);
  }

  fail(upload: Upload): void {
    failUpload(this.#context, upload);
  }

  #lineIsIncomplete(input: Input): Outcome {
    const length = input.end - input.at;
    const mayGrow = !input.isDrained && length < INBOX_SIZE;
    if (mayGrow || length <= LINE_LENGTH_MAX) return Outcome.MORE;
    const isGet = isLongGet(this.#context.core.inbox, input.at);
    if (!isGet || this.#login?.isOpen === true) return Outcome.CLOSE;
    if (length < INBOX_SIZE) return Outcome.MORE;
    this.#longGet = new LongGet();
    return this.#parseLongGet(this.#longGet, input);
  }

  /** A get line that outgrew the inbox is gathered in memory of its own. */
  #parseLongGet(longGet: LongGet, input: Input): Outcome {
    const { inbox } = this.#context.core;
    const lf = inbox.subarray(input.at, input.end).indexOf(LF);
    const end = lf < 0 ? input.end : input.at + lf;
    const fits = longGet.append(inbox, input.at, end);
    input.at = lf < 0 ? end : end + 1;
    if (!fits) return Outcome.CLOSE;
    if (lf < 0) return Outcome.MORE;
    this.#longGet = null;
    input.park(false);
    longGet.execute(this.#context);
    input.unpark();
    return Outcome.DONE;
  }
}
