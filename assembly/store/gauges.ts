/**
 * Gauges: what can be computed from the state when somebody asks.
 */
import { ClassGauge, Gauge } from "../shared/counters";
import { SEGMENT_COLD } from "../shared/limits";
import { itemAt } from "../item/item";
import { queueOf, queuesBytes, queuesItemCount } from "../lru/queue";
import { slabClass } from "../slab/classes";
import {
  slabsFreeCount,
  slabsPagesLimit,
  slabsPagesTaken,
  slabsPoolCount,
  slabsUsedCount,
} from "../slab/slabs";
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
      return slabsPagesTaken();
    case Gauge.PAGES_LIMIT:
      return slabsPagesLimit();
    case Gauge.FLUSH_CUT:
      return state.flushCut;
    case Gauge.PAGES_POOLED:
      return slabsPoolCount();
    default:
      return 0;
  }
}

/** Idle seconds of the oldest item of the class. */
function tailAge(classId: u32): u32 {
  const tail = queueOf(classId | SEGMENT_COLD).tail;
  return tail === 0 ? 0 : state.now - itemAt(tail).lastAccess;
}

export function storeClassGauge(classId: u32, gauge: u32): u32 {
  const slab = slabClass(classId);
  const cold = queueOf(classId | SEGMENT_COLD);
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
      return cold.itemCount;
    case ClassGauge.AGE:
      return tailAge(classId);
    case ClassGauge.EVICTED_IDLE:
      return slab.evictedIdle;
    case ClassGauge.REQUESTED_LOW:
      return <u32>cold.bytes;
    case ClassGauge.REQUESTED_HIGH:
      return <u32>(cold.bytes >> 32);
    default:
      return 0;
  }
}
