/**
 * The key and the flags of a meta command, read in place: no string and no object is made for them
 * (specification §3.1).
 *
 * Flags are single letters, some followed directly by a token. Numbers go to the core's argument
 * area; what else a flag says becomes a bit of `With`, or stands here. One object serves all
 * commands of a thread; it holds the last one's.
 */
import { Argument, With } from "../../assembly/shared/status.ts";
import type { Clock } from "../base/clock.ts";
import type { CoreFacade } from "../core/facade.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { TOKENS_MAX } from "../protocol/tokens.ts";
import { readI32, readU32, readU64, u64 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";

/** Command, key, length of the value and flags together. */
const META_TOKENS_MAX = 20;

/** With its letter. */
export const OPAQUE_LENGTH_MAX = 32;

const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/** Flags by their letters, as bytes. */
export enum Flag {
  C = 0x43,
  D = 0x44,
  E = 0x45,
  F = 0x46,
  I = 0x49,
  J = 0x4a,
  L = 0x4c,
  M = 0x4d,
  N = 0x4e,
  O = 0x4f,
  P = 0x50,
  R = 0x52,
  T = 0x54,
  b = 0x62,
  c = 0x63,
  f = 0x66,
  h = 0x68,
  k = 0x6b,
  l = 0x6c,
  q = 0x71,
  s = 0x73,
  t = 0x74,
  u = 0x75,
  v = 0x76,
  x = 0x78,
}

/** Bytes that a flag may begin with; all others make the line a bad one. */
const FIRST_LETTER = 0x41;
const LAST_LETTER = 0x7a;

/** Letters are remembered in two words, for lower and upper case. */
const LOWER_CASE = 0x60;

/** What no mode can be: M was not given. M without a mode is 0. */
export const NO_MODE = -1;

export class MetaRequest {
  /** The key in the inbox; if it came in base64 it has been decoded in its place. */
  keyStart = 0;
  keyLength = 0;
  /** The flags in the inbox. */
  flagsStart = 0;
  flagsEnd = 0;
  /** Bits of `With`. */
  options = 0;
  isQuiet = false;
  /** The byte behind M. */
  mode = NO_MODE;
  clientFlags = 0;
  /** When an item made by N ends; and the same if a later T says otherwise. */
  vivifyExpiresAt = 0;
  lastExpiresAt = 0;

  readonly #core: CoreFacade;
  readonly #clock: Clock;

  constructor(core: CoreFacade, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
  }

  get isKeyBinary(): boolean {
    return (this.options & With.KEY_BINARY) !== 0;
  }

  /** Finds the key in inbox[start … end); false if there is none. */
  cutKey(start: number, end: number): boolean {
    const { inbox } = this.#core;
    let at = start;
    while (at < end && inbox[at] === SPACE) at++;
    this.keyStart = at;
    while (at < end && inbox[at] !== SPACE) at++;
    this.keyLength = at - this.keyStart;
    return this.keyLength > 0;
  }

  /**
   * Reads the flags in inbox[start … end), before which there were `tokensBefore` tokens. Returns
   * the line to answer if something is wrong with them or with the key, else null.
   *
   * memcached goes by the first letters of all tokens, then by how many there are, then by the key;
   * a flag that is unknown or there twice ends the reading at once, and of several wrong tokens the
   * last one is told.
   */
  readFlags(start: number, end: number, tokensBefore: number): Uint8Array | null {
    const { inbox } = this.#core;
    this.flagsStart = start;
    this.flagsEnd = end;
    this.options = 0;
    this.isQuiet = false;
    this.mode = NO_MODE;
    const isLongKey = this.keyLength > KEY_LENGTH_MAX;
    let count = tokensBefore;
    let upper = 0;
    let lower = 0;
    let fault: Uint8Array | null = isLongKey ? reply.badLine : null;
    let isOver = isLongKey;
    for (let at = start; ;) {
      while (at < end && inbox[at] === SPACE) at++;
      if (at >= end || count === TOKENS_MAX) break;
      const first = at;
      const letter = inbox[at] as number;
      while (at < end && inbox[at] !== SPACE) at++;
      count++;
      if (letter < FIRST_LETTER || letter > LAST_LETTER) {
        if (letter < ZERO || letter > NINE) return reply.badLine;
        if (!isOver) fault = reply.metaUnknown;
        isOver = true;
      }
      if (isOver) continue;
      const bit = 1 << (letter & 31);
      if (((letter > LOWER_CASE ? lower : upper) & bit) !== 0) {
        fault = reply.metaDuplicate;
        isOver = true;
        continue;
      }
      if (letter > LOWER_CASE) lower |= bit;
      else upper |= bit;
      const wrong = this.#readFlag(letter, first + 1, at - first - 1);
      if (wrong !== null) fault = wrong;
      if (wrong === reply.metaUnknown) isOver = true;
    }
    return count > META_TOKENS_MAX ? reply.metaManyFlags : fault;
  }

  /** One flag with its token. Returns what is wrong with it, or null. */
  #readFlag(flag: number, start: number, length: number): Uint8Array | null {
    switch (flag) {
      case Flag.v:
        this.options |= With.VALUE;
        return null;
      case Flag.q:
        this.isQuiet = true;
        return null;
      case Flag.u:
        this.options |= With.NO_BUMP;
        return null;
      case Flag.I:
        this.options |= With.INVALIDATE;
        return null;
      case Flag.x:
        this.options |= With.DROP_VALUE;
        return null;
      case Flag.O:
        return length + 1 > OPAQUE_LENGTH_MAX ? reply.metaLongOpaque : null;
      case Flag.M:
        this.mode = length > 0 ? (this.#core.inbox[start] as number) : 0;
        return null;
      case Flag.b:
        return this.#decodeKey();
      case Flag.c:
      case Flag.f:
      case Flag.h:
      case Flag.k:
      case Flag.l:
      case Flag.s:
      case Flag.t:
      case Flag.L:
      case Flag.P:
        return null;
      default:
        return this.#readNumber(flag, start, length);
    }
  }

  #readNumber(flag: number, start: number, length: number): Uint8Array | null {
    switch (flag) {
      case Flag.T:
      case Flag.N:
      case Flag.R:
        return this.#readExpiry(flag, start, length);
      case Flag.F:
        this.clientFlags = readU32(this.#core.inbox, start, length);
        return Number.isNaN(this.clientFlags) ? reply.badLine : null;
      case Flag.C:
        this.options |= With.CAS;
        return this.#readArgument(Argument.CAS_LOW, start, length);
      case Flag.E:
        this.options |= With.NEW_CAS;
        return this.#readArgument(Argument.NEW_CAS_LOW, start, length);
      case Flag.J:
        return this.#readArgument(Argument.INITIAL_LOW, start, length);
      case Flag.D:
        if (this.#readArgument(Argument.DELTA_LOW, start, length) === null) return null;
        return reply.metaBadDelta;
      default:
        return reply.metaUnknown;
    }
  }

  #readExpiry(flag: number, start: number, length: number): Uint8Array | null {
    const { argument, inbox } = this.#core;
    const seconds = readI32(inbox, start, length);
    if (Number.isNaN(seconds)) return reply.metaBadToken;
    const at = this.#clock.expiry(seconds);
    if (flag === Flag.T) {
      this.options |= With.EXPIRY;
      argument[Argument.EXPIRES_AT] = at;
      this.lastExpiresAt = at;
    } else if (flag === Flag.N) {
      this.options |= With.VIVIFY;
      argument[Argument.VIVIFY_EXPIRES_AT] = at;
      this.vivifyExpiresAt = at;
      this.lastExpiresAt = at;
    } else {
      argument[Argument.RECACHE_AT] = at;
    }
    return null;
  }

  /** Bytes are fewer than letters, so they have room where those stood. */
  #decodeKey(): Uint8Array | null {
    const { abi, inboxPtr } = this.#core;
    const keyPtr = inboxPtr + this.keyStart;
    const length = abi.decodeBase64(keyPtr, this.keyLength, keyPtr);
    if (length === 0) return reply.metaBadKey;
    this.keyLength = length;
    this.options |= With.KEY_BINARY;
    return null;
  }

  /** A number of 64 bits, into two slots. */
  #readArgument(slot: number, start: number, length: number): Uint8Array | null {
    const { argument, inbox } = this.#core;
    if (!readU64(inbox, start, length)) return reply.metaBadToken;
    argument[slot] = u64.low;
    argument[slot + 1] = u64.high;
    return null;
  }
}
