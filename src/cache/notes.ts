/**
 * What a cache tells of items that are gone: the notes that the core has taken during a call, read
 * when it is over (assembly/store/notes.ts).
 *
 * An area is named for the length of each call only, and it lies in the thread's outbox behind what
 * values need: so a server may use its outbox in between, and several caches of one thread each
 * hear of their own.
 */
import { Argument, Gone } from "../../assembly/shared/status.ts";
import type { CacheStore } from "./cache-store.ts";
import { NOTES_AT } from "./plan.ts";

/** `evicted`: it had to make room; `expired`: its time was over when it was met. */
export type EvictReason = "evicted" | "expired";

/** Hears of an item that is gone. It may use the cache; what it throws, the call throws. */
export type EvictListener = (key: string, reason: EvictReason) => void;

/** Reason and length of a note. */
const HEAD_SIZE = 2;

const decoder = new TextDecoder();

export class Notes {
  readonly #core: CacheStore["core"];
  readonly #start: number;
  readonly #end: number;
  readonly #listener: EvictListener;
  #untold = 0;

  constructor({ core, notesBytes }: CacheStore, listener: EvictListener) {
    this.#core = core;
    this.#start = core.outboxPtr + NOTES_AT;
    this.#end = this.#start + notesBytes;
    this.#listener = listener;
  }

  /** Items of which there was no room to take a note. */
  get untold(): number {
    return this.#untold;
  }

  /** Before a call. */
  open(): void {
    const { argument } = this.#core;
    argument[Argument.NOTES_AT] = this.#start;
    argument[Argument.NOTES_END] = this.#end;
  }

  /** After it: whatever it has to say must have been read, for a listener may use the cache. */
  tell(): void {
    const { argument } = this.#core;
    const end = argument[Argument.NOTES_AT] as number;
    argument[Argument.NOTES_END] = 0;
    if (end === this.#start) return;
    this.#untold += argument[Argument.NOTES_UNTOLD] as number;
    argument[Argument.NOTES_UNTOLD] = 0;
    for (const [key, reason] of this.#read(end)) this.#listener(key, reason);
  }

  #read(end: number): [key: string, reason: EvictReason][] {
    // A copy: decoders of browsers refuse shared memory.
    const bytes = this.#core.bytes.slice(this.#start, end);
    const notes: [string, EvictReason][] = [];
    for (let at = 0; at < bytes.length;) {
      const reason = bytes[at] === Gone.EVICTED ? "evicted" : "expired";
      const from = at + HEAD_SIZE;
      at = from + (bytes[at + 1] as number);
      notes.push([decoder.decode(bytes.subarray(from, at)), reason]);
    }
    return notes;
  }
}
