/**
 * Addresses where there may be several linear memories: the memory's number × 2^32 + the offset in
 * it. In the first memory, which is the only one as a rule, an address is the offset itself.
 */

export const MEMORY_SPAN = 2 ** 32;

/** The number of the memory that an address is in. */
export function memoryOf(address: number): number {
  return Math.floor(address / MEMORY_SPAN);
}

/** Where in its memory an address is. */
export function offsetOf(address: number): number {
  return address >>> 0;
}

/** 0 is no address in any memory, and stays 0. */
export function addressOf(memory: number, offset: number): number {
  return offset === 0 ? 0 : memory * MEMORY_SPAN + (offset >>> 0);
}
