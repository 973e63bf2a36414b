/**
 * The page that the mover has: one at a time, for all threads (specification §8.10).
 */
import { MoveStatus } from "../shared/status";
import { PageOwner, pageFirstOf, pageOldestOf, slabs, slabsLock, slabsUnlock } from "./pages";
import { detachLocked, giveLocked, reattachLocked } from "./page-move";
import { slabClass } from "./classes";
import { state } from "../base/store-state";

/** A class keeps one page. */
const PAGES_MIN: u32 = 2;

/** A source that is any class with a page to spare. */
const ANY: i32 = -1;

/** The class with the most pages, `target` left out; 0 = none has one to spare. */
function anySource(target: u32): u32 {
  let found: u32 = 0;
  let most = PAGES_MIN - 1;
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    const pages = slabClass(id).pageCount;
    if (id === target || pages <= most) continue;
    found = id;
    most = pages;
  }
  return found;
}

/**
 * Begins to move a page from class `source` (-1 = any) to `target`; 0 is the pool. A page of the
 * pool is there at once, of others the mover takes what lives there away.
 */
export function moveStart(source: i32, target: u32): u32 {
  if (source === <i32>target) return MoveStatus.SAME;
  if (source > <i32>state.classLargest || target > state.classLargest || source < ANY) {
    return MoveStatus.BAD_CLASS;
  }
  slabsLock();
  const status = slabs.moving !== 0 ? MoveStatus.RUNNING : startLocked(source, target);
  slabsUnlock();
  return status;
}

function startLocked(source: i32, target: u32): MoveStatus {
  const from = source === ANY ? anySource(target) : <u32>source;
  if (source === ANY && from === 0) return MoveStatus.BAD_CLASS;
  if (from === 0) {
    if (slabs.poolCount === 0) return MoveStatus.NO_SPARE;
    slabs.poolCount--;
    giveLocked(pageFirstOf(PageOwner.POOL), target);
    return MoveStatus.OK;
  }
  if (slabClass(from).pageCount < PAGES_MIN) return MoveStatus.NO_SPARE;
  const index = pageOldestOf(from);
  slabs.moving = index + 1;
  slabs.movingFrom = from;
  slabs.movingTo = target;
  slabs.looseCount = 0;
  slabs.cursor = 0;
  slabs.rounds = 0;
  slabs.starvedRounds = 0;
  slabs.isStarved = 0;
  detachLocked(index, from);
  return MoveStatus.OK;
}

/** Ends the move if all chunks are loose. */
export function moveEnd(): bool {
  slabsLock();
  const index = slabs.moving - 1;
  const isDone = slabs.looseCount === slabClass(slabs.movingFrom).perPage;
  if (isDone) {
    slabs.moving = 0;
    giveLocked(index, slabs.movingTo);
  }
  slabsUnlock();
  return isDone;
}

/**
 * Ends the move without success: the page stays its class's, as the newest one. The next move takes
 * another, for what was in the way here may stay so for ever.
 */
export function moveGiveUp(): void {
  slabsLock();
  const index = slabs.moving - 1;
  slabs.moving = 0;
  reattachLocked(index, slabs.movingFrom);
  slabsUnlock();
}
