/**
 * One line of a dump (specification §2.12):
 *
 *     metadump   key=<key> exp=<unix or -1> la=<unix> cas=<n> fetch=<yes|no> cls=<n> size=<n>
 *                flags=<n>, a space, LF
 *     mgdump     mg <key>, or mg <base64> b, CR LF
 *
 * The key of a metadump is percent-encoded. Labels are up to eight characters in one number.
 */
import {
  Item,
  ItemFlag,
  itemCas,
  itemClassId,
  itemClientFlags,
  itemHas,
  itemKeyPtr,
  itemSize,
} from "../item/item";
import { base64Encode } from "../base/base64";
import { writeU32, writeU64 } from "../base/digits";

const KEY: u64 = 0x3d79656b; // "key="
const EXP: u64 = 0x3d70786520; // " exp="
const LA: u64 = 0x3d616c20; // " la="
const CAS: u64 = 0x3d73616320; // " cas="
const FETCH: u64 = 0x3d686374656620; // " fetch="
const YES: u64 = 0x736579; // "yes"
const NO: u64 = 0x6f6e; // "no"
const CLS: u64 = 0x3d736c6320; // " cls="
const SIZE: u64 = 0x3d657a697320; // " size="
const FLAGS: u64 = 0x3d7367616c6620; // " flags="
const END: u64 = 0x0a20; // " \n"
const MG: u64 = 0x20676d; // "mg "
const B: u64 = 0x6220; // " b"
const CR_LF: u64 = 0x0a0d;
const NEVER: u64 = 0x312d; // "-1"

const PERCENT: u8 = 0x25;

/** Writes a label; the address behind it. May touch 8 bytes. */
function label(outPtr: usize, text: u64): usize {
  store<u64>(outPtr, text);
  return outPtr + 8 - ((<usize>clz<u64>(text)) >> 3);
}

/** Writes the line; the address behind it. */
export function writeDumpLine(item: Item, outPtr: usize, isShort: bool, epoch: u32): usize {
  return isShort ? writeShort(item, outPtr) : writeLong(item, outPtr, epoch);
}

function writeShort(item: Item, outPtr: usize): usize {
  const at = label(outPtr, MG);
  const keyLength = <u32>item.keyLength;
  if (itemHas(item, ItemFlag.KEY_BINARY)) {
    return label(label(at + base64Encode(itemKeyPtr(item), keyLength, at), B), CR_LF);
  }
  memory.copy(at, itemKeyPtr(item), keyLength);
  return label(at + keyLength, CR_LF);
}

function writeLong(item: Item, outPtr: usize, epoch: u32): usize {
  let at = writePercent(itemKeyPtr(item), item.keyLength, label(outPtr, KEY));
  at = label(at, EXP);
  at = item.expiresAt === 0 ? label(at, NEVER) : writeU32(at, epoch + item.expiresAt);
  at = writeU32(label(at, LA), epoch + item.lastAccess);
  at = writeU64(label(at, CAS), itemCas(item));
  at = label(label(at, FETCH), itemHas(item, ItemFlag.FETCHED) ? YES : NO);
  at = writeU32(label(at, CLS), itemClassId(item));
  at = writeU32(label(at, SIZE), itemSize(item));
  at = writeU32(label(at, FLAGS), itemClientFlags(item));
  return label(at, END);
}

/** Whether a byte stands for itself: letters, digits, - . _ ~ */
function isPlain(byte: u8): bool {
  const lower = byte | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  if (byte >= 0x30 && byte <= 0x39) return true;
  return byte === 0x2d || byte === 0x2e || byte === 0x5f || byte === 0x7e;
}

function hexDigit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}

function writePercent(ptr: usize, length: u32, outPtr: usize): usize {
  let at = outPtr;
  for (const end = ptr + length; ptr < end; ptr++) {
    const byte = load<u8>(ptr);
    if (isPlain(byte)) {
      store<u8>(at++, byte);
      continue;
    }
    store<u8>(at, PERCENT);
    store<u8>(at + 1, hexDigit(byte >> 4));
    store<u8>(at + 2, hexDigit(byte & 15));
    at += 3;
  }
  return at;
}
