/**
 * Item memory in large pages: Linux's transparent huge pages.
 *
 * A lookup goes to places all over the memory, and with pages of 4 KiB the processor has to look up
 * most of their addresses, too. The advice is a wish: nothing is wrong when the system has them set
 * to "never". Only with `-L` that is an error, for which `main.ts` asks before memory is taken.
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
 * Asks for huge pages under `bytes`, a view of WASM memory, from `offset` to the end. Only whole
 * huge pages count, so the range shrinks to their borders. Returns what is wrong, or null.
 */
export function adviseHugePages(bytes: Uint8Array, offset: number): string | null {
  const library = libc();
  if (library === null) return "Failed to set transparent hugepage hint: no C library";
  const start: number = ptr(bytes);
  const first = Math.ceil((start + offset) / HUGE_PAGE_SIZE) * HUGE_PAGE_SIZE;
  const end = Math.floor((start + bytes.length) / HUGE_PAGE_SIZE) * HUGE_PAGE_SIZE;
  if (end <= first) return null;
  if (library.madvise(first as Pointer, BigInt(end - first), MADV_HUGEPAGE) === 0) return null;
  return `Failed to set transparent hugepage hint: ${lastErrorText(library)}`;
}
