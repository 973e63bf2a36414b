/**
 * A listening socket: Bun's, TCP or Unix.
 *
 * What becomes of a connection that it accepts is its owner's business: an event loop serves it, or
 * the main thread hands it over to one.
 */
import type { Socket, SocketHandler, SocketListener, TCPSocketListener } from "bun";
import type { BindingProtocol } from "../base/settings.ts";
import type { TlsMode } from "./tls/tls-gate.ts";
import { addressText } from "./addresses.ts";

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

export class Listener<Data> implements Bound {
  readonly id: number;
  readonly address: string;
  readonly port: number;
  readonly #socket: SocketListener<Data>;

  /**
   * Throws, with a `code` such as EADDRINUSE, when the address cannot be bound.
   *
   * @param isShared other sockets of ours listen there too; the kernel deals connections out
   * @param open called for each new socket
   */
  constructor(
    place: Place,
    isShared: boolean,
    handlers: SocketHandler<Data>,
    open: (socket: Socket<Data>, listener: Listener<Data>) => void,
  ) {
    const socket = { ...handlers, open: (accepted: Socket<Data>) => open(accepted, this) };
    const common = { allowHalfOpen: true, socket };
    if ("path" in place) {
      // Half-open sockets are known to the runtime here too, but not to its types.
      this.#socket = Bun.listen<Data>({ ...common, unix: place.path } as never);
      this.port = 0;
      this.address = `unix:${place.path}`;
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
    this.id = this.#socket.fd;
  }

  stop(): void {
    this.#socket.stop(true);
  }
}
