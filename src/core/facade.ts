/**
 * What a thread of the host knows of the core: one store, over one linear memory (core.ts) or over
 * several (routed/). Either looks the same from here.
 *
 * A process has one kind of it only, so that calls stay as quick as those of the one class.
 *
 * Addresses are numbers that name a memory and a place in it (base/address.ts). Inbox, outbox, key
 * batch, arguments and the log area are in the first memory.
 */
import type { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import type { CoreExports, PerMemory } from "./abi.ts";
import type { Core, DumpRecord } from "./core.ts";
import type { EventLog } from "./event-log.ts";
import type { Settings } from "../base/settings.ts";

/** The calls for the store as a whole. */
export type StoreCalls = Omit<CoreExports, PerMemory>;

export interface CoreFacade {
  readonly abi: StoreCalls;
  readonly inbox: Uint8Array;
  readonly inboxPtr: number;
  /** Address and length of each key of a batch. */
  readonly keys: Uint32Array;
  readonly outbox: Uint8Array;
  readonly outboxPtr: number;
  /** By `Result`. Addresses among them are whole ones, unlike those that calls return. */
  readonly result: Uint32Array | Float64Array;
  /** What a call's options name: slots of `Argument`. */
  readonly argument: Uint32Array;
  /** What this thread tells those who watch. */
  readonly events: EventLog;
  /** The whole first memory. */
  readonly bytes: Uint8Array;
  /** All memories, by their number. */
  readonly memories: readonly Uint8Array[];
  /** One for each memory: for what is done memory by memory. */
  readonly cores: readonly Core[];

  /** The address that a call has returned. */
  address(returned: number): number;
  /** Puts bytes at an address. */
  write(address: number, bytes: Uint8Array): void;

  /** Takes over the settings of the LRU: at start, and whenever a command changed them. */
  setLru(settings: Settings): void;

  counter(which: Counter): number;
  classCounter(classId: number, which: ClassCounter): number;
  /** A class counter, summed over all classes. */
  classCounterSum(which: ClassCounter): number;
  gauge(which: Gauge): number;
  classGauge(classId: number, which: ClassGauge): number;
  /** Largest class id there is. */
  readonly classIdMax: number;
  /** Counts of the size histogram: index n holds items of up to 32 × n bytes. */
  sizeHistogram(itemSizeMax: number): Uint32Array;
  /** Live items of a class, newest first; `limit` 0 = as many as fit the dump area. */
  dump(classId: number, limit: number): DumpRecord[];
}
