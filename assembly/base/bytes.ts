/**
 * Comparing bytes in linear memory.
 */

/** Whether `length` bytes at `a` and `b` are the same. Reads no byte beyond them. */
export function bytesEqual(a: usize, b: usize, length: u32): bool {
  let left: usize = length;
  while (left >= 8) {
    if (load<u64>(a) !== load<u64>(b)) return false;
    a += 8;
    b += 8;
    left -= 8;
  }
  if (left >= 4) {
    if (load<u32>(a) !== load<u32>(b)) return false;
    a += 4;
    b += 4;
    left -= 4;
  }
  while (left !== 0) {
    if (load<u8>(a) !== load<u8>(b)) return false;
    a++;
    b++;
    left--;
  }
  return true;
}
