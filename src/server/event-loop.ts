/**
 * One thread's event loop: its sockets, and the thread of connections that serves them.
 *
 *     Bun socket ──▶ handlers ──▶ Connection ──▶ command ──▶ core
 *                                     ▲
 *     one second ──▶ Thread.tick ─────┘
 *
 * With one thread the main thread has it; with several each worker has its own.
 */
import type { SocketHandler } from "bun";
import type { Endpoint, Host } from "../command/context.ts";
import { type ClientSocket, SocketTransport } from "./socket-transport.ts";
import { type Bound, Listener, type Place, type Speech } from "./listener.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionMessage } from "./messages.ts";
import type { CoreFacade } from "../core/facade.ts";
import { Door } from "./door.ts";
import type { Job } from "../core/maintenance.ts";
import { LogClient, type ToLogger, type Watcher } from "../base/log-client.ts";
import type { LogWriter } from "../base/log.ts";
import { GARBAGE_MAX, OldGarbage } from "./process/old-garbage.ts";
import type { Settings } from "../base/settings.ts";
import type { SharedState } from "../base/shared-state.ts";
import { Thread } from "../connection/thread.ts";
import { TlsGate } from "./tls/tls-gate.ts";
import { UdpListener } from "./udp/udp-listener.ts";
import { VectorWriter } from "./vector-writer.ts";
import { addressText } from "./addresses.ts";
import { errorText } from "./process/error-text.ts";
import { growSendBuffer } from "./process/send-buffer.ts";
import { streamingCopy } from "./process/streaming-copy.ts";
import { refreshCertificates } from "./tls/certificates.ts";
import { endpoints, moveListenerEntry } from "../connection/endpoints.ts";
import { unixMicroseconds } from "./wall-clock.ts";

const CLIENT_NAMES = {
  auto: "new auto-negotiating client connection",
  ascii: "new ascii client connection.",
  binary: "new binary client connection.",
} as const;

/** What the event loop needs to know of the server that it is part of. */
export interface EventLoopOptions {
  readonly core: CoreFacade;
  readonly settings: Settings;
  readonly shared: SharedState;
  readonly log: LogWriter;
  /** Connections that may be open at once, in all threads together. */
  readonly capacity: number;
  /** What the logger of the server has to know. */
  readonly tellLogger: (message: ToLogger) => void;
  /** A client asked the server to stop. */
  readonly onShutDown: (graceful: boolean) => void;
  /** A client asked the background to do something. */
  readonly onJob: (job: Job) => void;
  /** A handler threw: our mistake. The cache may be damaged, so the process must end. */
  readonly onFailure: (error: unknown) => void;
}

export class EventLoop implements Host {
  readonly runtimeName = `bun-${Bun.version}`;
  readonly #options: EventLoopOptions;
  readonly #thread: Thread;
  readonly #writer: VectorWriter | null;
  readonly #handlers: SocketHandler<Connection | null>;
  /** Of sockets that carry TLS: what they read is the TLS layer's. */
  readonly #rawHandlers: SocketHandler<Connection | null>;
  readonly #tls: TlsGate;
  readonly #logClient: LogClient;
  readonly #oldGarbage: OldGarbage;
  readonly #listeners: Listener<Connection | null>[] = [];
  readonly #door: Door<Connection | null>;
  readonly #udpListeners: UdpListener[] = [];

