/**
 * The server: listeners, the table of connections, the clock's ticks, limits, and the end.
 *
 *     Bun socket ──▶ Listener ──▶ Connection ──▶ command ──▶ core
 *                                     ▲
 *     one second ──▶ tick ────────────┤ idle connections are closed
 *     -R used up ──▶ turns ───────────┘ connections go on where they yielded
 */
import { Connection } from "../connection/connection.ts";
import { Context, type Endpoint, type Host } from "../command/context.ts";
import { EX_OSERR, StartError } from "../base/start-error.ts";
import { type ClientSocket, SocketTransport } from "./socket-transport.ts";
import { addressText, numericHosts } from "./addresses.ts";
import { Clock } from "../base/clock.ts";
import { Core } from "../core/core.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { HeldPool } from "../connection/held-replies.ts";
import { HostCounters } from "../base/host-counters.ts";
import { Listener } from "./listener.ts";
import type { ListenAddress, Settings } from "../base/settings.ts";
import type { LogWriter } from "../base/log.ts";
import { VectorWriter } from "./vector-writer.ts";
import { reply } from "../protocol/replies.ts";
import { adviseHugePages } from "./process/huge-pages.ts";
import { errorText } from "./process/error-text.ts";
import { setListenBacklog } from "./process/listen-backlog.ts";
import { slabClassTable } from "../command/stats.ts";

/** Buckets of a growing hash table that each tick moves on, beside those that insertions move. */
const EXPAND_PER_TICK = 65536;

const PROTOCOL_NAMES = { auto: "auto-negotiate", ascii: "ascii", binary: "binary" } as const;
const CLIENT_NAMES = {
  auto: "new auto-negotiating client connection",
  ascii: "new ascii client connection.",
  binary: "new binary client connection.",
} as const;

/** Called once when the server has stopped. */
export type OnStop = (graceful: boolean) => void;

export class Server implements Host {
  readonly context: Context;
  readonly #settings: Settings;
  readonly #counters = new HostCounters();
  readonly #capacity: number;
  readonly #log: LogWriter;
  readonly #onStop: OnStop;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  readonly #heldPool = new HeldPool();
  readonly #writer: VectorWriter | null;
  #turns: Connection[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;
  #wasExpanding = false;

  /** @param capacity connections that may be open at once: `-c`, or fewer */
  constructor(settings: Settings, capacity: number, log: LogWriter, onStop: OnStop) {
    this.#capacity = capacity;
    this.#settings = settings;
    this.#log = log;
    this.#onStop = onStop;
    const clock = new Clock(() => performance.now(), Date.now() / 1000);
    const core = new Core(settings);
    if (settings.preallocate) {
      const warning = adviseHugePages(core.bytes);
      if (warning !== null) log(`${warning}\n`);
    }
    this.#writer = VectorWriter.open(core.bytes);
    this.context = new Context(core, settings, clock, this, log, this.#counters);
    if (settings.verbosity > 1) log(slabClassTable(this.context));
  }

  // ── Start and stop ─────────────────────────────────────────────────────────────────────────────

  /** Binds every address. Throws a StartError when an entry of `-l` gave no socket. */
  async listen(): Promise<readonly Listener[]> {
    const { listen } = this.#settings;
    const entries = listen.length > 0 ? listen : [{ host: null, port: null }];
    for (const entry of entries) await this.#listenOn(entry);
    this.#timer = setInterval(() => this.#tick(), 1000);
    return this.#listeners;
  }

  async #listenOn({ host, port }: ListenAddress): Promise<void> {
    const wanted = port ?? this.#settings.port;
    let bound = wanted < 0 ? 0 : wanted;
    const before = this.#listeners.length;
    let failure: unknown = null;
    for (const address of await this.#resolve(host)) {
      try {
        const listener = this.#open(address, bound);
        // Every family of an ephemeral port gets the same number, where it is free.
        bound = listener.port;
      } catch (error) {
        failure ??= error;
      }
    }
    if (this.#listeners.length === before) this.#failToListen(wanted, failure);
  }

  async #resolve(host: string | null): Promise<string[]> {
    try {
      return await numericHosts(host);
    } catch (error) {
      this.#log(`getaddrinfo(): ${(error as Error).message}\n`);
      return this.#failToListen(this.#settings.port, error);
    }
  }

