/**
 * The facade of one store over several memories, for `-m` above what one can hold.
 *
 * A key belongs to one memory, by its hash. Each is a store by itself, with a share of the limit:
 * slab pages, hash table, LRU and maintenance are its own. router.ts shows the way of a call.
 */
import type { Core, DumpRecord } from "../core.ts";
import type { CoreFacade, StoreCalls } from "../facade.ts";
import {
  type ClassCounter,
  type ClassGauge,
  Counter,
  type Gauge,
} from "../../../assembly/shared/counters.ts";
import { memoryOf, offsetOf } from "../../base/address.ts";
import { classGaugeOf, gaugeOf } from "./gauges.ts";
import { RoutedEvents } from "./routed-events.ts";
import { Router } from "./router.ts";
import type { Settings } from "../../base/settings.ts";
import { addressCalls } from "./address-calls.ts";
import { allCalls } from "./store-calls.ts";
import { batchCalls } from "./batch-calls.ts";
import { crawlCalls } from "./crawl-calls.ts";
import { changeCalls, fetchCalls } from "./key-calls.ts";

export class RoutedCore implements CoreFacade {
  readonly abi: StoreCalls;
  readonly inbox: Uint8Array;
  readonly inboxPtr: number;
  readonly keys: Uint32Array;
  readonly outbox: Uint8Array;
  readonly outboxPtr: number;
  readonly result: Float64Array;
  readonly argument: Uint32Array;
  readonly events: RoutedEvents;
  readonly bytes: Uint8Array;
  readonly memories: readonly Uint8Array[];
  readonly cores: readonly Core[];
  readonly #front: Core;

  /** @param cores this thread's of all memories: of thread `thread` */
  constructor(cores: readonly [Core, ...Core[]], thread: number) {
    const [front] = cores;
    this.events = new RoutedEvents(cores, thread);
    const router = new Router(cores, this.events);
    this.abi = {
      ...fetchCalls(router),
      ...changeCalls(router),
      ...addressCalls(router),
      ...batchCalls(router),
      ...crawlCalls(router),
      ...allCalls(router),
    };
    this.inbox = front.inbox;
    this.inboxPtr = front.inboxPtr;
    this.keys = front.keys;
    this.outbox = front.outbox;
    this.outboxPtr = front.outboxPtr;
    this.result = router.result;
    this.argument = front.argument;
    this.bytes = front.bytes;
    this.memories = cores.map(({ bytes }) => bytes);
    this.cores = cores;
    this.#front = front;
  }

  /** Calls return whole addresses here. */
  address(returned: number): number {
    return returned;
  }

  write(address: number, bytes: Uint8Array): void {
    this.memories[memoryOf(address)]?.set(bytes, offsetOf(address));
  }

  setLru(settings: Settings): void {
    for (const core of this.cores) core.setLru(settings);
  }

  counter(which: Counter): number {
    // Each flush is one of every memory.
    if (which === Counter.CMD_FLUSH) return this.#front.counter(which);
    return this.cores.reduce((sum, core) => sum + core.counter(which), 0);
  }

  classCounter(classId: number, which: ClassCounter): number {
    return this.cores.reduce((sum, core) => sum + core.classCounter(classId, which), 0);
  }

  classCounterSum(which: ClassCounter): number {
    return this.cores.reduce((sum, core) => sum + core.classCounterSum(which), 0);
  }

  gauge(which: Gauge): number {
    return gaugeOf(this.cores, which);
  }

  classGauge(classId: number, which: ClassGauge): number {
    return classGaugeOf(this.cores, classId, which);
  }

  get classIdMax(): number {
    return this.#front.classIdMax;
  }

  sizeHistogram(itemSizeMax: number): Uint32Array {
    const sums = this.#front.sizeHistogram(itemSizeMax).slice();
    for (const core of this.cores.slice(1)) {
      for (const [i, count] of core.sizeHistogram(itemSizeMax).entries())
        sums[i] = (sums[i] ?? 0) + count;
    }
    return sums;
  }

  /** Those of the first memory first. */
  dump(classId: number, limit: number): DumpRecord[] {
    const records: DumpRecord[] = [];
    for (const core of this.cores) {
      if (limit !== 0 && records.length >= limit) break;
      records.push(...core.dump(classId, limit === 0 ? 0 : limit - records.length));
    }
    return records;
  }
}
