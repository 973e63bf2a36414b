/** One random command of the classic text protocol and how it is spelt. */

/** Stands for the last unique the server showed for `uniqueOf`; no byte of a command. */
export const UNIQUE = "\u0100";

export interface Command {
  /** The words of the line, or a single one when the line is no command. */
  readonly words: readonly string[];
  /** Put between the words, and before the first one. */
  readonly gap: string;
  readonly lead: string;
  readonly lineEnd: "\r\n" | "\n";
  /** The data block with its end, or null. */
  readonly data: string | null;
  /** The key whose unique replaces `UNIQUE`. */
  readonly uniqueOf: string | null;
  /** Whether the data is as long as announced. */
  readonly fits: boolean;
}

export function command(words: readonly string[], more: Partial<Command> = {}): Command {
  const plain = { gap: " ", lead: "", lineEnd: "\r\n", data: null, uniqueOf: null } as const;
  return { words, ...plain, fits: true, ...more };
}

export function spelt({ words, gap, lead, lineEnd, data }: Command): string {
  return `${lead}${words.join(gap)}${lineEnd}${data ?? ""}`;
}
