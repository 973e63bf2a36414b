/**
 * Several memories as one store: which of them a key belongs to, and how a call gets there and its
 * answer back.
 *
 * Each memory is a whole store over the same code. The first is the front: the host writes keys and
 * arguments there, and reads replies there. A call for another memory takes key and arguments along
 * to the same place in that one, which is laid out alike, and its reply comes back the same way:
 *
 *     front      │ inbox: key │ arguments │ …  outbox: reply │ results │
 *                      │            │               ▲             ▲
 *                      ▼            ▼               │             │
 *     memory 2   │ inbox: key │ arguments │ …  outbox: reply │ results │ … items
 *
 * Results that are addresses say which memory they are in (base/address.ts).
 */
import { addressOf } from "../../base/address.ts";
import { Argument, Result } from "../../../assembly/shared/status.ts";
import type { Core } from "../core.ts";
import type { CoreExports } from "../abi.ts";
import type { RoutedEvents } from "./routed-events.ts";

const HASHES = 2 ** 32;

/** From this length on a call that copies is worth it. */
const LONG = 64;

/** Copies so many bytes to the same place in another memory's area. */
function bring(from: Uint8Array, to: Uint8Array, start: number, length: number): void {
  if (length >= LONG) {
    to.set(from.subarray(start, start + length), start);
    return;
  }
  for (let at = start; at < start + length; at++) to[at] = from[at] as number;
}

/**
 * The memory that a key belongs to: by the highest bits of its hash, of which neither buckets nor
 * locks are chosen. The key stands in the first memory's inbox.
 */
export function memoryOfKey(cores: readonly Core[], keyPtr: number, keyLength: number): number {
  const hash = (cores[0] as Core).abi.hashKey(keyPtr, keyLength) >>> 0;
  return Math.floor((hash * cores.length) / HASHES);
}

export class Router {
  /** By `Result`: those of the last call, whichever memory it was for. */
  readonly result = new Float64Array(Result.COUNT);
  readonly front: Core;
  readonly cores: readonly Core[];
  readonly #events: RoutedEvents;

  constructor(cores: readonly [Core, ...Core[]], events: RoutedEvents) {
    [this.front] = cores;
    this.cores = cores;
    this.#events = events;
  }

  core(memory: number): Core {
    return this.cores[memory] as Core;
  }

  /** The calls of one memory. What they tell the log happens now. */
  abi(memory: number): CoreExports {
    this.#events.stamp(memory);
    return this.core(memory).abi;
  }

  /** Has a key at hand in its memory; which one that is. */
  bringKey(keyPtr: number, keyLength: number): number {
    const memory = memoryOfKey(this.cores, keyPtr, keyLength);
    this.bringInput(memory, keyPtr, keyLength);
    return memory;
  }

  /** Copies a part of the inbox to the memory. */
  bringInput(memory: number, ptr: number, length: number): void {
    if (memory === 0) return;
    const { inbox, inboxPtr } = this.front;
    bring(inbox, this.core(memory).inbox, ptr - inboxPtr, length);
  }

  bringArguments(memory: number): void {
    if (memory === 0) return;
    const from = this.front.argument;
    const to = this.core(memory).argument;
    for (let i = 0; i < Argument.COUNT; i++) to[i] = from[i] as number;
  }

  /** Copies what the memory's core wrote to `outPtr` to the front's outbox. */
  takeReply(memory: number, outPtr: number, length: number): void {
    if (memory === 0) return;
    const { outbox, outboxPtr } = this.front;
    bring(this.core(memory).outbox, outbox, outPtr - outboxPtr, length);
  }

  /** Takes over the results of a call to the memory. */
  takeResult(memory: number): void {
    const from = this.core(memory).result;
    const to = this.result;
    for (let i = 0; i < Result.COUNT; i++) to[i] = from[i] as number;
    to[Result.ITEM] = addressOf(memory, from[Result.ITEM] as number);
    to[Result.VALUE_PTR] = addressOf(memory, from[Result.VALUE_PTR] as number);
  }
}
