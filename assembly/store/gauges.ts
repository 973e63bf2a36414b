/**
 * Gauges: what can be computed from the state when somebody asks.
 */
import { CRAWL_PTR } from "../base/region";
import { ClassGauge, Gauge } from "../shared/counters";
import { QUEUE_COUNT, SEGMENT_COLD, SEGMENT_HOT, SEGMENT_WARM } from "../shared/limits";
import { itemAt } from "../item/item";
import { queueOf, queuesBytes, queuesItemCount } from "../lru/queue";
import { slabClass } from "../slab/classes";
import { pagesLimit, pagesPooled, pagesTaken, slabs } from "../slab/pages";
import { slabsFreeCount, slabsUsedCount } from "../slab/slabs";
import { state } from "../base/store-state";
import { tableIsExpanding } from "../hash/table";

const BUCKET_SIZE: u32 = 4;

export function storeGauge(gauge: u32): u32 {
  switch (gauge) {
    case Gauge.ITEMS:
      return queuesItemCount();
    case Gauge.BYTES_LOW:
      return <u32>queuesBytes();
    case Gauge.BYTES_HIGH:
      return <u32>(queuesBytes() >> 32);
    case Gauge.HASH_POWER:
      return state.tablePower;
    case Gauge.IS_EXPANDING:
      return tableIsExpanding() ? 1 : 0;
    case Gauge.HASH_BYTES:
      return ((<u32>1) << state.tablePower) * BUCKET_SIZE;
    case Gauge.CLASS_LARGEST:
      return state.classLargest;
    case Gauge.PAGES_TAKEN:
      return pagesTaken();
    case Gauge.PAGES_LIMIT:
      return pagesLimit();
    case Gauge.FLUSH_CUT:
      return state.flushCut;
    case Gauge.IS_MOVING:
      return slabs.moving !== 0 ? 1 : 0;
    case Gauge.MOVE_BUSY:
      return slabs.lastBusy;
    case Gauge.MOVED_FROM:
      return slabs.movingFrom;
    case Gauge.MOVED_TO:
      return slabs.movingTo;
    case Gauge.IS_CRAWLING:
      return load<u32>(CRAWL_PTR) !== 0 ? 1 : 0;
    case Gauge.PAGES_POOLED:
      return pagesPooled();
    default:
      return 0;
  }
}

/** Idle seconds of the item at the tail of a queue. */
function tailAge(slabId: u32): u32 {
  const tail = queueOf(slabId).tail;
  return tail === 0 ? 0 : state.now - itemAt(tail).lastAccess;
}

/** Sum of the sizes of the class's items, in all segments. */
function classBytes(classId: u32): u64 {
  let sum: u64 = 0;
  for (let id = classId; id < <u32>QUEUE_COUNT; id += SEGMENT_WARM) sum += queueOf(id).bytes;
  return sum;
}

function classItems(classId: u32): u32 {
  let sum: u32 = 0;
  for (let id = classId; id < <u32>QUEUE_COUNT; id += SEGMENT_WARM) sum += queueOf(id).itemCount;
  return sum;
}

export function storeClassGauge(classId: u32, gauge: u32): u32 {
  const slab = slabClass(classId);
  switch (gauge) {
    case ClassGauge.CHUNK_SIZE:
      return slab.chunkSize;
    case ClassGauge.CHUNKS_PER_PAGE:
      return slab.perPage;
    case ClassGauge.PAGES:
      return slab.pageCount;
    case ClassGauge.USED_CHUNKS:
      return slabsUsedCount(classId);
    case ClassGauge.FREE_CHUNKS:
      return slabsFreeCount(classId);
    case ClassGauge.ITEMS:
      return classItems(classId);
    case ClassGauge.AGE:
      return tailAge(classId | SEGMENT_COLD);
    case ClassGauge.EVICTED_IDLE:
      return slab.evictedIdle;
    case ClassGauge.REQUESTED_LOW:
      return <u32>classBytes(classId);
    case ClassGauge.REQUESTED_HIGH:
      return <u32>(classBytes(classId) >> 32);
    case ClassGauge.ITEMS_HOT:
    case ClassGauge.ITEMS_WARM:
    case ClassGauge.ITEMS_COLD:
    case ClassGauge.ITEMS_TEMP:
      return queueOf(classId + (gauge - ClassGauge.ITEMS_HOT) * SEGMENT_WARM).itemCount;
    case ClassGauge.AGE_HOT:
      return tailAge(classId | SEGMENT_HOT);
    case ClassGauge.AGE_WARM:
      return tailAge(classId | SEGMENT_WARM);
    default:
      return 0;
  }
}
