/**
 * Giving memory back to the system: pages of the core's memory that nothing uses any more.
 *
 * They read as zeros afterwards. Without a C library they stay resident: that is no error.
 */
import { type Pointer, ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const MADV_DONTNEED = 4;

/**
 * Gives `length` bytes from this offset of the memory back: whole pages of the system. Whether it
 * took them.
 */
export function discardMemory(bytes: Uint8Array, offset: number, length: number): boolean {
  const start: number = ptr(bytes);
  return libc()?.madvise((start + offset) as Pointer, BigInt(length), MADV_DONTNEED) === 0;
}
