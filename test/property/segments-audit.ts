/**
 * The sums of store-audit.ts where the LRU has segments and pages move.
 *
 * An access may move an item's time or not, so the model keeps the time of storing in its place:
 * that alone decides what flush_all hides. The maintainer, the crawler and the mover unlink dead
 * items as well; live ones go by eviction only, and only while there is no slab page to be had.
 */
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { ItemState } from "../../assembly/shared/status.ts";
import { StoreAudit } from "./store-audit.ts";
import { type ModelFlush, type ModelItem, StoreModel } from "./store-model.ts";
import { between, same } from "./difference.ts";
import { listed } from "./listed-items.ts";
import type { CoreDriver } from "../support/core-driver.ts";

export class SegmentsModel extends StoreModel {
  /** Nobody's access moves a time here: see above. */
  override bump(_item: ModelItem): void {
    // The time stays that of storing.
  }

  /** What is of this very second may be unlinked or, where it has moved, hidden. */
  override flush(cut: number, removeNewer: boolean): ModelFlush {
    const newer = [...this.items.values()].filter(({ lastAccess }) => lastAccess > cut);
    for (const item of removeNewer ? newer : []) item.lastAccess = cut;
    return super.flush(cut, removeNewer);
  }
}

/** Places in an item's header, and two of its flags (assembly/item/item.ts). */
const VALUE_LENGTH_AT = 20;
const FLAGS_AT = 26;
const KEY_LENGTH_AT = 29;
const HEADER_SIZE = 30;
const HAS_CAS = 8;
const HAS_CLIENT_FLAGS = 16;
const CHUNKED = 512;

/** What is stored under the key: looked at, without an access. */
function storedValue(driver: CoreDriver, key: string): Uint8Array {
  const itemPtr = driver.hold(key);
  if (itemPtr === 0) throw new Error(`${key} cannot be held`);
  const view = new DataView(driver.core.bytes.buffer, itemPtr);
  const flags = view.getUint16(FLAGS_AT, true);
  const before = HEADER_SIZE + (flags & HAS_CAS) + view.getUint8(KEY_LENGTH_AT);
  const offset = before + ((flags & HAS_CLIENT_FLAGS) === 0 ? 0 : 4);
  const valuePtr = (flags & CHUNKED) === 0 ? itemPtr + offset : 0;
  const length = view.getUint32(VALUE_LENGTH_AT, true);
  const value = driver.valueOf({ itemPtr, valuePtr, length });
  driver.release(itemPtr);
  return value;
}

export class SegmentsAudit extends StoreAudit {
  protected override lostCount(): number {
    const { driver } = this.world;
    const crawled = driver.classSum(ClassCounter.CRAWLER_RECLAIMED);
    return super.lostCount() + crawled + driver.counter(Counter.SLAB_INLINE_RECLAIM);
  }

  /** An item that the mover has carried to another chunk counts as linked once more. */
  protected override counted(which: Counter): number {
    const { driver } = this.world;
    const moved = which === Counter.TOTAL_ITEMS ? driver.counter(Counter.SLAB_RESCUES) : 0;
    return super.counted(which) - moved;
  }

  protected override pagesOwned(): number {
    const { core } = this.world.driver;
    const others = core.gauge(Gauge.PAGES_POOLED) + core.gauge(Gauge.IS_MOVING);
    return super.pagesOwned() + others;
  }

  protected override evictionsSeen(count: number): void {
    const { driver } = this.world;
    same(`${count} evictions are allowed`, driver.settings.evictions, true);
    const [taken, limit] = [Gauge.PAGES_TAKEN, Gauge.PAGES_LIMIT].map((which) =>
      driver.core.gauge(which),
    );
    between(`slab pages at ${count} evictions`, taken, limit, Infinity);
  }

  /** Unlinked by a flush at once, or by the background, while somebody held it. */
  protected override lost(item: ModelItem): void {
    const { model } = this.world;
    model.forget(item);
    if (item.holds > 0) model.orphans.add(item);
  }

  /** Which items are at a queue's head, and so unlinked at once, is not for the model to know. */
  protected override unlinkedByFlush(unlinked: number): void {
    between("items unlinked by a flush", unlinked, 0, Infinity);
  }

  override full(): void {
    super.full();
    const { driver } = this.world;
    same("large items deleted by the mover", driver.counter(Counter.SLAB_BUSY_DELETES), 0);
    const { ITEMS_HOT, ITEMS_WARM, ITEMS_COLD, ITEMS_TEMP } = ClassGauge;
    const segments = [ITEMS_HOT, ITEMS_WARM, ITEMS_COLD, ITEMS_TEMP];
    const items = segments.reduce((sum, which) => sum + driver.classGaugeSum(which), 0);
    same("items of all segments", items, driver.items);
  }

  /** Every live item is there, once, with all that was stored. */
  override sweep(): void {
    const { driver, model } = this.world;
    const there = listed(driver);
    for (const item of model.items.values()) {
      if (model.isDead(item)) continue;
      const { key } = item;
      const found = there.get(key);
      if (found === undefined) throw new Error(`the live item ${key} is not listed`);
      same(`listed expiry of ${key}`, found.expiresAt, item.expiresAt);
      same(`listed unique of ${key}`, found.casUnique, item.casUnique);
      same(`listed size of ${key}`, found.size, item.size);
      same(`listed client flags of ${key}`, found.clientFlags, item.clientFlags);
      same(`listed mark of ${key}`, found.isFetched, (item.state & ItemState.FETCHED) !== 0);
      between(`last access of ${key}`, found.lastAccess, item.lastAccess - 1, model.now);
      same(`value of ${key}`, storedValue(driver, key), item.value);
      there.delete(key);
    }
    same("items listed beside", [...there.keys()].join(), "");
  }
}
