/**
 * A listening socket: Bun's, with handlers that hand every event to the connection it belongs to.
 */
import type { TCPSocketListener } from "bun";
import type { Connection } from "../connection/connection.ts";
import type { Endpoint } from "../command/context.ts";
import type { ClientSocket } from "./socket-transport.ts";
import { State, stateName } from "../connection/state.ts";
import { addressText } from "./addresses.ts";

/** What a listener asks for a new socket: its connection, or null to refuse it. */
export type Accept = (socket: ClientSocket, listener: Listener) => Connection | null;

/** Tells of a handler that threw: our mistake, so the process cannot go on. */
export type Fail = (error: unknown) => void;

const handlers = {
  data(socket: ClientSocket, bytes: Uint8Array): void {
    socket.data?.receive(bytes);
  },
  drain(socket: ClientSocket): void {
    socket.data?.drained();
  },
  end(socket: ClientSocket): void {
    socket.data?.inputEnded();
  },
  close(socket: ClientSocket): void {
    socket.data?.gone();
  },
};

export class Listener implements Endpoint {
  readonly id: number;
  readonly address: string;
  readonly listenAddress = null;
  readonly stateName = stateName(State.LISTENING);
  readonly secondsSinceLastCommand = 0;
  readonly isIpv6: boolean;
  readonly port: number;
  readonly #socket: TCPSocketListener<Connection | null>;

  /** Throws, with a `code` such as EADDRINUSE, when the address cannot be bound. */
  constructor(host: string, port: number, accept: Accept, fail: Fail) {
    this.isIpv6 = host.includes(":");
    this.#socket = Bun.listen<Connection | null>({
      hostname: host,
      port,
      ipv6Only: this.isIpv6,
      allowHalfOpen: true,
      data: null,
      socket: {
        ...handlers,
        binaryType: "uint8array",
        open: (socket) => {
          socket.data = accept(socket, this);
        },
        error(_socket, error) {
          fail(error);
        },
      },
    });
    this.id = this.#socket.fd;
    this.port = this.#socket.port;
    this.address = addressText(host, this.port);
  }

  stop(): void {
    this.#socket.stop(true);
  }
}