  constructor(options: EventLoopOptions) {
    const { core, settings, shared, log, onFailure, tellLogger } = options;
    this.#options = options;
    this.#oldGarbage = new OldGarbage(GARBAGE_MAX / settings.threads);
    core.events.clock = unixMicroseconds;
    this.#writer = VectorWriter.open(core.memories, core.outbox);
    for (const own of core.cores) own.copyLarge = streamingCopy(own.bytes);
    this.#thread = new Thread(core, settings, shared, this, log, setImmediate);
    this.#door = new Door(this.#listeners, {
      connections: shared.connections,
      counters: shared.counters,
      capacity: options.capacity,
      refuseFast: settings.refuseFast,
      onFailure,
    });
    this.#logClient = new LogClient(shared.watchers, settings.watcherLogBufferSize, tellLogger);
    this.#handlers = {
      binaryType: "uint8array",
      data: (socket, bytes) => socket.data?.receive(bytes),
      drain: (socket) => socket.data?.drained(),
      end: (socket) => socket.data?.inputEnded(),
      close: (socket, error) => {
        const connection = socket.data;
        if (connection !== null && error !== undefined) {
          core.events.connectionFailed(connection.id, errorText(error));
        }
        connection?.gone();
      },
      error: (_socket, error) => onFailure(error),
    };
    // What goes wrong here is the peer's doing: our own mistakes are caught where they are made.
    this.#rawHandlers = { drain: () => undefined, error: (socket) => void socket.end() };
    this.#tls = new TlsGate({
      settings,
      certificates: shared.certificates,
      counters: shared.counters,
      events: core.events,
      handlers: this.#handlers,
      onFailure,
      log,
    });
  }

  /**
   * Throws when the address cannot be bound.
   *
   * @param isShared whether other threads listen there too
   */
  listen(place: Place, isShared: boolean): Bound {
    const { speech } = place;
    const listener = new Listener<Connection | null>(place, {
      isShared,
      isSuspendable: !this.#options.settings.refuseFast,
      backlog: this.#options.settings.backlog,
      handlers: speech.tls === undefined ? this.#handlers : this.#rawHandlers,
      open: (socket, { address }) => this.#guard(() => this.#accept(socket, address, speech)),
      onMove: (from, to) => moveListenerEntry(this.#options.shared, from, to),
    });
    this.#listeners.push(listener);
    return listener;
  }

  /** Rejects when the address cannot be bound. */
  async listenDatagrams(host: string, port: number): Promise<Bound> {
    const { settings, log, onFailure } = this.#options;
    const listener = await UdpListener.open(
      host,
      port,
      (id, datagram, send) => this.#thread.serveDatagram(id, datagram, send),
      onFailure,
    );
    this.#udpListeners.push(listener);
    const told = growSendBuffer(listener.id);
    if (settings.verbosity > 1 && told !== null) log(`${told}\n`);
    return listener;
  }

  /** Serves a connection that another thread let in; `descriptor` belongs to it from now on. */
  adopt({ descriptor, address, listenAddress, speech }: ConnectionMessage): void {
    const socket = {
      ...(speech.tls === undefined ? this.#handlers : this.#rawHandlers),
      open: (opened: ClientSocket) =>
        this.#guard(() => this.#serve(opened, address, listenAddress, speech)),
      connectError: () => this.#options.shared.connections.discharge(),
    };
    // Known to the runtime, not to its types.
    void Bun.connect({ fd: descriptor, allowHalfOpen: true, data: null, socket } as never);
  }

  /** Mistakes of ours do not pass for errors of a socket. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  #accept(socket: ClientSocket, listenAddress: string, speech: Speech): void {
    // A client that reset the connection before it was accepted has no address any more.
    const { remoteAddress } = socket as { remoteAddress: string | undefined };
    const isUnix = listenAddress.startsWith("unix:");
    if (!isUnix && remoteAddress === undefined) {
      socket.end();
      return;
    }
    const address = isUnix ? listenAddress : addressText(remoteAddress ?? "", socket.remotePort);
    socket.data = null;
    this.#door.enter(socket, () => this.#serve(socket, address, listenAddress, speech));
  }

  /** Takes on a client that was let in. */
  #serve(
    socket: ClientSocket,
    address: string,
    listenAddress: string,
    { tls, protocol }: Speech,
  ): void {
    socket.data = null;
    const { settings, log } = this.#options;
    this.#thread.context.refreshSettings();
    // An upgraded socket has its descriptor no more.
    const id = socket.fd;
    if (settings.verbosity > 1) log(`<${id} ${CLIENT_NAMES[protocol]}\n`);
    const served = tls === undefined ? socket : this.#tls.upgrade(socket, tls);
    if (served === null) {
      this.#options.shared.connections.discharge();
      socket.end();
      return;
    }
    // Past the TLS layer nothing may be written.
    const writer = tls === undefined ? this.#writer : null;
    served.data = this.#thread.connect(
      id,
      address,
      listenAddress,
      (forget) => new SocketTransport(served, writer, forget),
      protocol,
    );
  }

  /** To be called once a second. */
  tick(): void {
    this.#thread.tick();
    this.#oldGarbage.tick();
  }

  /** Drops every connection and stops listening. */
  stop(): void {
    this.#door.stop();
    for (const listener of [...this.#listeners, ...this.#udpListeners]) listener.stop();
    this.#listeners.length = 0;
    this.#udpListeners.length = 0;
    this.#thread.stop();
  }

  // ── Host ───────────────────────────────────────────────────────────────────────────────────────

  endpoints(): Iterable<Endpoint> {
    return endpoints(this.#options.shared);
  }

  watch(kinds: number): Watcher | "too many" | "no memory" {
    return this.#logClient.open(kinds);
  }

  /** The logger has written lines for a watcher of this thread. */
  linesCame(watcher: number, isOver: boolean): void {
    this.#guard(() => this.#logClient.linesCame(watcher, isOver));
  }

  refreshCertificates(): string | null {
    const { settings, shared } = this.#options;
    return refreshCertificates(settings.tls, shared.certificates, shared.clock.now);
  }

  start(job: Job): void {
    this.#options.onJob(job);
  }

  shutDown(graceful: boolean): void {
    // After the command at hand: its connection is closed first.
    setImmediate(() => this.#options.onShutDown(graceful));
  }
}
