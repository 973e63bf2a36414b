/**
 * The server: listeners, limits, the clock's ticks, and the end.
 *
 *     Bun socket ──▶ Listener ──▶ Connection ──▶ command ──▶ core
 *                                     ▲
 *     one second ──▶ Thread.tick ─────┘
 */
import type { Endpoint, Host } from "../command/context.ts";
import type { Connection } from "../connection/connection.ts";
import { Thread } from "../connection/thread.ts";
import { EX_OSERR, StartError } from "../base/start-error.ts";
import { type ClientSocket, SocketTransport } from "./socket-transport.ts";
import { addressText, numericHosts } from "./addresses.ts";
import { Clock } from "../base/clock.ts";
import { Core } from "../core/core.ts";
import { Listener } from "./listener.ts";
import type { ListenAddress, Settings } from "../base/settings.ts";
import type { LogWriter } from "../base/log.ts";
import { VectorWriter } from "./vector-writer.ts";
import { adviseHugePages } from "./process/huge-pages.ts";
import { errorText } from "./process/error-text.ts";
import { setListenBacklog } from "./process/listen-backlog.ts";

const PROTOCOL_NAMES = { auto: "auto-negotiate", ascii: "ascii", binary: "binary" } as const;
const CLIENT_NAMES = {
  auto: "new auto-negotiating client connection",
  ascii: "new ascii client connection.",
  binary: "new binary client connection.",
} as const;

/** Called once when a client asked the server to stop. */
export type OnStop = (graceful: boolean) => void;

export class Server implements Host {
  readonly runtimeName = `bun-${Bun.version}`;
  readonly #thread: Thread;
  readonly #settings: Settings;
  readonly #capacity: number;
  readonly #log: LogWriter;
  readonly #onStop: OnStop;
  readonly #writer: VectorWriter | null;
  readonly #listeners: Listener[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param capacity connections that may be open at once: `-c`, or fewer */
  constructor(settings: Settings, capacity: number, log: LogWriter, onStop: OnStop) {
    this.#settings = settings;
    this.#capacity = capacity;
    this.#log = log;
    this.#onStop = onStop;
    const core = new Core(settings);
    if (settings.preallocate) {
      const warning = adviseHugePages(core.bytes);
      if (warning !== null) log(`${warning}\n`);
    }
    this.#writer = VectorWriter.open(core.bytes, core.outbox);
    const clock = new Clock(() => performance.now(), Date.now() / 1000);
    this.#thread = new Thread(core, settings, clock, this, log, setImmediate);
  }

  // ── Start and stop ─────────────────────────────────────────────────────────────────────────────

  /** Binds every address. Throws a StartError when an entry of `-l` gave no socket. */
  async listen(): Promise<readonly Listener[]> {
    const { listen } = this.#settings;
    const entries = listen.length > 0 ? listen : [{ host: null, port: null }];
    for (const entry of entries) await this.#listenOn(entry);
    this.#timer = setInterval(() => this.#thread.tick(), 1000);
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
      this.#log(`getaddrinfo(): ${errorText(error)}\n`);
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
    this.#thread.countDescriptor(listener.id);
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
    this.#thread.stop();
  }

  /** A handler threw: our mistake. The cache may be damaged, so the process ends. */
  #fail(error: unknown): void {
    this.#log(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    process.abort();
  }

  // ── Connections ────────────────────────────────────────────────────────────────────────────────

  #accept(socket: ClientSocket, listener: Listener): Connection | null {
    if (this.#thread.connectionCount >= this.#capacity) {
      this.#thread.counters.rejectedConnections++;
      socket.write(Thread.refusal);
      socket.end();
      return null;
    }
    // A client that reset the connection before it was accepted has no address any more.
    const { remoteAddress } = socket as { remoteAddress: string | undefined };
    if (remoteAddress === undefined) {
      socket.end();
      return null;
    }
    const { verbosity, bindingProtocol } = this.#settings;
    if (verbosity > 1) this.#log(`<${socket.fd} ${CLIENT_NAMES[bindingProtocol]}\n`);
    return this.#thread.connect(
      socket.fd,
      addressText(remoteAddress, socket.remotePort),
      listener.address,
      (forget) => new SocketTransport(socket, this.#writer, forget),
    );
  }

  // ── Host ───────────────────────────────────────────────────────────────────────────────────────

  *endpoints(): Iterable<Endpoint> {
    yield* this.#listeners;
    yield* this.#thread.connections;
  }

  shutDown(graceful: boolean): void {
    // After the command at hand: its connection is closed first.
    setImmediate(() => this.#onStop(graceful));
  }

  get isAccepting(): boolean {
    return this.#listeners.length > 0;
  }
}
