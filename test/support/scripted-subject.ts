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