  #failToListen(port: number, cause: unknown): never {
    const { listenText } = this.#settings;
    const reason = errorText(cause);
    const what = listenText === null ? `TCP port ${port}` : `one of interface(s) ${listenText}`;
    throw new StartError(EX_OSERR, `failed to listen on ${what}: ${reason}`);
  }

  #open(host: string, port: number): Listener {
    const accept = (socket: ClientSocket, from: Listener): Connection | null =>
      this.#accept(socket, from);
    const listener = new Listener(host, port, accept, (error) => this.#fail(error));
    setListenBacklog(listener.id, this.#settings.backlog);
    this.#listeners.push(listener);
    this.#counters.currentConnections++;
    this.#counters.totalConnections++;
    this.#counters.descriptorsSeen.add(listener.id);
    const { verbosity, bindingProtocol } = this.#settings;
    if (verbosity > 1) {
      this.#log(`<${listener.id} server listening (${PROTOCOL_NAMES[bindingProtocol]})\n`);
    }
    return listener;
  }

  /** Drops every connection and stops listening. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const listener of this.#listeners) listener.stop();
    this.#listeners.length = 0;
  }

  /** A handler threw: our mistake. The cache may be damaged, so the process ends. */
  #fail(error: unknown): void {
    this.#log(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    process.abort();
  }

  // ── Connections ────────────────────────────────────────────────────────────────────────────────

  #accept(socket: ClientSocket, listener: Listener): Connection | null {
    const { verbosity, bindingProtocol } = this.#settings;
    if (this.#connections.size >= this.#capacity) {
      this.#counters.rejectedConnections++;
      socket.write(reply.tooManyConnections);
      socket.end();
      return null;
    }
    const id = socket.fd;
    if (verbosity > 1) this.#log(`<${id} ${CLIENT_NAMES[bindingProtocol]}\n`);
    const connection = new Connection(
      id,
      addressText(socket.remoteAddress, socket.remotePort),
      listener.address,
      this.context,
      new SocketTransport(socket, this.#writer, () => this.#forget(connection)),
      (yielding) => this.#askTurn(yielding),
      this.#heldPool,
    );
    this.#connections.add(connection);
    this.#counters.currentConnections++;
    this.#counters.totalConnections++;
    this.#counters.descriptorsSeen.add(id);
    return connection;
  }

  #forget(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#counters.currentConnections--;
  }

  /** Turns come after all sockets that are ready now had theirs. */
  #askTurn(connection: Connection): void {
    this.#turns.push(connection);
    if (this.#turns.length === 1) setImmediate(() => this.#giveTurns());
  }

  #giveTurns(): void {
    const turns = this.#turns;
    this.#turns = [];
    for (const connection of turns) connection.proceed();
  }

  #tick(): void {
    this.context.tick();
    this.#watchExpansion();
    const timeout = this.#settings.idleTimeoutSeconds;
    if (timeout === 0) return;
    for (const connection of this.#connections) {
      if (connection.isResting && connection.secondsSinceLastCommand > timeout) {
        this.#counters.idleKicks++;
        connection.kick();
      }
    }
  }

  #watchExpansion(): void {
    const { core } = this.context;
    const isExpanding = core.gauge(Gauge.IS_EXPANDING) !== 0;
    if (this.#settings.verbosity > 1 && isExpanding !== this.#wasExpanding) {
      this.#log(`Hash table expansion ${isExpanding ? "starting" : "done"}\n`);
    }
    this.#wasExpanding = isExpanding;
    if (isExpanding) core.abi.expand(EXPAND_PER_TICK);
  }

  // ── Host ───────────────────────────────────────────────────────────────────────────────────────

  *endpoints(): Iterable<Endpoint> {
    yield* this.#listeners;
    yield* this.#connections;
  }

  shutDown(graceful: boolean): void {
    // After the command at hand: its connection is closed first.
    setImmediate(() => this.#onStop(graceful));
  }

  get isAccepting(): boolean {
    return this.#listeners.length > 0;
  }
}
