/**
 * A listening socket: Bun's, TCP or Unix.
 *
 * What becomes of a connection that it accepts is its owner's business: an event loop serves it, or
 * the main thread hands it over to one.
 */
import type { Socket, SocketHandler, SocketListener, TCPSocketListener } from "bun";
import { closeSync } from "node:fs";
import type { BindingProtocol } from "../base/settings.ts";
import type { TlsMode } from "./tls/tls-gate.ts";
import { addressText } from "./addresses.ts";
import { libc } from "./process/libc.ts";
import { setListenBacklog } from "./process/listen-backlog.ts";
import { nameSocket, spareName, unlinkStaleSocket } from "./unix-socket.ts";

/** What a listener's clients speak. */
export interface Speech {
  /** Clients speak TLS; this is what is asked of them. */
  readonly tls: TlsMode | undefined;
  readonly protocol: BindingProtocol;
}

/** An address and a port. */
export interface NetworkPlace {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly speech: Speech;
}

/** A file. */
export interface UnixPlace {
  readonly path: string;
  readonly speech: Speech;
}

/** Where to listen. */
export type Place = NetworkPlace | UnixPlace;

/** A listening socket, as it is told about. */
export interface Bound {
  readonly id: number;
  /** As `stats conns` shows it. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
}

/** How a listener's owner wants it. */
export interface ListenerOptions<Data> {
  /** Other sockets of ours listen there too; the kernel deals connections out. */
  readonly isShared: boolean;
  /** `-b`. */
  readonly backlog: number;
  readonly handlers: SocketHandler<Data>;
  /** `suspend` may be called. */
  readonly isSuspendable: boolean;
  /** Called for each new socket. */
  readonly open: (socket: Socket<Data>, listener: Listener<Data>) => void;
  /** Called when it goes on under another descriptor; the old one is closed after that. */
  readonly onMove?: (from: number, to: number) => void;
}

export class Listener<Data> implements Bound {
  readonly address: string;
  readonly port: number;
  readonly #options: ListenerOptions<Data>;
  readonly #handlers: SocketHandler<Data>;
  /** Of a Unix socket: the path that is ours to remove. */
  readonly #ownPath: string | null = null;
  #id: number;
  /** Null while it is suspended: the descriptor `id` is ours then. */
  #socket: SocketListener<Data> | null;

  /** Throws, with a `code` such as EADDRINUSE, when the address cannot be bound. */
  constructor(place: Place, options: ListenerOptions<Data>) {
    this.#options = options;
    const { isShared, handlers, open } = options;
    const socket = { ...handlers, open: (accepted: Socket<Data>) => open(accepted, this) };
    this.#handlers = socket;
    const common = { allowHalfOpen: true, socket };
    if ("path" in place) {
      const { path } = place;
      // Bun removes the path that it has bound with its listener: there it is to have another.
      const bound = options.isSuspendable ? spareName(path) : path;
      // Half-open sockets are known to the runtime here too, but not to its types.
      this.#socket = Bun.listen<Data>({ ...common, unix: bound } as never);
      if (bound !== path) {
        this.#ownPath = path;
        nameSocket(bound, path, () => this.#socket?.stop(true));
      }
      this.port = 0;
      this.address = `unix:${path}`;
    } else {
      const { host, port } = place;
      const listener: TCPSocketListener<Data> = Bun.listen<Data>({
        ...common,
        hostname: host,
        port,
        ipv6Only: host.includes(":"),
        reusePort: isShared,
      } as never);
      this.#socket = listener;
      this.port = listener.port;
      this.address = addressText(host, this.port);
    }
    this.#id = this.#socket.fd;
    setListenBacklog(this.#id, options.backlog);
  }

  get id(): number {
    return this.#id;
  }

  /**
   * Accepts nobody until `resume`: clients stay in the socket's queue. A copy of the descriptor
   * keeps the queue while Bun closes its own. Returns false where that cannot be done.
   */
  suspend(): boolean {
    if (this.#socket === null) return true;
    const copy = libc()?.dup(this.#id) ?? -1;
    if (copy < 0) return false;
    this.#options.onMove?.(this.#id, copy);
    this.#id = copy;
    this.#socket.stop(false);
    this.#socket = null;
    return true;
  }

  resume(): void {
    if (this.#socket !== null) return;
    // A descriptor to listen on is known to the runtime, not to its types.
    const options = { allowHalfOpen: true, socket: this.#handlers, fd: this.#id };
    this.#socket = Bun.listen<Data>(options as never);
    setListenBacklog(this.#id, this.#options.backlog);
  }

  /** Ends it, and every connection that it accepted since it was suspended last. */
  stop(): void {
    if (this.#socket === null) closeSync(this.#id);
    else this.#socket.stop(true);
    if (this.#ownPath !== null) unlinkStaleSocket(this.#ownPath);
  }
}
