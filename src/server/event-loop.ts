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
import { type Bound, Listener, type Place } from "./listener.ts";
import type { Connection } from "../connection/connection.ts";
import type { Core } from "../core/core.ts";
import type { LogWriter } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import type { SharedState } from "../base/shared-state.ts";
import { Thread } from "../connection/thread.ts";
import { VectorWriter } from "./vector-writer.ts";
import { addressText } from "./addresses.ts";
import { endpoints } from "../connection/endpoints.ts";
import { setListenBacklog } from "./process/listen-backlog.ts";

const CLIENT_NAMES = {
  auto: "new auto-negotiating client connection",
  ascii: "new ascii client connection.",
  binary: "new binary client connection.",
} as const;

/** What the event loop needs to know of the server that it is part of. */
export interface EventLoopOptions {
  readonly core: Core;
  readonly settings: Settings;
  readonly shared: SharedState;
  readonly log: LogWriter;
  /** Connections that may be open at once, in all threads together. */
  readonly capacity: number;
  /** A client asked the server to stop. */
  readonly onShutDown: (graceful: boolean) => void;
  /** A handler threw: our mistake. The cache may be damaged, so the process must end. */
  readonly onFailure: (error: unknown) => void;
}

export class EventLoop implements Host {
  readonly runtimeName = `bun-${Bun.version}`;
  readonly isAccepting = true;
  readonly #options: EventLoopOptions;
  readonly #thread: Thread;
  readonly #writer: VectorWriter | null;
  readonly #handlers: SocketHandler<Connection | null>;
  readonly #listeners: Listener<Connection | null>[] = [];

  constructor(options: EventLoopOptions) {
    const { core, settings, shared, log, onFailure } = options;
    this.#options = options;
    this.#writer = VectorWriter.open(core.bytes, core.outbox);
    this.#thread = new Thread(core, settings, shared, this, log, setImmediate);
    this.#handlers = {
      binaryType: "uint8array",
      data: (socket, bytes) => socket.data?.receive(bytes),
      drain: (socket) => socket.data?.drained(),
      end: (socket) => socket.data?.inputEnded(),
      close: (socket) => socket.data?.gone(),
      error: (_socket, error) => onFailure(error),
    };
  }

  /**
   * Throws when the address cannot be bound.
   *
   * @param isShared whether other threads listen there too
   */
  listen(place: Place, isShared: boolean): Bound {
    const listener = new Listener<Connection | null>(
      place,
      isShared,
      this.#handlers,
      (socket, { address }) => this.#accept(socket, address),
    );
    setListenBacklog(listener.id, this.#options.settings.backlog);
    this.#listeners.push(listener);
    return listener;
  }

  /** Serves a connection that another thread accepted; `descriptor` belongs to it from now on. */
  adopt(descriptor: number, address: string, listenAddress: string): void {
    const socket = {
      ...this.#handlers,
      open: (opened: ClientSocket) => this.#serve(opened, address, listenAddress),
    };
    // Known to the runtime, not to its types.
    void Bun.connect({ fd: descriptor, allowHalfOpen: true, data: null, socket } as never);
  }

  #accept(socket: ClientSocket, listenAddress: string): void {
    // A client that reset the connection before it was accepted has no address any more.
    const { remoteAddress } = socket as { remoteAddress: string | undefined };
    const isUnix = listenAddress.startsWith("unix:");
    if (isUnix) this.#serve(socket, listenAddress, listenAddress);
    else if (remoteAddress === undefined) socket.end();
    else this.#serve(socket, addressText(remoteAddress, socket.remotePort), listenAddress);
  }

  #serve(socket: ClientSocket, address: string, listenAddress: string): void {
    socket.data = null;
    if (!this.#thread.admit(this.#options.capacity)) {
      socket.write(Thread.refusal);
      socket.end();
      return;
    }
    const { settings, log } = this.#options;
    this.#thread.context.refreshSettings();
    if (settings.verbosity > 1) log(`<${socket.fd} ${CLIENT_NAMES[settings.bindingProtocol]}\n`);
    socket.data = this.#thread.connect(
      socket.fd,
      address,
      listenAddress,
      (forget) => new SocketTransport(socket, this.#writer, forget),
    );
  }

  tick(): void {
    this.#thread.tick();
  }

  /** Drops every connection and stops listening. */
  stop(): void {
    for (const listener of this.#listeners) listener.stop();
    this.#listeners.length = 0;
    this.#thread.stop();
  }

  // ── Host ───────────────────────────────────────────────────────────────────────────────────────

  endpoints(): Iterable<Endpoint> {
    return endpoints(this.#options.shared);
  }

  shutDown(graceful: boolean): void {
    // After the command at hand: its connection is closed first.
    setImmediate(() => this.#options.onShutDown(graceful));
  }
}
