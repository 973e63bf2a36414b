/**
 * A connection goes from one state to the next: `-vvv` tells of it, WASMCACHED_DEBUG=1 checks it.
 */
import type { Context } from "../command/context.ts";
import { type State, mayFollow, stateName } from "./state.ts";

export function noteTransition(
  { settings, log }: Context,
  id: number,
  from: State,
  to: State,
): void {
  if (settings.verbosity > 2 && to !== from) {
    log(`${id}: going from ${stateName(from)} to ${stateName(to)}\n`);
  }
  if (settings.debug && !mayFollow(from, to)) {
    throw new Error(`no transition from ${stateName(from)} to ${stateName(to)}`);
  }
}
