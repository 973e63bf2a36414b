/**
 * The connections and listeners of all threads, as `stats conns` shows them.
 */
import type { Endpoint } from "../command/context.ts";
import { HostCounter } from "../base/host-counters.ts";
import type { SharedState } from "../base/shared-state.ts";
import { State, stateName } from "./state.ts";

/** Counts a descriptor that was opened, and shows it. Returns its ticket. */
export function openEntry(
  { counters, connections, clock }: SharedState,
  id: number,
  address: string,
  listenAddress: string | null,
  state: State,
): number {
  counters.add(HostCounter.CURRENT_CONNECTIONS, 1);
  counters.add(HostCounter.TOTAL_CONNECTIONS, 1);
  return connections.open(id, address, listenAddress, state, clock.now);
}

/** The same for a listener. */
export function openListenerEntry(shared: SharedState, id: number, address: string): void {
  openEntry(shared, id, address, null, State.LISTENING);
}

/** It goes on under another descriptor. Only the first of several on one address is shown. */
export function moveListenerEntry({ connections }: SharedState, from: number, to: number): void {
  if (connections.entry(from)?.state === State.LISTENING) connections.move(from, to);
}

export function* endpoints({ connections, clock }: SharedState): Iterable<Endpoint> {
  for (const { id, address, listenAddress, state, lastCommandAt } of connections.entries()) {
    yield {
      id,
      address,
      listenAddress,
      // memcached's connections rest in conn_read once they wait for the socket.
      stateName: stateName(state === State.WAITING ? State.READ : state),
      secondsSinceLastCommand: Math.max(0, clock.now - lastCommandAt),
    };
  }
}
