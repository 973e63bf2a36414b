/**
 * endSet for meta and binary commands: what they ask for beside the mode.
 */
import { Argument, Option, Result, Status, StoreMode, With } from "../shared/status";
import { ClassCounter } from "../shared/counters";
import {
  Item,
  ItemFlag,
  itemAt,
  itemCas,
  itemClassId,
  itemHas,
  itemKeyPtr,
  itemSet,
} from "../item/item";
import { argument64, Results, setResultCas } from "../base/result";
import { countClass } from "../base/counters";
import { findLive } from "./find";
import { itemLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { linkOver, releaseItem } from "./link";
import { LogCommand } from "../shared/log";
import { logStore } from "./log";
import { storeHas, storeNextCas } from "../base/store-state";
import { storeOver } from "./set";

/** The CAS unique for what the command stores: its own, or the next one. */
export function casFor(options: u32): u64 {
  if ((options & With.NEW_CAS) === 0) return storeNextCas();
  return storeHas(Option.CAS) ? argument64(Argument.NEW_CAS_LOW) : 0;
}

/**
 * The value is complete: stores the item as mode and options say, and drops the host's hold on it.
 * Argument.CAS is what mode CAS compares, and append and prepend unless it is 0. Result:
 * VALUE_LENGTH of what is stored under the key now, and the CAS that it got; on EXISTS the one that
 * was met.
 */
export function endStore(ptr: usize, mode: u32, options: u32): u32 {
  const item = itemAt(ptr);
  const hash = keyHash(itemKeyPtr(item), item.keyLength);
  if ((options & With.KEY_BINARY) !== 0) itemSet(item, ItemFlag.KEY_BINARY);
  Results.put(Result.VALUE_LENGTH, item.valueLength);
  itemLock(hash);
  const status = storeLocked(item, hash, mode, options);
  logStore(item, hash, status, logCommand(mode, options));
  releaseItem(item);
  itemUnlock(hash);
  return status;
}

function logCommand(mode: u32, options: u32): u32 {
  const isExtending = mode === StoreMode.APPEND || mode === StoreMode.PREPEND;
  return isExtending && (options & With.VIVIFY) !== 0 ? LogCommand.NA : mode;
}

function storeLocked(item: Item, hash: u32, mode: u32, options: u32): u32 {
  const cas = casFor(options);
  const given = (options & With.CAS) !== 0 ? argument64(Argument.CAS_LOW) : 0;
  const old = findLive(itemKeyPtr(item), item.keyLength, hash);
  const isLate = mode === StoreMode.CAS && (options & With.INVALIDATE) !== 0;
  let actual = mode;
  let status: u32 = Status.OK;
  if (mode === StoreMode.APPEND || mode === StoreMode.PREPEND) {
    if (old === 0) {
      if ((options & With.VIVIFY) !== 0) actual = StoreMode.SET;
    } else if (given !== 0 && given !== itemCas(itemAt(old))) {
      setResultCas(itemCas(itemAt(old)));
      return Status.EXISTS;
    }
  }
  if (isLate && old !== 0 && given !== 0 && given < itemCas(itemAt(old))) {
    storeStale(item, itemAt(old), hash, cas);
  } else {
    status = storeOver(item, old, hash, actual, cas, given);
  }
  if (status === Status.OK) setResultCas(cas);
  return status;
}

/** A value that comes too late: stored, but as stale as what it replaces, and no longer. */
function storeStale(item: Item, old: Item, hash: u32, cas: u64): void {
  countClass(itemClassId(old), ClassCounter.CAS_HITS);
  item.expiresAt = old.expiresAt;
  itemSet(item, ItemFlag.STALE);
  if (itemHas(old, ItemFlag.TOKEN_SENT)) itemSet(item, ItemFlag.TOKEN_SENT);
  linkOver(item, old, hash, cas);
}
