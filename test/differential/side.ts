/**
 * A side: one of the two servers, fed with batches.
 *
 * After every batch a line of padding ends whatever data block is still open, then a fence proves
 * that everything before it was answered. Uniques that the server shows are kept, so that each
 * side's cas commands carry its own.
 */

import { fromLatin1, latin1 } from "../support/bytes.ts";
import type { Conversation, Server } from "../support/subject.ts";
import { UNIQUE, spelt } from "./command.ts";
import { MISFIT_MAX } from "./generators.ts";
import { type Batch, cutPlaces, isCrawling, isDump } from "./plan.ts";

const TIMEOUT_MS = 10_000;
/** Longer than any data block can be short of, and a line that is no command. */
const PADDING = `${"z".repeat(4 * MISFIT_MAX)}\r\n`;
/** The last line of a dump, or the only one of a refusal. */
const DUMP_END = /(?:^|\n)(?:END|EN|(?:CLIENT_|SERVER_)?ERROR[^\n]*|B[A-Z]+ [^\n]*)\r\n$/;
const NO_UNIQUE = "9999999999999999";

export class Side {
  private conversation: Conversation | null = null;
  /** Received bytes that earlier batches accounted for. */
  private seen = 0;
  private fences = 0;

  /** @param uniques the ones shown last, by key */
  constructor(
    private readonly server: Server,
    private readonly uniques = new Map<string, string>(),
  ) {}

  /** Sends a batch; returns the replies to it, as Latin-1. */
  async play(batch: Batch): Promise<string> {
    this.conversation ??= await this.server.connect();
    if (batch.commands.some(isDump)) return this.dump(batch);
    const text = batch.commands.map((command) => this.filled(command)).join("");
    const fence = `fence-${String(this.fences++).padStart(10, "0")}`;
    const asked = `set fence 0 0 ${fence.length}\r\n${fence}\r\nget fence\r\n`;
    await this.send(`${text}${PADDING}${asked}`, batch);
    const answer = `STORED\r\nVALUE fence 0 ${fence.length}\r\n${fence}\r\nEND\r\n`;
    const replies = await this.replies(answer);
    this.remember(replies);
    const crawling = batch.commands.find(isCrawling);
    if (crawling !== undefined) await this.untilCrawled(crawling.words[1] === "disable");
    return batch.closer === null ? replies : replies + (await this.closed(batch.closer));
  }

  /** Sends a dump, and nothing before its end has come. */
  private async dump(batch: Batch): Promise<string> {
    const text = batch.commands.map((command) => this.filled(command)).join("");
    await this.send(text, batch);
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const bytes = this.conversation?.received() ?? new Uint8Array(0);
      const replies = fromLatin1(bytes.subarray(this.seen));
      if (DUMP_END.test(replies)) {
        this.seen = bytes.length;
        await this.untilCrawled(false);
        return replies;
      }
      const left = deadline - performance.now();
      if (left <= 0 || !(await this.conversation?.more(left))) return this.stuck();
    }
  }

  /** The crawler rests, or, `isOff`, has ended: then its figures are not shown any more. */
  private async untilCrawled(isOff: boolean): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    const busy = isOff ? /^STAT lru_crawler_running/m : /^STAT lru_crawler_running 1\r$/m;
    for (;;) {
      await this.conversation?.send(latin1("stats\r\n"));
      const stats = await this.replies("END\r\n");
      if (!busy.test(stats)) return;
      if (performance.now() >= deadline) throw new Error("the crawler does not rest");
    }
  }

  end(): void {
    this.conversation?.hangUp();
    this.conversation = null;
    this.seen = 0;
  }

  private filled(command: Batch["commands"][number]): string {
    const text = spelt(command);
    if (command.uniqueOf === null) return text;
    return text.replaceAll(UNIQUE, this.uniques.get(command.uniqueOf) ?? NO_UNIQUE);
  }

  private async send(text: string, batch: Batch): Promise<void> {
    let from = 0;
    for (const place of [...cutPlaces(text.length, batch), text.length]) {
      await this.conversation?.send(latin1(text.slice(from, place)));
      from = place;
      // Lets the packet leave on its own.
      if (place < text.length) await Bun.sleep(0);
    }
  }

  /** Everything up to the answer to the fence. */
  private async replies(answer: string): Promise<string> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const bytes = this.conversation?.received() ?? new Uint8Array(0);
      if (fromLatin1(bytes.subarray(-answer.length)) === answer && bytes.length > this.seen) {
        const replies = fromLatin1(bytes.subarray(this.seen, bytes.length - answer.length));
        this.seen = bytes.length;
        return replies;
      }
      const left = deadline - performance.now();
      if (left <= 0 || !(await this.conversation?.more(left))) return this.stuck();
    }
  }

  /** A reply that says so when the fence never came back: it will not compare equal. */
  private stuck(): string {
    const rest = fromLatin1(this.conversation?.received().subarray(this.seen) ?? new Uint8Array(0));
    const state = this.conversation?.closed === true ? "closed" : "stuck";
    this.end();
    return `${rest}<${state}>`;
  }

  private async closed(closer: string): Promise<string> {
    await this.conversation?.send(latin1(closer));
    const deadline = performance.now() + TIMEOUT_MS;
    while (this.conversation?.closed === false && performance.now() < deadline) {
      await this.conversation.more(deadline - performance.now());
    }
    return this.stuck();
  }

  private remember(replies: string): void {
    for (const [, key = "", unique = ""] of replies.matchAll(
      /^VALUE ([^ \r\n]+) \d+ \d+ (\d+)\r$/gm,
    )) {
      this.uniques.set(key, unique);
    }
  }
}
