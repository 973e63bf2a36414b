/**
 * A thread of the server: one event loop's connections, and what they share.
 *
 *     Thread ── Context (core, settings, clock, outbox)
 *       │
 *       ├── connections, by socket
 *       └── turns: connections that used up their `-R` credits and go on when the others had theirs
 *
 * The server gives it sockets and seconds; it knows no Bun type.
 */
import { Context, type Endpoint, type Host } from "../command/context.ts";
import type { Clock } from "../base/clock.ts";
import { Connection } from "./connection.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { HeldPool } from "./held-replies.ts";
import { HostCounters } from "../base/host-counters.ts";
import type { LogWriter } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import type { Transport } from "./transport.ts";
import { reply } from "../protocol/replies.ts";
import { slabClassTable } from "../command/stats.ts";

/** Buckets of a growing hash table that each tick moves on, beside those that insertions move. */
const EXPAND_PER_TICK = 65536;

/** Runs a function once all sockets that are ready now had their turn. */
export type Schedule = (run: () => void) => void;

export class Thread {
  /** What a client over the limit is told. */
  static readonly refusal = reply.tooManyConnections;

  readonly context: Context;
  readonly counters = new HostCounters();
  readonly #connections = new Set<Connection>();
  readonly #heldPool = new HeldPool();
  readonly #schedule: Schedule;
  #turns: Connection[] = [];
  #wasExpanding = false;

  constructor(
    core: Context["core"],
    settings: Settings,
    clock: Clock,
    host: Host,
    log: LogWriter,
    schedule: Schedule,
  ) {
    this.context = new Context(core, settings, clock, host, log, this.counters);
    this.#schedule = schedule;
    if (settings.verbosity > 1) log(slabClassTable(this.context));
  }

  /** A new client. `id` is its descriptor; `forget` is to be called when its socket has ended. */
  connect(
    id: number,
    address: string,
    listenAddress: string,
    transportFor: (forget: () => void) => Transport,
  ): Connection {
    const forget = (): void => {
      if (this.#connections.delete(connection)) this.counters.currentConnections--;
    };
    const connection: Connection = new Connection(
      id,
      address,
      listenAddress,
      this.context,
      transportFor(forget),
      (yielding) => this.#askTurn(yielding),
      this.#heldPool,
    );
    this.#connections.add(connection);
    this.countDescriptor(id);
    return connection;
  }

  /** Counts a connection or listener that was opened. */
  countDescriptor(id: number): void {
    this.counters.currentConnections++;
    this.counters.totalConnections++;
    this.counters.descriptorsSeen.add(id);
  }

  get connections(): Iterable<Endpoint> {
    return this.#connections;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Once a second: time, the hash table, idle connections. */
  tick(): void {
    this.context.tick();
    this.#watchExpansion();
    const timeout = this.context.settings.idleTimeoutSeconds;
    if (timeout === 0) return;
    for (const connection of this.#connections) {
      if (connection.isResting && connection.secondsSinceLastCommand > timeout) {
        this.counters.idleKicks++;
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

  #watchExpansion(): void {
    const { core, settings, log } = this.context;
    const isExpanding = core.gauge(Gauge.IS_EXPANDING) !== 0;
    if (settings.verbosity > 1 && isExpanding !== this.#wasExpanding) {
      log(`Hash table expansion ${isExpanding ? "starting" : "done"}\n`);
    }
    this.#wasExpanding = isExpanding;
    if (isExpanding) core.abi.expand(EXPAND_PER_TICK);
  }
}
