/**
 * `-r`: the process may leave a core file.
 *
 * Called by `main.ts` at start. As in memcached: no limit if the system allows it, otherwise up to
 * the hard limit, and not starting at all when that leaves nothing.
 */

import { EX_OSERR, StartError } from "../../base/start-error.ts";
import { getLimit, RLIM_INFINITY, RLIMIT_CORE, setLimit } from "./resource-limit.ts";

export function raiseCoreLimit(): void {
  const before = getLimit(RLIMIT_CORE);
  if (!setLimit(RLIMIT_CORE, { soft: RLIM_INFINITY, hard: RLIM_INFINITY }) && before !== null) {
    setLimit(RLIMIT_CORE, { soft: before.hard, hard: before.hard });
  }
  const after = getLimit(RLIMIT_CORE);
  if (after === null || after.soft === 0n) {
    throw new StartError(EX_OSERR, "failed to ensure corefile creation");
  }
}
