/**
 * `-L`: item memory in large pages.
 *
 * `main.ts` asks `checkHugePages()` before it takes the memory and calls `adviseHugePages()` on it
 * afterwards. Large pages here are Linux's transparent huge pages, which the system must not have
 * set to "never". The advice is a wish: nothing is wrong when the kernel does not follow it.
 */

import { type Pointer, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { EXIT_FAILURE, StartError } from "../../base/start-error.ts";
import { lastErrorText, libc } from "./libc.ts";

const THP_FILE = "/sys/kernel/mm/transparent_hugepage/enabled";
const MADV_HUGEPAGE = 14;

/** A huge page of x86-64, and of arm64 with small pages. */
const HUGE_PAGE_SIZE = 2 * 1024 * 1024;

/** Throws unless the system has transparent huge pages and lets programs use them. */
export function checkHugePages(file: string = THP_FILE): void {
  if (libc() !== null && hugePagesAllowed(file)) return;
  throw new StartError(
    EXIT_FAILURE,
    "Cannot enable large pages on this system\n(There is no support as of this version)",
  );
}

/** The file reads `always [madvise] never`, with the setting in brackets. */
function hugePagesAllowed(file: string): boolean {
  try {
    return /\[(always|madvise)\]/.test(readFileSync(file, "latin1"));
  } catch {
    return false;
  }
}

/**
 * Asks for huge pages under `bytes`, a view of WASM memory. Only whole huge pages count, so the
 * range shrinks to their borders. Returns the warning to print, or null.
 */
export function adviseHugePages(bytes: Uint8Array): string | null {
  const library = libc();
  if (library === null) return "Failed to set transparent hugepage hint: no C library";
  const start: number = ptr(bytes);
  const first = Math.ceil(start / HUGE_PAGE_SIZE) * HUGE_PAGE_SIZE;
  const end = Math.floor((start + bytes.length) / HUGE_PAGE_SIZE) * HUGE_PAGE_SIZE;
  if (end <= first) return null;
  if (library.madvise(first as Pointer, BigInt(end - first), MADV_HUGEPAGE) === 0) return null;
  return `Failed to set transparent hugepage hint: ${lastErrorText(library)}`;
}
