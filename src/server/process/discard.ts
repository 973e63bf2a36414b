/**
 * Giving memory back to the system: pages of the core's memory that nothing uses any more.
 *
 * They read as zeros afterwards. Without a C library they stay resident: that is no error.
 */
import { type Pointer, ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const MADV_DONTNEED = 4;
const MADV_NOHUGEPAGE = 15;

/**
 * Each such advice may cut a mapping in three, of which Linux allows a process 65,530 by default
 * (`vm.max_map_count`), and the engine needs some. Memory given back beyond that may be taken up
 * again as part of huge pages, in the background.
 */
const CUTS_MAX = 8192;
let cuts = 0;

/**
 * Gives `length` bytes from this offset of the memory back: whole pages of the system. Whether it
 * took them. No huge page is made of them again: in the background the system would, where a
 * neighbour is in use.
 */
export function discardMemory(bytes: Uint8Array, offset: number, length: number): boolean {
  const library = libc();
  if (library === null) return false;
  const start = (ptr(bytes) + offset) as Pointer;
  const isTaken = library.madvise(start, BigInt(length), MADV_DONTNEED) === 0;
  if (isTaken && cuts++ < CUTS_MAX) library.madvise(start, BigInt(length), MADV_NOHUGEPAGE);
  return isTaken;
}
