/**
 * The LRU maintainer: keeps the segments of each class in proportion, so that an allocation finds
 * victims in COLD (specification §8.6).
 *
 * The host calls it class by class, as often as its moves ask for.
 */
import { SEGMENT_COLD, SEGMENT_HOT, SEGMENT_TEMP, SEGMENT_WARM } from "../shared/limits";
import { bumpCold, pullTail } from "../store/tail";
import { bumpDone, bumpOldest, bumpsWaiting } from "../lru/bump-buffer";
import { itemAt } from "../item/item";
import { itemLock, itemUnlock, maintenanceLock, maintenanceUnlock } from "../base/lock";
import { queueOf } from "../lru/queue";
import { state } from "../base/store-state";
import { tableHolds } from "../hash/table";

/** Rounds of one visit. */
const ROUNDS_MAX: u32 = 500;

/** Reclaims TEMP's dead items, then looks at each segment's tail. How many rounds moved any. */
export function juggleClass(classId: u32): u32 {
  maintenanceLock();
  const moves = juggle(classId);
  maintenanceUnlock();
  return moves;
}

function juggle(classId: u32): u32 {
  let moves: u32 = 0;
  while (moves < ROUNDS_MAX && pullTail(classId | SEGMENT_TEMP, false, 0, 0, 0) !== 0) moves++;
  const cold = queueOf(classId | SEGMENT_COLD);
  let coldAge: f64 = 0;
  let bytes: u64 = 0;
  // Flat: limits of 0 drain HOT and WARM into COLD.
  if (state.isSegmented !== 0) {
    const tail = cold.tail;
    if (tail !== 0) coldAge = <f64>(state.now - itemAt(tail).lastAccess);
    bytes =
      cold.bytes + queueOf(classId | SEGMENT_HOT).bytes + queueOf(classId | SEGMENT_WARM).bytes;
  }
  const hotLimit = (bytes * state.hotPercent) / 100;
  const warmLimit = (bytes * state.warmPercent) / 100;
  const hotAge = ageOf(coldAge * state.hotMaxFactor);
  const warmAge = ageOf(coldAge * state.warmMaxFactor);
  for (let i: u32 = 0; i < ROUNDS_MAX; i++) {
    let pulled = pullTail(classId | SEGMENT_HOT, false, hotLimit, hotAge, 0);
    pulled += pullTail(classId | SEGMENT_WARM, false, warmLimit, warmAge, 0);
    if (state.isSegmented !== 0) pulled += pullTail(classId | SEGMENT_COLD, false, 0, 0, 0);
    if (pulled === 0) break;
    moves++;
  }
  return moves;
}

/** Seconds, as far as a u32 has them. */
function ageOf(seconds: f64): u32 {
  return seconds < 4294967295.0 ? <u32>seconds : u32.MAX_VALUE;
}

/** Moves what fetches asked for from COLD to WARM; how many wishes there were. */
export function bumpAll(): u32 {
  maintenanceLock();
  const found = moveBumps();
  maintenanceUnlock();
  return found;
}

function moveBumps(): u32 {
  let found: u32 = 0;
  for (let thread: u32 = 0; thread < state.threadCount; thread++) {
    for (let left = bumpsWaiting(thread); left > 0; left--) {
      const entry = bumpOldest(thread);
      const ptr = load<u32>(entry);
      const hash = load<u32>(entry, 4);
      bumpDone(thread);
      itemLock(hash);
      if (tableHolds(hash, ptr)) bumpCold(itemAt(ptr));
      itemUnlock(hash);
      found++;
    }
  }
  return found;
}
