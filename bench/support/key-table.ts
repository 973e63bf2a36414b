/**
 * Keys that lie ready in linear memory, so that benchmarks of the core do not time their making.
 *
 * They stand in the value of an item that is begun and never stored: memory that the store will not
 * touch again. All keys have the same length and are asked for in an order that no cache foresees.
 */
import { Result, StoreMode } from "../../assembly/shared/status.ts";
import type { Core } from "../../src/core/core.ts";
import { Random } from "../server/random.ts";
import { SEED } from "./parameters.ts";

const NAME = new TextEncoder().encode("key-table");

export class KeyTable {
  readonly length: number;
  readonly count: number;
  readonly #start: number;
  readonly #random = new Random(SEED);

  /** `prefix` makes the keys of two tables different. */
  constructor(core: Core, count: number, length: number, prefix = "key:") {
    this.count = count;
    this.length = length;
    this.#start = reserve(core, count * length);
    for (let index = 0; index < count; index++) {
      const text = prefix + String(index).padStart(length - prefix.length, "0");
      core.bytes.set(new TextEncoder().encode(text), this.at(index));
    }
  }

  /** Address of a key. */
  at(index: number): number {
    return this.#start + index * this.length;
  }

  /** Address of a random key. */
  any(): number {
    return this.at(this.#random.below(this.count));
  }
}

function reserve(core: Core, size: number): number {
  core.inbox.set(NAME);
  const item = core.abi.beginSet(core.inboxPtr, NAME.length, 0, 0, size, StoreMode.SET);
  if (item === 0) throw new Error(`no item can hold ${size} bytes of keys`);
  return core.result[Result.VALUE_PTR] as number;
}
