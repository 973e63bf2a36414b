/**
 * The longest insertion while the hash table grows, in the core alone: no socket, no other thread.
 *
 * Place: beside `growth.ts`, in the same report. All runs do the very same, so what the table's
 * growth takes comes in each of them and what the machine does in between comes in one: of each
 * insertion the quickest run counts.
 */
import { Gauge } from "../../assembly/shared/counters.ts";
import { StoreMode } from "../../assembly/shared/status.ts";
import { startCore } from "../support/local-thread.ts";

const RUNS = 5;
const HASH_POWER = 12;
const MEMORY = 256 * 2 ** 20;
const KEY_LENGTH = 10;
const DIGIT = 0x30;

export interface CoreGrowth {
  readonly insertions: number;
  readonly doublings: number;
  /** Microseconds. */
  readonly longest: number;
}

/** The key of this number: decimal, without making a text of it. */
function writeKey(inbox: Uint8Array, index: number): void {
  let left = index;
  for (let at = KEY_LENGTH - 1; at >= 0; at--) {
    inbox[at] = DIGIT + (left % 10);
    left = Math.floor(left / 10);
  }
}

/** Stores so many items in a new core, and notes the time of each if it is the shortest yet. */
function insertAll(quickest: Float64Array): number {
  const core = startCore({ memoryLimit: MEMORY, hashPower: HASH_POWER });
  const { abi, inbox, inboxPtr } = core;
  for (let index = 0; index < quickest.length; index++) {
    writeKey(inbox, index);
    const start = Bun.nanoseconds();
    const item = abi.beginSet(inboxPtr, KEY_LENGTH, 0, 0, 0, StoreMode.SET) >>> 0;
    abi.endSet(item, StoreMode.SET, 0, 0);
    const micros = (Bun.nanoseconds() - start) / 1e3;
    if (item === 0) throw new Error("no room for an item");
    if (micros < (quickest[index] as number)) quickest[index] = micros;
  }
  return core.gauge(Gauge.HASH_POWER) - HASH_POWER;
}

export function measureCoreGrowth(insertions: number): CoreGrowth {
  const quickest = new Float64Array(insertions).fill(Infinity);
  let doublings = 0;
  for (let run = 0; run < RUNS; run++) doublings = insertAll(quickest);
  const longest = quickest.reduce((most, micros) => Math.max(most, micros), 0);
  return { insertions, doublings, longest };
}
