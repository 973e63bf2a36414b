/**
 * The model's answers to meta and binary commands: what `endStore`, `fetchMeta`, `changeItem` and
 * `removeItem` do, said with the plain Map of store-model.ts.
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { ItemState, Status, StoreMode, With } from "../../assembly/shared/status.ts";
import type { ModelItem, ModelUpload, StoreModel } from "./store-model.ts";
import { latin1 } from "../support/bytes.ts";

/** What stands in the argument area. */
export interface MetaArguments {
  /** Bits of `With`. */
  readonly options: number;
  readonly cas: bigint;
  readonly newCas: bigint;
  readonly expiresAt: number;
  readonly vivifyExpiresAt: number;
  readonly recacheAt: number;
  readonly clientFlags: number;
  readonly delta: bigint;
  readonly initial: bigint;
}

const NOTHING = new Uint8Array(0);

function casFor(model: StoreModel, { options, newCas }: MetaArguments): bigint {
  return (options & With.NEW_CAS) !== 0 ? model.ownCas(newCas) : model.nextCas();
}

/** endStore. */
export function endMeta(
  model: StoreModel,
  upload: ModelUpload,
  given: MetaArguments,
  failed: boolean,
): Status {
  const { options } = given;
  const casUnique = casFor(model, given);
  const cas = (options & With.CAS) !== 0 ? given.cas : 0n;
  const old = model.find(upload.key);
  const state = (options & With.KEY_BINARY) !== 0 ? ItemState.KEY_BINARY : 0;
  const { mode } = upload;
  if (mode === StoreMode.APPEND || mode === StoreMode.PREPEND) {
    if (old === undefined && (options & With.VIVIFY) !== 0) {
      model.link(upload, undefined, casUnique, state);
      return Status.OK;
    }
    if (old !== undefined && cas !== 0n && cas !== old.casUnique) return Status.EXISTS;
  }
  const isLate = mode === StoreMode.CAS && (options & With.INVALIDATE) !== 0;
  if (isLate && old !== undefined && cas !== 0n && cas < old.casUnique) {
    model.classCounters[ClassCounter.CAS_HITS]++;
    const kept = old.state & ItemState.TOKEN_SENT;
    const late = { ...upload, expiresAt: old.expiresAt };
    model.link(late, old, casUnique, state | kept | ItemState.STALE);
    return Status.OK;
  }
  return model.put(upload, old, casUnique, cas, failed, state);
}

/** The flags of every fetchMeta here: R acts before T, and t is told before and after both. */
export const META_FLAGS = " s t c f h k R T t N t".replaceAll(/[RTN]/g, "$&0");

function spelt(model: StoreModel, item: ModelItem, given: MetaArguments, isMade: boolean): string {
  const { options } = given;
  const ttl = (): string => {
    return `t${item.expiresAt === 0 ? -1 : (item.expiresAt - model.now) >>> 0}`;
  };
  const isBinary = (item.state & ItemState.KEY_BINARY) !== 0;
  const key = isBinary ? `${Buffer.from(item.key, "latin1").toString("base64")} b` : item.key;
  const isFetched = (item.state & ItemState.FETCHED) !== 0;
  const hit = `h${isFetched ? 1 : 0}`;
  const words = [`s${item.value.length}`, ttl(), `c${item.casUnique}`, `f${item.clientFlags}`];
  words.push(hit, `k${key}`);
  const hasToken = (item.state & ItemState.TOKEN_SENT) !== 0;
  const isStale = (item.state & ItemState.STALE) !== 0;
  const endsSoon = item.expiresAt !== 0 && item.expiresAt < given.recacheAt;
  const isWon = isMade || (!hasToken && (endsSoon || isStale));
  item.expiresAt = given.expiresAt;
  words.push(ttl());
  if (isMade) item.expiresAt = given.vivifyExpiresAt;
  words.push(ttl());
  if (hasToken) words.push("Z");
  if (isStale) words.push("X");
  if (isWon) words.push("W");
  if (isWon) item.state |= ItemState.TOKEN_SENT;
  const isKnown = (options & With.CAS) !== 0 && given.cas === item.casUnique;
  const hasValue = (options & With.VALUE) !== 0 && !isKnown;
  return [hasValue ? `VA ${item.value.length}` : "HD", ...words].join(" ");
}

