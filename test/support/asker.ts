/**
 * A client that sends text and waits for the reply: for tests that compare servers of any kind.
 */
import { fromLatin1, latin1 } from "./bytes.ts";
import type { Server } from "./subject.ts";

const REPLY_TIMEOUT_MS = 10_000;

export class Asker {
  #seen = 0;

  private constructor(private readonly conversation: Awaited<ReturnType<Server["connect"]>>) {}

  static async open(server: Server): Promise<Asker> {
    return new Asker(await server.connect());
  }

  /** Sends text; everything up to a reply that ends so. */
  async ask(text: string, end: RegExp): Promise<string> {
    await this.conversation.send(latin1(text));
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    for (;;) {
      const all = this.conversation.received();
      const reply = fromLatin1(all.subarray(this.#seen));
      if (end.test(reply)) {
        this.#seen = all.length;
        return reply;
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no end of ${JSON.stringify(reply.slice(-200))}`);
      await this.conversation.more(left);
    }
  }

  /** The lines of a kind of stats whose names are like this. */
  async figures(kind: string, names: RegExp): Promise<string[]> {
    const reply = await this.ask(`${kind}\r\n`, /(?:^|\n)END\r\n$/);
    return reply.split("\r\n").filter((line) => names.test(line.split(" ")[1] ?? ""));
  }
}
