/**
 * A core and its model side by side: runs operations on both and throws where they differ.
 *
 * After each operation the core's own full check, the counters, and the sums over items and chunks
 * are compared (store-audit.ts). With plentiful memory every answer is exact. With tiny memory the
 * core says how many items it evicted; just so many live items must be gone, none of them pinned.
 */
import { Fetch, StoreMode } from "../../assembly/shared/status.ts";
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import { type ModelUpload, StoreModel } from "./store-model.ts";
import { type Operation, type StoreOperation, keyText } from "./store-operation.ts";
import { type AuditedWorld, type Pin, StoreAudit } from "./store-audit.ts";
import { latin1 } from "../support/bytes.ts";
import { runMeta } from "./store-world-meta.ts";
import { same } from "./difference.ts";

/** A value says every so many bytes whose it is, and where. */
const MARK_EVERY = 1021;

export interface WorldShape extends CoreShape {
  /** Evictions and failed allocations may happen. */
  readonly isTiny?: boolean;
}

export interface Upload extends ModelUpload {
  readonly itemPtr: number;
  /** 0 = in chunks. */
  readonly valuePtr: number;
  /** How much of the value has a place. */
  filled: number;
}

/** What a world is made of where it is no flat store. */
export interface WorldParts {
  readonly Model: typeof StoreModel;
  readonly Audit: typeof StoreAudit;
}

export class StoreWorld implements AuditedWorld {
  readonly driver: CoreDriver;
  readonly model: StoreModel;
  readonly pins: Pin[] = [];
  readonly uploads: Upload[] = [];
  readonly isTiny: boolean;
  protected readonly audit: StoreAudit;
  #serial = 0;

  constructor(shape: WorldShape, parts: WorldParts = { Model: StoreModel, Audit: StoreAudit }) {
    const { isTiny = false, ...coreShape } = shape;
    this.isTiny = isTiny;
    this.driver = new CoreDriver(coreShape);
    this.model = new parts.Model(this.driver.settings);
    this.driver.now = this.model.now;
    this.audit = new parts.Audit(this);
  }

  /** Runs one operation; `isChecked` false leaves the expensive checks out. */
  run(operation: Operation, isChecked = true): void {
    this.audited(() => this.#apply(operation), isChecked);
  }

  protected audited(apply: () => void, isChecked: boolean): void {
    this.audit.before();
    apply();
    // The tail repair hides items that are held, which the model does not follow: so none is held
    // between two commands. test/unit/core-tail.test.ts has the held ones.
    if (this.driver.settings.tailRepairSeconds > 0) this.#release(0);
    this.audit.after();
    if (isChecked) this.audit.full();
  }

  /** Ends all uploads and pins, meets every dead item, and compares all that is left exactly. */
  settle(keyCount: number): void {
    this.#drain(this.uploads, { kind: "abandon", which: 0, guess: "zero" });
    this.#drain(this.pins, { kind: "release", which: 0 });
    for (let key = 0; key < keyCount; key++) {
      this.run({ kind: "fetch", key, options: Fetch.WITH_CAS, expiry: 0 }, false);
    }
    this.run({ kind: "sweep" });
    this.audit.exact();
  }

  /**
   * Repeats what takes one out until none is left. A full check compares every pinned value, and a
   * large store may have a thousand of them: there only the last step has one.
   */
  #drain(held: readonly unknown[], operation: Operation): void {
    while (held.length > 0) this.run(operation, this.isTiny || held.length === 1);
  }

