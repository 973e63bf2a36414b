/**
 * Command names. A verb is told by the bytes up to the first space, compared as little-endian
 * words: no string is made on the way.
 */
export enum Verb {
  UNKNOWN = 0,
  GET,
  GETS,
  GAT,
  GATS,
  SET,
  ADD,
  REPLACE,
  APPEND,
  PREPEND,
  CAS,
  INCR,
  DECR,
  DELETE,
  TOUCH,
  MG,
  MS,
  MD,
  MA,
  MN,
  ME,
  /** Everything rarer: looked up by name (command/admin.ts). */
  ADMIN,
}

function word(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value |= text.charCodeAt(i) << (8 * i);
  return value;
}

const MG = word("mg");
const MS = word("ms");
const MD = word("md");
const MA = word("ma");
const MN = word("mn");
const ME = word("me");
const GET = word("get");
const SET = word("set");
const ADD = word("add");
const CAS = word("cas");
const GAT = word("gat");
const GETS = word("gets");
const GATS = word("gats");
const INCR = word("incr");
const DECR = word("decr");
const TOUC = word("touc");
const DELE = word("dele");
const APPE = word("appe");
const REPL = word("repl");
const PREP = word("prep");
const TE = word("te");
const ND = word("nd");
const ACE = word("ace");
const END = word("end");
const H = word("h");

function wordAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value |= (bytes[at + i] ?? 0) << (8 * i);
  return value;
}

function verbOf2(word2: number): Verb {
  switch (word2) {
    case MG:
      return Verb.MG;
    case MS:
      return Verb.MS;
    case MD:
      return Verb.MD;
    case MA:
      return Verb.MA;
    case MN:
      return Verb.MN;
    case ME:
      return Verb.ME;
    default:
      return Verb.ADMIN;
  }
}

function verbOf3(word3: number): Verb {
  switch (word3) {
    case GET:
      return Verb.GET;
    case SET:
      return Verb.SET;
    case ADD:
      return Verb.ADD;
    case CAS:
      return Verb.CAS;
    case GAT:
      return Verb.GAT;
    default:
      return Verb.ADMIN;
  }
}

function verbOf4(word4: number): Verb {
  switch (word4) {
    case GETS:
      return Verb.GETS;
    case GATS:
      return Verb.GATS;
    case INCR:
      return Verb.INCR;
    case DECR:
      return Verb.DECR;
    default:
      return Verb.ADMIN;
  }
}

/** For names of 5 … 7 bytes: the first four and the rest. */
function verbOfLong(first: number, rest: number): Verb {
  if (first === TOUC && rest === H) return Verb.TOUCH;
  if (first === DELE && rest === TE) return Verb.DELETE;
  if (first === APPE && rest === ND) return Verb.APPEND;
  if (first === REPL && rest === ACE) return Verb.REPLACE;
  if (first === PREP && rest === END) return Verb.PREPEND;
  return Verb.ADMIN;
}

/** The verb that the `length` bytes at `at` spell. */
export function verbAt(bytes: Uint8Array, at: number, length: number): Verb {
  if (length === 2) return verbOf2(wordAt(bytes, at, 2));
  if (length === 3) return verbOf3(wordAt(bytes, at, 3));
  if (length === 4) return verbOf4(wordAt(bytes, at, 4));
  if (length > 4 && length < 8) {
    return verbOfLong(wordAt(bytes, at, 4), wordAt(bytes, at + 4, length - 4));
  }
  return length === 0 ? Verb.UNKNOWN : Verb.ADMIN;
}
