/**
 * MurmurHash3, the x86 32-bit variant, with seed 0.
 *
 * Source: Austin Appleby's MurmurHash3 (SMHasher, 2011), which its author placed in the public
 * domain. Written from the algorithm's description: each little-endian 4-byte block is scrambled
 * (multiply, rotate, multiply) and folded into the state; the 1 to 3 bytes left over are scrambled
 * as one short block; then the length is mixed in and the bits are avalanched.
 *
 * This is the default key hash, so it is on the path of every command. No byte outside
 * `[keyPtr, keyPtr + keyLength)` is read.
 */

const C1: u32 = 0xcc9e2d51;
const C2: u32 = 0x1b873593;

function scramble(block: u32): u32 {
  return rotl<u32>(block * C1, 15) * C2;
}

/**
 * The bytes after the last whole block, as a little-endian number; 0 when there are none, and a
 * zero block leaves the state as it was. From 4 bytes on, the key's last 4 bytes hold them all, so
 * one load and one shift (64-bit, as the shift may be by 32) replace the byte loads.
 */
function leftover(keyPtr: usize, keyLength: u32): u32 {
  if (keyLength >= 4) {
    const lastFour = <u64>load<u32>(keyPtr + keyLength - 4);
    return <u32>(lastFour >> (32 - ((keyLength & 3) << 3)));
  }
  if (keyLength === 0) return 0;
  let bytes = <u32>load<u8>(keyPtr);
  if (keyLength >= 2) bytes |= (<u32>load<u8>(keyPtr, 1)) << 8;
  if (keyLength === 3) bytes |= (<u32>load<u8>(keyPtr, 2)) << 16;
  return bytes;
}

/** The MurmurHash3 (x86, 32 bits, seed 0) of the key's bytes. */
export function murmur3(keyPtr: usize, keyLength: u32): u32 {
  const blocksEnd = keyPtr + (keyLength & ~3);
  let hash: u32 = 0;
  // An equality test, as a key at the very end of a 4 GiB memory ends at address 0.
  for (let ptr = keyPtr; ptr !== blocksEnd; ptr += 4) {
    hash = rotl<u32>(hash ^ scramble(load<u32>(ptr)), 13) * 5 + 0xe6546b64;
  }
  hash ^= scramble(leftover(keyPtr, keyLength));
  hash ^= keyLength;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}
