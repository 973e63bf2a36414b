/**
 * Operations with options (assembly/shared/status.ts: With) on core and model side by side.
 */
import { Argument, Result, StoreMode, With } from "../../assembly/shared/status.ts";
import {
  META_FLAGS,
  type MetaArguments,
  changeMeta,
  endMeta,
  fetchMeta,
  removeMeta,
} from "./store-model-meta.ts";
import { type CasGuess, type Content, type MetaOperation, keyText } from "./store-operation.ts";
import type { Pin, StoreAudit } from "./store-audit.ts";
import type { CoreDriver } from "../support/core-driver.ts";
import type { StoreModel } from "./store-model.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";
import { same } from "./difference.ts";

/** As much of a `StoreWorld` as is needed here. */
interface MetaWorld {
  readonly driver: CoreDriver;
  readonly model: StoreModel;
  readonly pins: Pin[];
  guessCas(key: string, guess: CasGuess): bigint;
  expiresAt(expiry: number): number;
  value(content: Content): Uint8Array;
}

const LOW_32 = 0xffff_ffffn;

/** The client flags that DROP_VALUE gives. */
const CLIENT_FLAGS = 9;

function argumentsOf(world: MetaWorld, operation: MetaOperation): MetaArguments {
  const { options, guess, expiry, vivify, recache, delta } = operation;
  return {
    options: options & ~With.PIN,
    cas: world.guessCas(keyText(operation.key), guess),
    newCas: delta,
    expiresAt: world.expiresAt(expiry),
    vivifyExpiresAt: world.expiresAt(vivify),
    recacheAt: world.expiresAt(recache),
    clientFlags: CLIENT_FLAGS,
    delta,
    initial: delta,
  };
}

function put(world: MetaWorld, given: MetaArguments): void {
  const { argument } = world.driver.core;
  const put64 = (slot: number, value: bigint): void => {
    argument[slot] = Number(value & LOW_32);
    argument[slot + 1] = Number(value >> 32n);
  };
  put64(Argument.CAS_LOW, given.cas);
  put64(Argument.NEW_CAS_LOW, given.newCas);
  put64(Argument.DELTA_LOW, given.delta);
  put64(Argument.INITIAL_LOW, given.initial);
  argument[Argument.EXPIRES_AT] = given.expiresAt;
  argument[Argument.VIVIFY_EXPIRES_AT] = given.vivifyExpiresAt;
  argument[Argument.RECACHE_AT] = given.recacheAt;
  argument[Argument.CLIENT_FLAGS] = given.clientFlags;
}

function result64(world: MetaWorld, slot: Result): bigint {
  const { driver } = world;
  return BigInt(driver.result(slot)) + (BigInt(driver.result(slot + 1)) << 32n);
}

export function runMeta(world: MetaWorld, audit: StoreAudit, operation: MetaOperation): void {
  switch (operation.kind) {
    case "meta-store":
      return store(world, audit, operation);
    case "meta-fetch":
      return fetch(world, audit, operation);
    case "meta-change":
      return change(world, audit, operation);
    case "meta-remove":
      return remove(world, audit, operation);
  }
}

function store(world: MetaWorld, audit: StoreAudit, operation: MetaOperation): void {
  const { driver, model } = world;
  const { mode } = operation;
  const key = keyText(operation.key);
  const value = world.value(operation.content);
  const upload = { mode, key, value, clientFlags: 0, expiresAt: world.expiresAt(operation.vivify) };
  // As ms: in every mode what cannot be replaced goes.
  const refusing = { ...upload, mode: StoreMode.SET };
  const itemPtr = driver.begin(StoreMode.SET, key, value.length, 0, upload.expiresAt);
  audit.forgetEvicted(itemPtr === 0 ? key : null);
  same("begin", itemPtr !== 0, model.begin(refusing, audit.hasFailed()));
  if (itemPtr === 0) return;
  const isWhole = driver.valuePtr !== 0;
  const isFilled = driver.fill(itemPtr, driver.valuePtr, value) >= 0;
  audit.forgetEvicted(null);
  if (!isFilled) {
    audit.noRoom();
    driver.release(itemPtr);
    return;
  }
  if (!isWhole) model.filled();
  audit.after();
  audit.before();
  const given = argumentsOf(world, operation);
  put(world, given);
  const status = driver.core.abi.endStore(itemPtr, mode, given.options);
  same("endStore", status, endMeta(model, upload, given, audit.hasFailedOn(upload, status)));
  if (status === 0) {
    const stored = model.items.get(key);
    same("CAS stored", result64(world, Result.CAS_LOW), stored?.casUnique);
    same("length stored", driver.result(Result.VALUE_LENGTH), stored?.value.length);
  }
  audit.forgetEvicted(null);
}

