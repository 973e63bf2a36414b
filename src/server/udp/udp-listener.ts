/**
 * A UDP socket that serves: Bun's, for one address.
 *
 * Datagrams that the system does not take at once wait, up to a limit; what is beyond it is lost,
 * as UDP may lose it anywhere. Errors of a socket are what routers and clients say (port
 * unreachable): they concern nobody here, but without a handler they would end the process.
 */
import type { Bound } from "../listener.ts";
import type { SendDatagram } from "../../connection/datagrams.ts";
import { addressText } from "../addresses.ts";

/** Bytes of datagrams that wait for the system. */
const WAITING_MAX = 8 * 1024 * 1024;

/** Bun's number for sockets that are for IPv6 alone; its types know no flags. */
const IPV6_ONLY = 8;

/** Executes a datagram and calls `send` with each one that answers it. */
export type ServeDatagram = (id: number, datagram: Uint8Array, send: SendDatagram) => void;

interface Waiting {
  readonly datagram: Uint8Array;
  readonly port: number;
  readonly host: string;
}

type UdpSocket = Bun.udp.Socket<"uint8array">;

export class UdpListener implements Bound {
  readonly id: number;
  readonly address: string;
  readonly port: number;
  readonly #socket: UdpSocket;
  #waiting: Waiting[] = [];
  #waitingLength = 0;

  private constructor(socket: UdpSocket, host: string) {
    this.#socket = socket;
    this.id = socket.fd;
    this.port = socket.port;
    this.address = addressText(host, socket.port).replace(/^tcp/, "udp");
  }

  /**
   * Rejects, with a `code` such as EADDRINUSE, when the address cannot be bound.
   *
   * @param port 0 = any free one
   * @param onFailure `serve` threw: our mistake
   */
  static async open(
    host: string,
    port: number,
    serve: ServeDatagram,
    onFailure: (error: unknown) => void,
  ): Promise<UdpListener> {
    let listener: UdpListener | null = null;
    const options = {
      hostname: host,
      port,
      flags: host.includes(":") ? IPV6_ONLY : 0,
      binaryType: "uint8array",
      socket: {
        data: (_socket: UdpSocket, datagram: Uint8Array, fromPort: number, fromHost: string) => {
          try {
            const send = (reply: Uint8Array): void => listener?.send(reply, fromPort, fromHost);
            if (listener !== null) serve(listener.id, datagram, send);
          } catch (error) {
            onFailure(error);
          }
        },
        drain: () => listener?.drained(),
        error: () => undefined,
      },
    };
    // The flags are known to the runtime, not to its types.
    const socket: UdpSocket = await Bun.udpSocket<"uint8array">(options as never);
    listener = new UdpListener(socket, host);
    return listener;
  }

  send(datagram: Uint8Array, port: number, host: string): void {
    if (this.#waiting.length === 0 && this.#sendNow(datagram, port, host)) return;
    if (this.#waitingLength + datagram.length > WAITING_MAX) return;
    this.#waiting.push({ datagram, port, host });
    this.#waitingLength += datagram.length;
  }

  /** False when the system takes no more for now. */
  #sendNow(datagram: Uint8Array, port: number, host: string): boolean {
    try {
      return this.#socket.send(datagram, port, host);
    } catch {
      // An address that cannot be reached: the datagram is lost.
      return true;
    }
  }

  drained(): void {
    let done = 0;
    for (const { datagram, port, host } of this.#waiting) {
      if (!this.#sendNow(datagram, port, host)) break;
      this.#waitingLength -= datagram.length;
      done++;
    }
    this.#waiting = this.#waiting.slice(done);
  }

  stop(): void {
    if (!this.#socket.closed) this.#socket.close();
  }
}
