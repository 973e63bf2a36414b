/**
 * Calls with a batch of keys: each key's memory answers it, in the order of the batch. The lookups
 * of all keys are started before, side by side in each memory.
 *
 *     batch      │ a │ b │ c │ d │ e │        a, d: front; b, c, e: memory 1
 *     memory 1   │ b │ c │ e │                indexes 0 … 2 of its own key batch
 */
import { KEY_BATCH_MAX } from "../../../assembly/shared/limits.ts";
import { Result, Status } from "../../../assembly/shared/status.ts";
import type { CoreExports } from "../abi.ts";
import { type Router, memoryOfKey } from "./router.ts";
import type { StoreCalls } from "../facade.ts";

type BatchCalls = Pick<
  StoreCalls,
  "fetchKeys" | "fetchPackets" | "fetchMetas" | "lookAheadLines" | "lookAheadPackets"
>;

const LF = 0x0a;

/** Before a packet's key stands its header. */
const HEADER_SIZE = 24;

/** Answers the key at an index of the memory's batch into outPtr …; 0 = there is no room. */
type Fetch = (abi: CoreExports, index: number, outPtr: number) => number;

class Batch {
  readonly #router: Router;
  /** Where each key is: its memory, and its place in the batch there. */
  readonly #memories = new Uint32Array(KEY_BATCH_MAX);
  readonly #indexes = new Uint32Array(KEY_BATCH_MAX);
  readonly #counts: Uint32Array;

  constructor(router: Router) {
    this.#router = router;
    this.#counts = new Uint32Array(router.cores.length);
  }

  /**
   * Has the first `count` keys at hand in their memories, with what stands around them: in the
   * inbox from a header's length before the first one up to `end`.
   */
  prepare(count: number, end: number): void {
    const { front, cores } = this.#router;
    const counts = this.#counts;
    counts.fill(0);
    for (let i = 0; i < count; i++) this.#place(i);
    const start = Math.max(0, (front.keys[0] as number) - HEADER_SIZE - front.inboxPtr);
    for (let memory = 0; memory < cores.length; memory++) {
      const found = counts[memory] as number;
      if (found === 0) continue;
      this.#router.bringInput(memory, front.inboxPtr + start, end - start);
      // The front's batch has all keys. Index 0 is prepared when it is answered.
      if (count > 1) this.#router.core(memory).abi.warm(memory === 0 ? count : found);
    }
  }

  /** Puts the key at an index of the front's batch into that of its memory. */
  #place(index: number): void {
    const router = this.#router;
    const { keys } = router.front;
    const keyPtr = keys[2 * index] as number;
    const keyLength = keys[2 * index + 1] as number;
    const memory = memoryOfKey(router.cores, keyPtr, keyLength);
    const found = this.#counts[memory] as number;
    const at = memory === 0 ? index : found;
    const batch = router.core(memory).keys;
    batch[2 * at] = keyPtr;
    batch[2 * at + 1] = keyLength;
    this.#counts[memory] = found + 1;
    this.#memories[index] = memory;
    this.#indexes[index] = at;
  }

  /**
   * Answers keys from index `from` on until there is no room, or behind a value that is held; with
   * `endsAtMiss` also behind one whose status is not OK. Returns how many; the results are those of
   * a batch's call.
   */
  answer(from: number, count: number, outPtr: number, fetch: Fetch, endsAtMiss = false): number {
    const router = this.#router;
    let out = outPtr;
    let index = from;
    let memory = 0;
    while (index < count) {
      memory = this.#memories[index] as number;
      const { result } = router.core(memory);
      if (fetch(router.abi(memory), this.#indexes[index] as number, out) === 0) break;
      const length = result[Result.OUT_LENGTH] as number;
      router.takeReply(memory, out, length);
      out += length;
      index++;
      if (result[Result.ITEM] !== 0) break;
      if (endsAtMiss && result[Result.STATUS] !== Status.OK) break;
    }
    router.takeResult(memory);
    router.result[Result.OUT_LENGTH] = out - outPtr;
    return index - from;
  }
}

export function batchCalls(router: Router): BatchCalls {
  const batch = new Batch(router);
  const { keys, inbox, inboxPtr } = router.front;
  /** Behind the last of `count` keys in the inbox. */
  const keysEnd = (count: number): number =>
    (keys[2 * count - 2] as number) - inboxPtr + (keys[2 * count - 1] as number);
  const linesEnd = (count: number): number => inbox.indexOf(LF, keysEnd(count)) + 1;
  return {
    fetchKeys(from, count, outPtr, outEnd, options, expiresAt) {
      if (from === 0) batch.prepare(count, keysEnd(count));
      return batch.answer(from, count, outPtr, (abi, index, out) =>
        abi.fetchKeys(index, index + 1, out, outEnd, options, expiresAt),
      );
    },
    fetchPackets(from, count, outPtr, outEnd, options) {
      if (from === 0) batch.prepare(count, keysEnd(count));
      return batch.answer(from, count, outPtr, (abi, index, out) =>
        abi.fetchPackets(index, index + 1, out, outEnd, options),
      );
    },
    fetchMetas(from, count, outPtr, outEnd, options) {
      if (from === 0) batch.prepare(count, linesEnd(count));
      const fetch: Fetch = (abi, index, out) =>
        abi.fetchMetas(index, index + 1, out, outEnd, options);
      return batch.answer(from, count, outPtr, fetch, true);
    },
    // A guess that only saves time: it is made where there is one memory.
    lookAheadLines() {},
    lookAheadPackets() {},
  };
}
