/** How often each command had which class of reply: the soak's account of what it did. */
import type { ReplyClass } from "./admin-commands.ts";

export class Tally {
  readonly #counts = new Map<string, Record<ReplyClass, number>>();
  /** Commands of the load, and the values they got. */
  commands = 0;
  hits = 0;
  watchedLines = 0;

  add(name: string, replyClass: ReplyClass): void {
    const counts = this.#counts.get(name) ?? { done: 0, refused: 0, unknown: 0, wrong: 0 };
    counts[replyClass]++;
    this.#counts.set(name, counts);
  }

  count(name: string, replyClass: ReplyClass): number {
    return this.#counts.get(name)?.[replyClass] ?? 0;
  }

  /** Those of the names that were answered as if they were built. */
  builtOf(names: Iterable<string>): string[] {
    return [...names].filter((name) => {
      return this.count(name, "done") + this.count(name, "refused") > 0;
    });
  }

  rows(): string[] {
    return [...this.#counts].map(([name, { done, refused, unknown }]) => {
      const parts = [`${done} done`];
      if (refused > 0) parts.push(`${refused} refused`);
      if (unknown > 0) parts.push(`${unknown} unknown`);
      return `${name.padEnd(22)} ${parts.join(", ")}`;
    });
  }
}
