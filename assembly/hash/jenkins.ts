/**
 * Bob Jenkins' lookup3 hash, `hashlittle`, with initial value 0.
 *
 * Source: Bob Jenkins' lookup3 (May 2006), which its author placed in the public domain. Written
 * from the algorithm's description: three 32-bit words take in 12 key bytes at a time, as three
 * little-endian words, and are mixed reversibly after each group; the last 1 to 12 bytes, padded
 * with zeros, go through a stronger final mix whose third word is the hash.
 *
 * No byte outside `[keyPtr, keyPtr + keyLength)` is read.
 */

const INITIAL: u32 = 0xdeadbeef;

/** The first `min(count, 4)` bytes at `ptr` as a little-endian number; 0 when there are none. */
function wordOf(ptr: usize, count: i32): u32 {
  if (count >= 4) return load<u32>(ptr);
  if (count <= 0) return 0;
  let bytes = <u32>load<u8>(ptr);
  if (count >= 2) bytes |= (<u32>load<u8>(ptr, 1)) << 8;
  if (count === 3) bytes |= (<u32>load<u8>(ptr, 2)) << 16;
  return bytes;
}

/** The third word after the final mix of the three. */
function finalMix(a: u32, b: u32, c: u32): u32 {
  c = (c ^ b) - rotl<u32>(b, 14);
  a = (a ^ c) - rotl<u32>(c, 11);
  b = (b ^ a) - rotl<u32>(a, 25);
  c = (c ^ b) - rotl<u32>(b, 16);
  a = (a ^ c) - rotl<u32>(c, 4);
  b = (b ^ a) - rotl<u32>(a, 14);
  return (c ^ b) - rotl<u32>(b, 24);
}

/** The lookup3 hash (`hashlittle`, initial value 0) of the key's bytes. */
export function jenkins(keyPtr: usize, keyLength: u32): u32 {
  let a: u32 = INITIAL + keyLength;
  if (keyLength === 0) return a;
  let b = a;
  let c = a;
  let ptr = keyPtr;
  let left = keyLength;
  // Exactly 12 bytes left are the last group, not a whole one.
  for (; left > 12; left -= 12) {
    a += load<u32>(ptr);
    b += load<u32>(ptr, 4);
    c += load<u32>(ptr, 8);
    ptr += 12;
    a = (a - c) ^ rotl<u32>(c, 4);
    c += b;
    b = (b - a) ^ rotl<u32>(a, 6);
    a += c;
    c = (c - b) ^ rotl<u32>(b, 8);
    b += a;
    a = (a - c) ^ rotl<u32>(c, 16);
    c += b;
    b = (b - a) ^ rotl<u32>(a, 19);
    a += c;
    c = (c - b) ^ rotl<u32>(b, 4);
    b += a;
  }
  a += wordOf(ptr, left);
  b += wordOf(ptr + 4, <i32>left - 4);
  c += wordOf(ptr + 8, <i32>left - 8);
  return finalMix(a, b, c);
}
