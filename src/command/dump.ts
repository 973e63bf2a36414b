/**
 * A dump of keys on its way to a client: metadump, mgdump.
 *
 * The thread that was asked makes it, slice by slice, no faster than the client reads. It has the
 * right to crawl until then.
 */
import type { Context } from "./context.ts";
import { OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { ReplyStream } from "./reply-stream.ts";
import { Result } from "../../assembly/shared/status.ts";
import { reply } from "../protocol/replies.ts";

/** Bytes of the outbox that are left for the last line. */
const END_ROOM = 64;

/** Queues to walk, or the whole hash table. */
export type DumpScope = readonly number[] | "table";

export class Dump implements ReplyStream {
  readonly #context: Context;
  readonly #isShort: boolean;
  /** Queues still to walk; null = the table is walked. */
  readonly #todo: number[] | null;
  #hasBegun = false;
  /** The bucket that is next. */
  #cursor = 0;

  constructor(context: Context, scope: DumpScope, isShort: boolean) {
    this.#context = context;
    this.#isShort = isShort;
    this.#todo = scope === "table" ? null : [...scope];
  }

  next(): boolean {
    const isMore = this.#todo === null ? this.#walkTable() : this.#walkQueue(this.#todo);
    if (isMore) return true;
    this.#context.core.abi.giveBackCrawl();
    this.#context.output.append(this.#isShort ? reply.metaMiss : reply.end);
    return false;
  }

  abandon(): void {
    const { abi } = this.#context.core;
    if (this.#hasBegun) abi.endCrawl(this.#todo?.[0] as number);
    abi.giveBackCrawl();
  }

  #walkTable(): boolean {
    const { core, output, clock } = this.#context;
    const start = output.ptr + output.end;
    const end = output.ptr + OUTBOX_SIZE - END_ROOM;
    const epoch = clock.toUnix(0);
    this.#cursor = core.abi.crawlTable(this.#cursor, start, end, this.#isShort ? 1 : 0, epoch);
    output.end += core.result[Result.OUT_LENGTH] as number;
    return this.#cursor !== 0;
  }

  /** Walks on in the first queue of the list; false when there is none left. */
  #walkQueue(todo: number[]): boolean {
    const { core, output, clock } = this.#context;
    const { abi } = core;
    // Most queues are empty: they are no slice of their own.
    while (todo.length > 0 && !this.#hasBegun) {
      if (abi.beginCrawl(todo[0] as number, 0) > 0) this.#hasBegun = true;
      else todo.shift();
    }
    const [slabId] = todo;
    if (slabId === undefined) return false;
    const start = output.ptr + output.end;
    const end = output.ptr + OUTBOX_SIZE - END_ROOM;
    const epoch = clock.toUnix(0);
    const looked = abi.crawlDump(slabId, start, end, this.#isShort ? 1 : 0, epoch);
    output.end += core.result[Result.OUT_LENGTH] as number;
    if (looked === 0) {
      todo.shift();
      this.#hasBegun = false;
    }
    return true;
  }
}
