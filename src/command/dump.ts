/**
 * A dump of keys on its way to a client: metadump, mgdump.
 *
 * The thread that was asked makes it, slice by slice, no faster than the client reads, by the hash
 * table: so nobody's crawl is in its way, and no item comes twice. It has the right to crawl until
 * it is through; a client who does not read loses that, and gets the rest all the same.
 */
import type { Context } from "./context.ts";
import { OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { ReplyStream } from "./reply-stream.ts";
import { Result } from "../../assembly/shared/status.ts";
import { reply } from "../protocol/replies.ts";

/** Bytes of the outbox that are left for the last line. */
const END_ROOM = 64;

/** Bits of a half of the class numbers. */
const HALF = 32;

/** Which classes are dumped: by number, or every one. */
export type DumpScope = readonly number[] | "all";

export class Dump implements ReplyStream {
  readonly #context: Context;
  readonly #ticket: number;
  readonly #isShort: boolean;
  /** Bits of the classes below and from 32 on. */
  #low = 0;
  #high = 0;
  /** The bucket that is next. */
  #cursor = 0;

  /** @param ticket has the right to crawl */
  constructor(context: Context, ticket: number, scope: DumpScope, isShort: boolean) {
    this.#context = context;
    this.#ticket = ticket;
    this.#isShort = isShort;
    if (scope === "all") {
      this.#low = -1;
      this.#high = -1;
      return;
    }
    for (const id of scope) {
      if (id < HALF) this.#low |= 1 << id;
      else this.#high |= 1 << (id - HALF);
    }
  }

  next(): boolean {
    const { core, output, clock } = this.#context;
    core.abi.keepCrawl(this.#ticket);
    const start = output.ptr + output.end;
    const end = output.ptr + OUTBOX_SIZE - END_ROOM;
    const isShort = this.#isShort ? 1 : 0;
    const epoch = clock.toUnix(0);
    const [at, low, high] = [this.#cursor, this.#low, this.#high];
    this.#cursor = core.abi.crawlTable(at, start, end, isShort, epoch, low, high);
    output.end += core.result[Result.OUT_LENGTH] as number;
    if (this.#cursor !== 0) return true;
    core.abi.giveBackCrawl(this.#ticket);
    output.append(this.#isShort ? reply.metaMiss : reply.end);
    return false;
  }

  abandon(): void {
    this.#context.core.abi.giveBackCrawl(this.#ticket);
  }
}