/** Puts the key, and flags behind it, into the inbox. */
function putLine(world: MetaWorld, key: string): void {
  world.driver.core.inbox.set(latin1(key + META_FLAGS));
}

function fetch(world: MetaWorld, audit: StoreAudit, operation: MetaOperation): void {
  const { driver, model } = world;
  const { core } = driver;
  const key = keyText(operation.key);
  const made = argumentsOf(world, operation);
  const given = { ...made, options: made.options | With.EXPIRY };
  const isPinned = (operation.options & With.PIN) !== 0;
  put(world, given);
  putLine(world, key);
  const flagsPtr = core.inboxPtr + key.length;
  const written = core.abi.fetchMeta(
    core.inboxPtr,
    key.length,
    flagsPtr,
    flagsPtr + META_FLAGS.length,
    core.outboxPtr,
    given.options | (isPinned ? With.PIN : 0),
  );
  const expected = fetchMeta(model, key, given, audit.hasFailed());
  audit.forgetEvicted(null);
  same(`mg of ${key}`, written !== 0, expected !== null);
  if (expected === null) return;
  const { line, item } = expected;
  const length = line.length + 2;
  same("line of mg", fromLatin1(core.outbox.subarray(0, length)), `${line}\r\n`);
  const hasValue = line.startsWith("VA");
  const isLarge = item.value.length > 32768 || model.isInChunks(item);
  const isHeld = hasValue && (isPinned || isLarge);
  const copied = hasValue ? length + item.value.length + 2 : length;
  same("length of mg", written, isHeld ? -length : copied);
  if (!isHeld) {
    if (hasValue) same("value", core.outbox.slice(length, copied - 2), item.value);
    return;
  }
  const [itemPtr, valuePtr] = [driver.result(Result.ITEM), driver.result(Result.VALUE_PTR)];
  same("is in chunks", valuePtr === 0, model.isInChunks(item));
  model.hold(item);
  world.pins.push({ item, itemPtr, valuePtr, value: item.value.slice() });
}

function change(world: MetaWorld, audit: StoreAudit, operation: MetaOperation): void {
  const { core } = world.driver;
  const key = keyText(operation.key);
  const given = argumentsOf(world, operation);
  put(world, given);
  putLine(world, key);
  const isIncr = operation.isIncr ? 1 : 0;
  const status = core.abi.changeItem(core.inboxPtr, key.length, isIncr, given.options);
  const number = result64(world, Result.NUMBER_LOW);
  const answer = status === 0 ? `${number} ${result64(world, Result.CAS_LOW)}` : status;
  const expected = changeMeta(world.model, key, operation.isIncr, given, audit.hasFailed());
  same("changeItem", answer, expected);
  audit.forgetEvicted(null);
}

function remove(world: MetaWorld, audit: StoreAudit, operation: MetaOperation): void {
  const { core } = world.driver;
  const key = keyText(operation.key);
  const given = argumentsOf(world, operation);
  put(world, given);
  putLine(world, key);
  const status = core.abi.removeItem(core.inboxPtr, key.length, given.options);
  same("removeItem", status, removeMeta(world.model, key, given, audit.hasFailed()));
  audit.forgetEvicted(null);
}
