/**
 * Lists of items for admin commands, as records in the dump area.
 *
 *     0            4           8          9
 *     ┌────────────┬───────────┬──────────┬───────┐
 *     │valueLength │ expiresAt │ keyLength│  key  │  next record …
 *     └────────────┴───────────┴──────────┴───────┘
 */
import { DUMP_LOCK_PTR, DUMP_PTR } from "../base/region";
import { DUMP_SIZE, SEGMENT_COLD, SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { ItemFlag, itemAt, itemHas, itemIsExpired, itemIsFlushed, itemKeyPtr } from "../item/item";
import { LockRank, lock, unlock } from "../base/lock";
import { queueLock, queueOf, queueUnlock } from "../lru/queue";

const RECORD_HEADER_SIZE: usize = 9;

/**
 * Writes records of the live items in COLD of one class, newest first, until `limit` items (0 =
 * all) or the area is full; without those whose key was given as base64, for it may not be text.
 * What is not in COLD yet or any more is left out, as in memcached. Returns how many records there
 * are. The area is the caller's until `dumpEnd`, and others wait for it, even when there is none.
 */
export function dumpClass(classId: u32, limit: u32): u32 {
  lock(DUMP_LOCK_PTR, LockRank.ADMIN);
  if (classId >= <u32>SLAB_CLASS_COUNT_MAX) return 0;
  queueLock(classId | SEGMENT_COLD);
  const found = dumpQueue(classId, limit);
  queueUnlock(classId | SEGMENT_COLD);
  return found;
}

/** The records were read. */
export function dumpEnd(): void {
  unlock(DUMP_LOCK_PTR, LockRank.ADMIN);
}

function dumpQueue(classId: u32, limit: u32): u32 {
  let found: u32 = 0;
  let out = DUMP_PTR;
  let at = queueOf(classId | SEGMENT_COLD).head;
  const most: u32 = limit === 0 ? u32.MAX_VALUE : limit;
  while (at !== 0 && found < most) {
    const item = itemAt(at);
    at = item.lruNext;
    if (itemHas(item, ItemFlag.KEY_BINARY)) continue;
    if (itemIsExpired(item) || itemIsFlushed(item)) continue;
    const size = RECORD_HEADER_SIZE + item.keyLength;
    if (out + size > DUMP_PTR + DUMP_SIZE) break;
    store<u32>(out, item.valueLength);
    store<u32>(out + 4, item.expiresAt);
    store<u8>(out + 8, item.keyLength);
    memory.copy(out + RECORD_HEADER_SIZE, itemKeyPtr(item), item.keyLength);
    out += size;
    found++;
  }
  return found;
}
