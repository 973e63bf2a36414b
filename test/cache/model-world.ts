/**
 * What the model test of caches runs over: two views of one store of each kind, on a clock that
 * only the test moves, and what a plain Map says is in it.
 */
import { expect } from "bun:test";
import { Cache } from "../../src/cache/cache.ts";
import { type CacheStore, startStore } from "../../src/cache/cache-store.ts";
import type { Core } from "../../src/core/core.ts";
import type { EvictReason } from "../../src/cache/notes.ts";
import { LocalServer } from "../support/in-process.ts";
import { TICK_MS, cacheClock } from "../../src/cache/cache-clock.ts";
import { joinStore, startSharedStore } from "../../src/cache/shared-store.ts";
import { restoreStore } from "../../src/cache/snapshot.ts";
import { serverStore } from "../../src/cache/server-cache.ts";

export type Value = string | Uint8Array;

export interface Entry {
  readonly value: Value;
  /** Milliseconds of the test's clock; Infinity = never. */
  readonly endsAt: number;
}

export const KINDS = ["unshared", "shared", "a server's"] as const;
export type Kind = (typeof KINDS)[number];

export class World {
  readonly kind: Kind;
  /** All items, those that have ended too until the cache tells of them. */
  readonly entries = new Map<string, Entry>();
  /** Items that were told to be evicted. */
  evicted = 0;
  nowMs = 0;
  views: Cache[];
  readonly #server: LocalServer | null;
  #stores: CacheStore[];

  constructor(kind: Kind, mebibytes: number) {
    this.kind = kind;
    // A server's page mover evicts without telling.
    const words = ["-m", String(mebibytes), "-o", "slab_automove=0,no_slab_reassign"];
    this.#server = kind === "a server's" ? new LocalServer(words) : null;
    this.#stores = this.#start(mebibytes * 1024 * 1024);
    this.views = this.#stores.map((store) => this.#view(store));
  }

  #start(maxBytes: number): CacheStore[] {
    if (this.#server !== null) {
      const { clock, core, settings } = this.#server.context;
      const [memory] = core.cores as readonly [Core];
      return [0, 1].map(() => serverStore(memory, () => clock.now, settings));
    }
    if (this.kind === "unshared") return [startStore(maxBytes, true)];
    return this.#both(startSharedStore({ maxBytes, threads: 2, events: true }));
  }

  /** A shared store, and the view of a second thread. */
  #both(store: CacheStore): CacheStore[] {
    if (store.handle === null) throw new Error("a shared store has a handle");
    return [store, joinStore(store.handle)];
  }

  #view(store: CacheStore): Cache {
    const { core, maxBytes } = store;
    const clock = cacheClock({
      setNow: core.abi.setNow,
      tickMs: TICK_MS,
      elapsedMs: () => this.nowMs,
      hasTtl: () => true,
      noteTtl: () => undefined,
    });
    const onEvict = (key: string, reason: EvictReason): void => this.#told(key, reason);
    return new Cache({ maxBytes, onEvict }, this.#server === null ? { ...store, clock } : store);
  }

  /** What is said to be gone was there, and had ended if that is the reason. */
  #told(key: string, reason: EvictReason): void {
    const entry = this.entries.get(key);
    expect([key, reason, entry !== undefined]).toEqual([key, reason, true]);
    expect([key, reason]).toEqual([key, this.#isLive(entry as Entry) ? "evicted" : "expired"]);
    this.entries.delete(key);
    if (reason === "evicted") this.evicted++;
  }

  #isLive({ endsAt }: Entry): boolean {
    return endsAt > this.nowMs;
  }

  /** Stores more than there is room for; the first view is told what has to go. */
  fill(count: number, length: number): void {
    for (let i = 0; i < count; i++) {
      const value = new Uint8Array(length).fill(i);
      (this.views[0] as Cache).set(`key${i}`, value);
      this.entries.set(`key${i}`, { value, endsAt: Infinity });
    }
  }

  get tickMs(): number {
    return this.#server === null ? TICK_MS : 1000;
  }

  get(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && this.#isLive(entry) ? entry : undefined;
  }

  /** `ticks` from now; Infinity is never, and less than one has passed. */
  endOf(ticks: number): number {
    return ticks <= 0 ? 0 : this.nowMs + ticks * this.tickMs;
  }

  get live(): [string, Value][] {
    return [...this.entries]
      .filter(([, entry]) => this.#isLive(entry))
      .map(([key, { value }]) => [key, value]);
  }

  async advance(ticks: number): Promise<void> {
    this.nowMs += ticks * this.tickMs;
    await this.#server?.advance(ticks);
  }

  /** The cache as its snapshot says it is, at the same time. */
  restore(): void {
    if (this.#server !== null) return;
    const snapshot = (this.views[0] as Cache).snapshot();
    const shared = this.kind === "shared";
    const store = restoreStore(snapshot, shared ? { shared, threads: 2 } : {}, true);
    this.#stores = shared ? this.#both(store) : [store];
    this.views = this.#stores.map((one) => this.#view(one));
  }

  /** The core finds nothing wrong with its memory, and the limit was kept. */
  audit(): void {
    const [store] = this.#stores as [CacheStore];
    expect(store.core.abi.check()).toBe(0);
    const [cache] = this.views as [Cache];
    // What has ended may be counted until somebody meets it.
    expect(cache.size).toBeGreaterThanOrEqual(this.live.length);
    expect(cache.size).toBeLessThanOrEqual(this.entries.size);
    expect(cache.bytes).toBeLessThanOrEqual(cache.maxBytes);
    expect(cache.stats().untold).toBe(0);
  }

  /** Nothing has vanished, and nothing came back. */
  compare(): void {
    for (const cache of this.views) expect(new Map(cache.entries())).toEqual(new Map(this.live));
    // By now all that had ended was met.
    expect((this.views[0] as Cache).size).toBe(this.live.length);
  }
}