  #apply(operation: Operation): void {
    switch (operation.kind) {
      case "store":
      case "begin":
        return this.#store(operation);
      case "finish":
      case "abandon":
        return this.#endUpload(operation.which, operation.kind === "finish", operation.guess);
      case "fetch":
        return this.#fetch(keyText(operation.key), operation.options, operation.expiry);
      case "change":
        return this.#change(keyText(operation.key), operation.isIncr, operation.delta);
      case "hold":
        return this.#hold(keyText(operation.key));
      case "release":
        return this.#release(operation.which);
      case "flush":
        return this.#flush(operation.delay);
      case "meta-store":
      case "meta-fetch":
      case "meta-change":
      case "meta-remove":
        return runMeta(this, this.audit, operation);
      case "touch":
      case "remove":
        return this.#touchOrRemove(operation);
      default:
        return this.#manage(operation);
    }
  }

  /** An expiry's distance from now as internal seconds. */
  expiresAt(expiry: number): number {
    return expiry === 0 ? 0 : this.model.now + expiry;
  }

  // ── Storing ────────────────────────────────────────────────────────────────────────────────────

  /** Bytes that no other value has at the same place, so that a mix-up shows. */
  value(content: StoreOperation["content"]): Uint8Array {
    if ("text" in content) return latin1(content.text);
    const value = new Uint8Array(content.length).fill(++this.#serial % 251);
    const view = new DataView(value.buffer);
    for (let at = 0; at + 4 <= value.length; at += MARK_EVERY) {
      view.setUint32(at, this.#serial + 65536 * at, true);
    }
    return value;
  }

  #store(operation: StoreOperation): void {
    const { kind, mode, content, clientFlags, expiry, guess } = operation;
    const value = this.value(content);
    const key = keyText(operation.key);
    const upload = { mode, key, value, clientFlags, expiresAt: this.expiresAt(expiry) };
    const { driver, model } = this;
    const itemPtr = driver.begin(mode, key, value.length, clientFlags, upload.expiresAt);
    const isRefused = itemPtr === 0;
    this.audit.forgetEvicted(isRefused && mode === StoreMode.SET ? key : null);
    same("begin", !isRefused, model.begin(upload, this.audit.hasFailed()));
    if (isRefused) return;
    this.uploads.push({ ...upload, itemPtr, valuePtr: driver.valuePtr, filled: 0 });
    // Of an upload that is only begun one run has come.
    const isFilled = this.#fill(this.uploads.length - 1, kind === "store" ? undefined : 1);
    if (isFilled && kind === "store") this.#endUpload(this.uploads.length - 1, true, guess);
  }

  /** Lets more of an upload come; false when there was no memory, and it is gone. */
  #fill(which: number, runsMax?: number): boolean {
    const upload = this.uploads[which];
    const { itemPtr, valuePtr, value, filled } = upload;
    const end = this.driver.fill(itemPtr, valuePtr, value, filled, runsMax);
    this.audit.forgetEvicted(null);
    if (end < 0) {
      this.audit.noRoom();
      this.uploads.splice(which, 1);
      this.driver.release(itemPtr);
      return false;
    }
    if (valuePtr === 0 && filled < value.length && end === value.length) this.model.filled();
    upload.filled = end;
    return true;
  }

  #endUpload(which: number, isFinished: boolean, guess: StoreOperation["guess"]): void {
    if (this.uploads.length === 0) return;
    const index = which % this.uploads.length;
    if (isFinished && !this.#fill(index)) return;
    const [upload] = this.uploads.splice(index, 1);
    const { itemPtr, valuePtr, value, mode, key } = upload;
    if (!isFinished) return this.driver.release(itemPtr);
    const now = this.driver.valueOf({ itemPtr, valuePtr, length: value.length });
    same("value before endSet", now, value);
    // beginSet's part of the sums is closed before endSet opens its own.
    this.audit.after();
    this.audit.before();
    const casUnique = this.guessCas(key, guess);
    const status = this.driver.end(itemPtr, mode, casUnique);
    const failed = this.audit.hasFailedOn(upload, status);
    same("endSet", status, this.model.end(upload, casUnique, failed));
    this.audit.forgetEvicted(null);
  }

  guessCas(key: string, guess: StoreOperation["guess"]): bigint {
    const real = this.model.items.get(key)?.casUnique ?? 7n;
    if (guess === "real") return real;
    if (guess === "older") return real === 0n ? 0n : real - 1n;
    if (guess === "newer") return BigInt.asUintN(64, real + 1n);
    return guess === "zero" ? 0n : BigInt.asUintN(64, real + 2n ** 32n);
  }

  // ── Reading and changing ───────────────────────────────────────────────────────────────────────

  #fetch(key: string, options: number, expiry: number): void {
    const expiresAt = this.expiresAt(expiry);
    const found = this.driver.fetch(key, options, expiresAt);
    const item = this.model.fetch(key, options, expiresAt);
    same(`hit of ${key}`, found !== null, item !== undefined);
    if (found === null || item === undefined) return;
    same("key", found.key, key);
    same("client flags", found.clientFlags, item.clientFlags);
    same("value", found.value, item.value);
    const wantsCas = (options & Fetch.WITH_CAS) !== 0;
    same("CAS unique", found.casUnique, wantsCas ? item.casUnique : null);
    const isInChunks = this.model.isInChunks(item);
    const mustHold = item.value.length > 32768 || (options & Fetch.PIN) !== 0 || isInChunks;
    same("is held", found.held !== null, mustHold);
    if (found.held === null) return;
    same("is in chunks", found.held.valuePtr === 0, isInChunks);
    const { itemPtr, valuePtr, length } = found.held;
    same("length of held value", length, item.value.length);
    this.model.hold(item);
    this.pins.push({ item, itemPtr, valuePtr, value: item.value.slice() });
  }

  #hold(key: string): void {
    const itemPtr = this.driver.hold(key);
    const item = this.model.find(key);
    same("hold", itemPtr !== 0, item !== undefined);
    if (item === undefined) return;
    this.model.hold(item);
    this.pins.push({ item, itemPtr, valuePtr: 0, value: new Uint8Array() });
  }

  #release(which: number): void {
    if (this.pins.length === 0) return;
    const [pin] = this.pins.splice(which % this.pins.length, 1);
    this.driver.release(pin.itemPtr);
    this.model.release(pin.item);
  }

  #touchOrRemove(operation: Extract<Operation, { kind: "touch" | "remove" | "hold" }>): void {
    const key = keyText(operation.key);
    if (operation.kind !== "touch") {
      same("remove", this.driver.remove(key), this.model.remove(key));
      return;
    }
    const expiresAt = this.expiresAt(operation.expiry);
    same("touch", this.driver.touch(key, expiresAt), this.model.touch(key, expiresAt));
  }

  #change(key: string, isIncr: boolean, delta: bigint): void {
    const answer = this.driver.change(key, isIncr, delta);
    same("change", answer, this.model.change(key, isIncr, delta, this.audit.hasFailed()));
    this.audit.forgetEvicted(null);
  }

  #flush(delay: number): void {
    const isNow = delay === 0;
    const cut = this.model.now + delay - 1;
    this.driver.flush(cut, isNow);
    this.audit.flushed(this.model.flush(cut, isNow));
  }

  // ── Managing ───────────────────────────────────────────────────────────────────────────────────

  /** Memory that was taken whole keeps its limit. */
  #setLimit(mebibytes: number): void {
    const { core, settings } = this.driver;
    same("setMemoryLimit", core.abi.setMemoryLimit(mebibytes), settings.preallocate ? 0 : 1);
  }

  #manage(operation: Operation): void {
    const { driver, model } = this;
    switch (operation.kind) {
      case "advance":
        model.now += operation.seconds;
        driver.now = model.now;
        break;
      case "limit":
        this.#setLimit(operation.mebibytes);
        break;
      case "expand":
        driver.core.abi.expand(operation.buckets);
        break;
      case "reset":
        driver.core.abi.resetCounters();
        model.resetCounters();
        this.audit.before();
        break;
      case "sweep":
        this.audit.sweep();
        break;
    }
  }
}
