/** A conversation over TCP on the loopback interface. */

import { type Socket, connect } from "node:net";
import { joined } from "./bytes.ts";
import type { Conversation } from "./subject.ts";

export class TcpConversation implements Conversation {
  private parts: Uint8Array[] = [];
  private ended = false;
  private arrivals = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.parts.push(bytes);
      this.arrived();
    });
    socket.on("end", () => this.finish());
    socket.on("close", () => this.finish());
    // A reset shows as a close; what had arrived before stays readable.
    socket.on("error", () => this.finish());
  }

  /** Connects; rejects when nobody listens. */
  static async open(host: string, port: number): Promise<TcpConversation> {
    const socket = connect({ host, port, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new TcpConversation(socket);
  }

  get closed(): boolean {
    return this.ended;
  }

  send(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  received(): Uint8Array {
    if (this.parts.length > 1) this.parts = [joined(this.parts)];
    return this.parts[0] ?? new Uint8Array(0);
  }

  async more(timeoutMs: number): Promise<boolean> {
    if (this.ended) return false;
    const before = this.arrivals;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.max(0, timeoutMs));
      const waiting = this.waiting;
      function done(): void {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      }
      waiting.add(done);
    });
    return this.arrivals > before;
  }

  endInput(): void {
    this.socket.end();
  }

  hangUp(): void {
    this.socket.destroy();
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.arrived();
    this.socket.end();
  }

  private arrived(): void {
    this.arrivals++;
    for (const wake of this.waiting) wake();
  }
}
