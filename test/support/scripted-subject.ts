/**
 * A pretended server for tests of the test tools: it answers every line with that line.
 *
 * `version` and `flush_all` are answered as a memcached does. With a surplus it adds those words to
 * every answer to `version`.
 */

import { fromLatin1, latin1 } from "./bytes.ts";
import type { Conversation, Server, Subject } from "./subject.ts";

export class EchoSubject implements Subject {
  readonly name = "echo";
  /** How many connections were made. */
  connections = 0;

  constructor(
    private readonly surplus: string,
    readonly native = false,
  ) {}

  open(): Promise<Server> {
    return Promise.resolve({
      connect: () => {
        this.connections++;
        return Promise.resolve(new EchoConversation(this.surplus));
      },
      advance: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    });
  }
}

class EchoConversation implements Conversation {
  readonly closed = false;
  private pending = "";
  private output = "";

  constructor(private readonly surplus: string) {}

  send(bytes: Uint8Array): void {
    const lines = (this.pending + fromLatin1(bytes)).split("\r\n");
    this.pending = lines.pop() ?? "";
    for (const line of lines) this.output += this.answer(line);
  }

  received(): Uint8Array {
    return latin1(this.output);
  }

  more(): Promise<boolean> {
    return Promise.resolve(false);
  }

  endInput(): void {}

  hangUp(): void {}

  private answer(line: string): string {
    if (line === "version") return `${this.surplus}VERSION 1.2.3\r\n`;
    return line === "flush_all" ? "OK\r\n" : `${line}\r\n`;
  }
}

/** A subject whose servers answer a byte too many where a packet ends at one place of the input. */
export class SlippingSubject implements Subject {
  readonly name: string;
  readonly native: boolean;
  /** How many servers were opened. */
  opened = 0;

  /** @param at bytes of a connection's input that the packet and those before it have */
  constructor(
    private readonly real: Subject,
    private readonly at: number,
  ) {
    this.name = `${real.name}, slipping`;
    this.native = real.native;
  }

  async open(options: readonly string[]): Promise<Server> {
    this.opened++;
    const server = await this.real.open(options);
    return {
      connect: async () => new SlippingConversation(await server.connect(), this.at),
      advance: (seconds) => server.advance(seconds),
      stop: () => server.stop(),
    };
  }
}

class SlippingConversation implements Conversation {
  private sent = 0;
  private slip = "";

  constructor(
    private readonly real: Conversation,
    private readonly at: number,
  ) {}

  get closed(): boolean {
    return this.real.closed;
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.real.send(bytes);
    this.sent += bytes.length;
    if (this.sent === this.at) this.slip = "!";
  }

  received(): Uint8Array {
    return latin1(fromLatin1(this.real.received()) + this.slip);
  }

  more(timeoutMs: number): Promise<boolean> {
    return this.real.more(timeoutMs);
  }

  endInput(): void | Promise<void> {
    return this.real.endInput();
  }

  hangUp(): void {
    this.real.hangUp();
  }
}
