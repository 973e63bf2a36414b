/** How often each command had which class of reply: the soak's account of what it did. */
import type { ReplyClass } from "./admin-commands.ts";

export class Tally {
  readonly #counts = new Map<string, Record<ReplyClass, number>>();
  /** Commands of the load, and the values they got. */
  commands = 0;
  hits = 0;
  watchedLines = 0;

  add(name: string, replyClass: ReplyClass): void {
    const counts = this.#counts.get(name) ?? { done: 0, refused: 0, wrong: 0 };
    counts[replyClass]++;
    this.#counts.set(name, counts);
  }

  count(name: string, replyClass: ReplyClass): number {
    return this.#counts.get(name)?.[replyClass] ?? 0;
  }

  rows(): string[] {
    return [...this.#counts].map(([name, { done, refused }]) => {
      const parts = [`${done} done`];
      if (refused > 0) parts.push(`${refused} refused`);
      return `${name.padEnd(22)} ${parts.join(", ")}`;
    });
  }
}
