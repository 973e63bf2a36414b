/**
 * A relay between a client and a server that can change bytes on their way: what an attacker on
 * the network can do to a TLS connection.
 */
import { type Server, type Socket, connect, createServer } from "node:net";

export class TamperingProxy implements AsyncDisposable {
  #isTampering = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const server = connect(target, "127.0.0.1");
      this.#join(client, server, true);
      this.#join(server, client, false);
    });
  }

  static async start(target: number): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** From now on the last byte of everything that clients send is another one. */
  tamper(): void {
    this.#isTampering = true;
  }

  #join(from: Socket, to: Socket, isFromClient: boolean): void {
    this.#sockets.add(from);
    from.on("data", (bytes: Buffer) => {
      if (isFromClient && this.#isTampering) bytes[bytes.length - 1] = ~(bytes.at(-1) ?? 0) & 0xff;
      to.write(bytes);
    });
    from.on("end", () => to.end());
    from.on("close", () => to.destroy());
    from.on("error", () => to.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
