/**
 * How a server gets its connections.
 *
 * - One thread: it listens and serves.
 * - Several, TCP: each worker listens on the same address (SO_REUSEPORT), and the kernel deals the
 *   connections out by a hash. Any program of the same user could join them, a second server by
 *   mistake too; so the address is bound alone first, without listening, which fails if anybody
 *   has it.
 * - UDP: one socket for each address, served by the first worker or the only thread.
 * - Several, where that cannot be (Unix sockets, systems other than Linux): the main thread accepts
 *   and hands the descriptors of those it lets in over, to each worker in turn.
 */
import type { Socket, SocketHandler } from "bun";
import { type Bound, Listener, type Place, type Speech } from "./listener.ts";
import { Door } from "./door.ts";
import type { EventLoop } from "./event-loop.ts";
import type { WorkerPool } from "./worker-pool.ts";
import type { Settings } from "../base/settings.ts";
import type { SharedState } from "../base/shared-state.ts";
import { bindAlone } from "./process/lone-bind.ts";
import { failMainThread } from "./failure.ts";
import { addressText } from "./addresses.ts";
import { libc } from "./process/libc.ts";
import { moveListenerEntry } from "../connection/endpoints.ts";

/** Whether several sockets may listen on one address, with connections dealt out fairly. */
const CAN_SHARE_PORT = process.platform === "linux";

export interface Acceptor {
  /**
   * The socket, with several workers that of one of them. Rejects, with a `code` such as
   * EADDRINUSE, when the address cannot be bound.
   */
  listen(place: Place): Promise<Bound>;
  /** The same for UDP; with several workers one of them serves it. */
  listenDatagrams(host: string, port: number): Promise<Bound>;
  /** Stops listening. Connections of the main thread end. */
  stop(): void;
}

export class LocalAcceptor implements Acceptor {
  readonly #loop: EventLoop;

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  listen(place: Place): Promise<Bound> {
    return Promise.resolve(this.#loop.listen(place, false));
  }

  listenDatagrams(host: string, port: number): Promise<Bound> {
    return this.#loop.listenDatagrams(host, port);
  }

  stop(): void {
    this.#loop.stop();
  }
}

/** A client that reset the connection before it was accepted has no address any more. */
interface Peer {
  readonly remoteAddress?: string;
  readonly remotePort: number;
}

/** The main thread reads nothing: what a client sends waits for the worker. */
const unread: SocketHandler<undefined> = {
  data: () => undefined,
  error: (_socket, error) => failMainThread(error),
};

export class WorkerAcceptor implements Acceptor {
  readonly #pool: WorkerPool;
  readonly #settings: Settings;
  readonly #shared: SharedState;
  readonly #listeners: Listener<undefined>[] = [];
  readonly #door: Door<undefined>;

  /** @param capacity connections that may be open at once */
  constructor(pool: WorkerPool, settings: Settings, shared: SharedState, capacity: number) {
    const { connections, counters } = shared;
    const { refuseFast } = settings;
    this.#pool = pool;
    this.#settings = settings;
    this.#shared = shared;
    this.#door = new Door(this.#listeners, {
      connections,
      counters,
      capacity,
      refuseFast,
      onFailure: failMainThread,
    });
  }

  async listen(place: Place): Promise<Bound> {
    if ("path" in place || !CAN_SHARE_PORT) return this.#listenForAll(place);
    const port = bindAlone(place.host, place.port) ?? this.#listenAlone(place);
    return await this.#pool.listen({ ...place, port });
  }

  /** The port, found by listening on it for a moment. */
  #listenAlone(place: Place): number {
    const probe = new Listener<undefined>(place, {
      isShared: false,
      isSuspendable: false,
      backlog: this.#settings.backlog,
      handlers: unread,
      open: () => undefined,
    });
    probe.stop();
    return probe.port;
  }

  listenDatagrams(host: string, port: number): Promise<Bound> {
    return this.#pool.listenDatagrams(host, port);
  }

  #listenForAll(place: Place): Bound {
    const listener = new Listener<undefined>(place, {
      isShared: false,
      isSuspendable: !this.#settings.refuseFast,
      backlog: this.#settings.backlog,
      handlers: unread,
      open: (socket, from) =>
        this.#door.enter(socket, () => this.#handOver(socket, from, place.speech)),
      onMove: (from, to) => moveListenerEntry(this.#shared, from, to),
    });
    this.#listeners.push(listener);
    return listener;
  }

  /** The copy of the descriptor is the connection now; closing the original does not end it. */
  #handOver(socket: Socket<undefined>, { address }: Listener<undefined>, speech: Speech): void {
    const { remoteAddress, remotePort } = socket as Peer;
    const isUnix = address.startsWith("unix:");
    const descriptor = isUnix || remoteAddress !== undefined ? copyDescriptor(socket) : -1;
    socket.end();
    if (descriptor < 0) {
      this.#shared.connections.discharge();
      return;
    }
    this.#pool.deal({
      kind: "connection",
      descriptor,
      address: isUnix ? address : addressText(remoteAddress ?? "", remotePort),
      listenAddress: address,
      speech,
    });
  }

  stop(): void {
    this.#door.stop();
    for (const listener of this.#listeners) listener.stop();
    this.#listeners.length = 0;
    this.#pool.stop();
  }
}

/** A second descriptor of the same connection, or -1: there are none left, or no C library. */
function copyDescriptor(socket: Socket<undefined>): number {
  return libc()?.dup(socket.fd) ?? -1;
}
