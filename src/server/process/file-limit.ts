/**
 * File limit: enough descriptors for `-c`.
 *
 * Called by `main.ts` before privileges are dropped. memcached sets the limit to exactly `-c` and
 * lives with fewer connections. Here the limit must lie above what is ever opened: on a full table
 * Bun's accept loop spins without telling anyone. So a margin is asked for on top of `-c`, a higher
 * limit is left alone, and when the system gives less the number of connections is what has to
 * shrink:
 *
 *   0 ──────── runtime, threads, listeners (margin) ──────── connections ──────── soft limit
 *
 * Invariant: connectionCapacity() + margin ≤ soft limit.
 */

import { EX_OSERR, StartError } from "../../base/start-error.ts";
import { getLimit, RLIMIT_NOFILE, setLimit } from "./resource-limit.ts";

/** Descriptors of the runtime, the program files, logs, and listeners; seen are about 20. */
const MARGIN_PROCESS = 64;

/** Descriptors of one worker thread: its event loop and its copy of the listeners; seen are 5. */
const MARGIN_THREAD = 8;

/** Descriptors kept free for everything that is no connection. */
export function descriptorMargin(threads: number): number {
  return MARGIN_PROCESS + MARGIN_THREAD * threads;
}

/**
 * Raises the limit as far as `connectionsMax` needs and the system allows. Returns the soft limit.
 * Throws memcached's text when not even `-c` itself fits.
 */
export function raiseFileLimit(connectionsMax: number, threads: number): number {
  const before = getLimit(RLIMIT_NOFILE);
  // Unknown limit: nothing to go by, so believe in the margin.
  if (before === null) return connectionsMax + descriptorMargin(threads);
  const wanted = BigInt(connectionsMax + descriptorMargin(threads));
  if (before.soft >= wanted) return Number(before.soft);
  const raised = {
    soft: wanted,
    hard: before.hard > wanted ? before.hard : wanted,
  };
  // Beyond the hard limit only with privileges; up to it anyone may go.
  if (setLimit(RLIMIT_NOFILE, raised)) return Number(wanted);
  setLimit(RLIMIT_NOFILE, { soft: before.hard, hard: before.hard });
  const reached = getLimit(RLIMIT_NOFILE)?.soft ?? before.soft;
  if (reached < BigInt(connectionsMax)) {
    throw new StartError(
      EX_OSERR,
      "failed to set rlimit for open files. " +
        "Try starting as root or requesting smaller maxconns value.",
    );
  }
  return Number(reached);
}

/** How many connections may be open at once: `-c`, or fewer when the soft limit is too near. */
export function connectionCapacity(
  connectionsMax: number,
  softLimit: number,
  threads: number,
): number {
  return Math.max(1, Math.min(connectionsMax, softLimit - descriptorMargin(threads)));
}
