/**
 * Base64 in memcached's way, for meta commands whose keys are binary (RFC 4648, section 4).
 *
 * The decoder passes over foreign bytes, wants a multiple of four others, and ends at the first
 * group that is padded.
 */
const PAD: u8 = 0x3d;
const PLUS: u8 = 0x2b;
const SLASH: u8 = 0x2f;
const FOREIGN: u32 = 64;

function letterOf(value: u32): u8 {
  if (value < 26) return <u8>(0x41 + value);
  if (value < 52) return <u8>(0x61 + value - 26);
  if (value < 62) return <u8>(0x30 + value - 52);
  return value === 62 ? PLUS : SLASH;
}

/** What a byte stands for; padding for 0, as in memcached; FOREIGN if it is none of them. */
function valueOf(letter: u8): u32 {
  if (letter >= 0x41 && letter <= 0x5a) return letter - 0x41;
  if (letter >= 0x61 && letter <= 0x7a) return letter - 0x61 + 26;
  if (letter >= 0x30 && letter <= 0x39) return letter - 0x30 + 52;
  if (letter === PLUS) return 62;
  if (letter === SLASH) return 63;
  return letter === PAD ? 0 : FOREIGN;
}

/** Encodes `length` bytes to `outPtr`, which must not overlap; returns how many it wrote. */
export function base64Encode(ptr: usize, length: u32, outPtr: usize): u32 {
  let out = outPtr;
  for (let i: u32 = 0; i < length; i += 3) {
    const left = length - i;
    const a = <u32>load<u8>(ptr + i);
    const b = left > 1 ? <u32>load<u8>(ptr + i, 1) : 0;
    const c = left > 2 ? <u32>load<u8>(ptr + i, 2) : 0;
    store<u8>(out, letterOf(a >> 2));
    store<u8>(out, letterOf(((a & 3) << 4) | (b >> 4)), 1);
    store<u8>(out, left > 1 ? letterOf(((b & 15) << 2) | (c >> 6)) : PAD, 2);
    store<u8>(out, left > 2 ? letterOf(c & 63) : PAD, 3);
    out += 4;
  }
  return <u32>(out - outPtr);
}

/**
 * Decodes `length` bytes to `outPtr`, which may be where they stand; returns how many it wrote, 0
 * when this is no base64.
 */
export function base64Decode(ptr: usize, length: u32, outPtr: usize): u32 {
  let known: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    if (valueOf(load<u8>(ptr + i)) !== FOREIGN) known++;
  }
  if (known % 4 !== 0) return 0;
  let out = outPtr;
  let group: u32 = 0;
  let inGroup: u32 = 0;
  let pads: u32 = 0;
  for (let i: u32 = 0; i < length && pads === 0;) {
    inGroup = 0;
    group = 0;
    for (; inGroup < 4 && i < length; i++) {
      const letter = load<u8>(ptr + i);
      const value = valueOf(letter);
      if (value === FOREIGN) continue;
      if (letter === PAD) pads++;
      group = (group << 6) | value;
      inGroup++;
    }
    if (inGroup < 4) break;
    if (pads > 2) return 0;
    store<u8>(out, <u8>(group >> 16));
    if (pads < 2) store<u8>(out, <u8>(group >> 8), 1);
    if (pads < 1) store<u8>(out, <u8>group, 2);
    out += 3 - pads;
  }
  return <u32>(out - outPtr);
}
