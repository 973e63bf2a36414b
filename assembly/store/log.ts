/**
 * What the store tells those who watch. Each of these costs one look at a word where nobody does.
 */
import { Item, ItemFlag, itemAt, itemClassId, itemHas, itemKeyPtr } from "../item/item";
import {
  LOG_TTL_NEVER,
  LogCommand,
  LogDeleter,
  LogDetail,
  LogField,
  LogKind,
  LogType,
} from "../shared/log";
import { Result, Status, UNCOUNTED } from "../shared/status";
import { logBegin, logEnd, logWants } from "../base/log-ring";
import { resultPtr } from "../base/thread";
import { state } from "../base/store-state";
import { tableFind } from "../hash/table";

/** A record about the item, or about a key that has none (`itemPtr` 0). */
function write(type: u32, detail: u32, keyPtr: usize, keyLength: u32, itemPtr: usize): void {
  const item = itemAt(itemPtr);
  const isItem = itemPtr !== 0;
  const fetched: u32 = isItem && itemHas(item, ItemFlag.FETCHED) ? LogDetail.FETCHED : 0;
  const classId = isItem ? itemClassId(item) << LogDetail.CLASS_SHIFT : 0;
  const length = isItem ? item.valueLength : 0;
  const ptr = logBegin(type, detail | classId | fetched, length, keyPtr, keyLength);
  if (ptr === 0) return;
  const expiresAt: u32 = isItem ? item.expiresAt : 0;
  store<u32>(ptr, expiresAt !== 0 ? expiresAt - state.now : LOG_TTL_NEVER, LogField.TTL);
  store<u32>(ptr, isItem ? state.now - item.lastAccess : 0, LogField.IDLE);
  logEnd(ptr);
}

/** A lookup, whose outcome is Result.LOOKUP; the live item or 0. */
export function logFetch(keyPtr: usize, keyLength: u32, itemPtr: usize): void {
  if (!logWants(LogKind.FETCHES)) return;
  const lookup = load<u32>(resultPtr(), <usize>Result.LOOKUP * 4);
  write(LogType.ITEM_GET, lookup, keyPtr, keyLength, itemPtr);
}

/** A storage command that came to `status`, and the item that it brought. */
export function logStore(item: Item, hash: u32, status: u32, command: u32): void {
  if (!logWants(LogKind.MUTATIONS)) return;
  const keyPtr = itemKeyPtr(item);
  const keyLength = <u32>item.keyLength;
  // append and prepend store another item than the one they brought.
  const stored = status === Status.OK ? tableFind(hash, keyPtr, keyLength) : 0;
  const ptr = stored !== 0 ? stored : changetype<usize>(item);
  const detail = status | (command << LogDetail.COMMAND_SHIFT);
  write(LogType.ITEM_STORE, detail, keyPtr, keyLength, ptr);
}

/** A storage command for which there is no item. `mode` as `beginSet` has it. */
export function logRefused(keyPtr: usize, keyLength: u32, status: u32, mode: u32): void {
  if (!logWants(LogKind.MUTATIONS)) return;
  const command = (mode & UNCOUNTED) !== 0 ? LogCommand.NULL : mode;
  const detail = status | (command << LogDetail.COMMAND_SHIFT);
  write(LogType.ITEM_STORE, detail, keyPtr, keyLength, 0);
}

/** The item is about to be evicted. */
export function logEviction(item: Item): void {
  if (!logWants(LogKind.EVICTIONS)) return;
  write(LogType.EVICTION, 0, itemKeyPtr(item), item.keyLength, changetype<usize>(item));
}

/** The item is about to be deleted. */
export function logDeletion(item: Item, deleter: LogDeleter): void {
  if (!logWants(LogKind.DELETIONS)) return;
  const detail = deleter << LogDetail.COMMAND_SHIFT;
  write(LogType.DELETED, detail, itemKeyPtr(item), item.keyLength, changetype<usize>(item));
}
