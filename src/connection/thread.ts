/**
 * A thread of the server: one event loop's connections, and what they share.
 *
 *     Thread ── Context (core, settings, clock, outbox)
 *       │
 *       ├── connections, by socket
 *       └── turns: connections that used up their `-R` credits and go on when the others had theirs
 *
 * The server gives it sockets and seconds; it knows no Bun type. Several threads serve one cache:
 * what they share is in the core's memory and in SharedState.
 */
import { Context, type Host } from "../command/context.ts";
import { Connection } from "./connection.ts";
import { type SendDatagram, serveDatagram } from "./datagrams.ts";
import { HeldPool } from "./held-replies.ts";
import { HostCounter } from "../base/host-counters.ts";
import type { LogWriter } from "../base/log.ts";
import type { BindingProtocol, Settings } from "../base/settings.ts";
import type { SharedState } from "../base/shared-state.ts";
import { Login, Users } from "./login.ts";
import { State } from "./state.ts";
import type { Transport } from "./transport.ts";
import { openEntry } from "./endpoints.ts";
import { reply } from "../protocol/replies.ts";

/** Runs a function once all sockets that are ready now had their turn. */
export type Schedule = (run: () => void) => void;

export class Thread {
  /** What a client over the limit is told. */
  static readonly refusal = reply.tooManyConnections;

  readonly context: Context;
  readonly #connections = new Set<Connection>();
  readonly #heldPool = new HeldPool();
  readonly #schedule: Schedule;
  readonly #users: Users;
  #turns: Connection[] = [];

  constructor(
    core: Context["core"],
    settings: Settings,
    shared: SharedState,
    host: Host,
    log: LogWriter,
    schedule: Schedule,
  ) {
    this.context = new Context(core, settings, shared, host, log);
    this.#schedule = schedule;
    this.#users = new Users(shared.users);
  }

  /**
   * A new client, which the connection table has admitted. `id` is its descriptor; `forget` is to
   * be called when its socket has ended.
   *
   * @param protocol the one of its listener
   */
  connect(
    id: number,
    address: string,
    listenAddress: string,
    transportFor: (forget: () => void) => Transport,
    protocol: BindingProtocol = this.context.settings.bindingProtocol,
  ): Connection {
    const { shared, counters } = this.context;
    const { events } = this.context.core;
    const forget = (): void => {
      if (!this.#connections.delete(connection)) return;
      events.connectionClosed(id, address, connection.closeReason);
      counters.add(HostCounter.CURRENT_CONNECTIONS, -1);
      shared.connections.close(id, ticket);
      shared.connections.discharge();
    };
    const ticket = openEntry(shared, id, address, listenAddress, State.NEW_CMD);
    const connection: Connection = new Connection(
      id,
      this.context,
      transportFor(forget),
      (yielding) => this.#askTurn(yielding),
      this.#heldPool,
      this.context.settings.authFile === null ? null : new Login(this.#users),
      protocol,
    );
    this.#connections.add(connection);
    events.connectionOpened(id, address);
    connection.publishState();
    return connection;
  }

  /** A datagram of the UDP socket `id`; `send` is called for each one that answers it. */
  serveDatagram(id: number, datagram: Uint8Array, send: SendDatagram): void {
    serveDatagram(this.context, this.#heldPool, id, datagram, send);
  }

  /**
   * Once a second: keeps no chunk from a slab page that is to move, and closes connections that
   * have been idle for too long.
   */
  tick(): void {
    const { settings, counters, core } = this.context;
    core.abi.yieldSpares();
    const timeout = settings.idleTimeoutSeconds;
    if (timeout === 0) return;
    for (const connection of this.#connections) {
      if (connection.isResting && connection.secondsSinceLastCommand > timeout) {
        counters.add(HostCounter.IDLE_KICKS, 1);
        connection.kick();
      }
    }
  }

  /** Ends every connection. */
  stop(): void {
    for (const connection of this.#connections) connection.gone();
  }

  #askTurn(connection: Connection): void {
    this.#turns.push(connection);
    if (this.#turns.length === 1) this.#schedule(() => this.#giveTurns());
  }

  #giveTurns(): void {
    const turns = this.#turns;
    this.#turns = [];
    for (const connection of turns) connection.proceed();
  }
}