/** fetchMeta with META_FLAGS and EXPIRY: the reply's line and the item, or null. */
export function fetchMeta(
  model: StoreModel,
  key: string,
  given: MetaArguments,
  failed: boolean,
): { line: string; item: ModelItem } | null {
  const found = model.find(key);
  const mayMake = (given.options & With.VIVIFY) !== 0 && !failed;
  if (found === undefined && !mayMake) {
    model.counters[Counter.CMD_GET]++;
    model.counters[Counter.GET_MISSES]++;
    return null;
  }
  const empty = { key, value: NOTHING, clientFlags: 0, expiresAt: 0 };
  const item = found ?? model.link(empty, undefined, casFor(model, given));
  model.counters[Counter.CMD_TOUCH]++;
  model.classCounters[ClassCounter.TOUCH_HITS]++;
  const line = spelt(model, item, given, found === undefined);
  if ((given.options & With.NO_BUMP) === 0) {
    item.state |= ItemState.FETCHED;
    model.bump(item);
  }
  return { line, item };
}

/** changeItem: the number and the unique after it, or a status. */
export function changeMeta(
  model: StoreModel,
  key: string,
  isIncr: boolean,
  given: MetaArguments,
  failed: boolean,
): string | Status {
  const { options } = given;
  const item = model.find(key);
  if (item === undefined) {
    if ((options & With.VIVIFY) === 0) {
      model.counters[isIncr ? Counter.INCR_MISSES : Counter.DECR_MISSES]++;
      return Status.NOT_FOUND;
    }
    if (failed) return Status.NO_MEMORY_NEW;
    const value = latin1(given.initial.toString());
    const made = { key, value, clientFlags: 0, expiresAt: given.vivifyExpiresAt };
    const { casUnique } = model.link(made, undefined, casFor(model, given));
    return `${given.initial} ${casUnique}`;
  }
  if (item.value.length === 0 || model.isInChunks(item)) return Status.NOT_NUMERIC;
  const hasCas = (options & With.CAS) !== 0 && given.cas !== 0n;
  if (hasCas && given.cas !== item.casUnique) return Status.EXISTS;
  const text = model.changeFound(item, isIncr, given.delta, failed, () => casFor(model, given));
  if (typeof text !== "string") return text;
  const after = model.items.get(key) ?? item;
  if ((options & With.EXPIRY) !== 0) after.expiresAt = given.expiresAt;
  return `${text} ${after.casUnique}`;
}

/** removeItem. */
export function removeMeta(
  model: StoreModel,
  key: string,
  given: MetaArguments,
  failed: boolean,
): Status {
  const { options } = given;
  let item = model.find(key);
  if (item === undefined) {
    model.counters[Counter.DELETE_MISSES]++;
    return Status.NOT_FOUND;
  }
  if ((options & With.CAS) !== 0 && given.cas !== item.casUnique) {
    if ((options & With.COUNT_EXISTS) !== 0) model.counters[Counter.DELETE_MISSES]++;
    return Status.EXISTS;
  }
  const isDropped = (options & With.DROP_VALUE) !== 0;
  const expiresAt = (options & With.EXPIRY) !== 0 ? given.expiresAt : 0;
  if (isDropped) {
    if (failed) return Status.NO_MEMORY;
    const cas = (options & With.NEW_CAS) !== 0 ? model.ownCas(given.newCas) : item.casUnique;
    item = model.link(
      { key, value: NOTHING, clientFlags: given.clientFlags, expiresAt },
      item,
      cas,
    );
  }
  if ((options & With.INVALIDATE) !== 0) {
    if ((options & With.EXPIRY) !== 0) item.expiresAt = expiresAt;
    item.state = (item.state | ItemState.STALE) & ~ItemState.TOKEN_SENT;
    item.casUnique = casFor(model, given);
    return Status.OK;
  }
  model.classCounters[ClassCounter.DELETE_HITS]++;
  if (!isDropped) model.unlinkLive(item);
  return Status.OK;
}
