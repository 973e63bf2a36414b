/**
 * `-k`: memory is not swapped out.
 *
 * Called by `main.ts` after `-d`. Pages are locked as they are touched (MCL_ONFAULT): the engine
 * reserves gigabytes of address space it never uses, and locking all of that would fail or fill the
 * machine. memcached goes on without the lock when it is refused, and so does this.
 */

import { lastErrorText, libc } from "./libc.ts";

const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;

/** Returns the warning to print, or null when memory is locked. */
export function lockMemory(): string | null {
  const library = libc();
  if (library === null) {
    return "warning: -k invalid, mlockall() not supported on this platform.  proceeding without.";
  }
  if (library.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) === 0) return null;
  return `warning: -k invalid, mlockall() failed: ${lastErrorText(library)}`;
}
