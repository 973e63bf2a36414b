/**
 * Comparison: runs a plan against two servers and finds the first batch they answer differently.
 *
 * With an older server on one side uniques cannot be equal, only correspond: each is replaced by
 * the order of its first appearance, which keeps what is equal equal.
 */

import { latin1, readable } from "../support/bytes.ts";
import type { Server } from "../support/subject.ts";
import { spelt } from "./command.ts";
import { type Profile, normaliser } from "./declared.ts";
import type { Batch } from "./plan.ts";
import { Side } from "./side.ts";

export interface Difference {
  /** Which batch it was, from 0. */
  readonly batch: number;
  readonly text: string;
}

export interface Limits {
  readonly batches: number;
  /** `performance.now()` at which to stop. */
  readonly until: number;
}

export interface Outcome {
  readonly batches: number;
  readonly commands: number;
  readonly difference: Difference | null;
}

/** Plays batches on both servers until they differ, the batches end, or the limits are reached. */
export async function compare(
  servers: readonly [Server, Server],
  batches: Iterable<Batch>,
  profile: Profile,
  limits: Limits,
): Promise<Outcome> {
  const sides = [new Side(servers[0]), new Side(servers[1])] as const;
  const normalise = normaliser(profile);
  const readers = [reader(profile), reader(profile)] as const;
  let count = 0;
  let commands = 0;
  try {
    for (const batch of batches) {
      if (count >= limits.batches || performance.now() >= limits.until) break;
      const [a, b] = await Promise.all([played(sides[0], batch), played(sides[1], batch)]);
      commands += batch.commands.length;
      const left = normalise(readers[0](a));
      const right = normalise(readers[1](b));
      if (left !== right || left.endsWith(FAILED)) {
        const text = explanation(batch, left, right);
        return { batches: count + 1, commands, difference: { batch: count, text } };
      }
      count++;
    }
  } finally {
    for (const side of sides) side.end();
  }
  return { batches: count, commands, difference: null };
}

/** Ends the replies of a batch whose fence never came back: that is never equal. */
const FAILED = "<failed>";

/** The replies of a side; that its server died is a kind of answer, too. */
async function played(side: Side, batch: Batch): Promise<string> {
  try {
    const replies = await side.play(batch);
    return replies.endsWith("<stuck>") ? `${replies}${FAILED}` : replies;
  } catch (error) {
    return `${String(error)}${FAILED}`;
  }
}

/** Replaces uniques by the order of their appearance where they cannot be equal. */
export function reader(
  profile: Profile,
  order = new Map<string, number>(),
): (reply: string) => string {
  if (profile === "same") return (reply) => reply;
  const ordinal = (_: string, head: string, unique: string, tail: string): string => {
    const index = order.get(unique) ?? order.size;
    order.set(unique, index);
    return `${head}unique-${index}${tail}`;
  };
  return (reply) => {
    return reply
      .replace(/^(VALUE [^ \r\n]+ \d+ \d+ )(\d+)(\r)$/gm, ordinal)
      .replace(/^((?:VA \d+|HD|NS|EX|NF)(?: [^ \r\n]+)* c)(\d+)([ \r])/gm, ordinal);
  };
}

function explanation(batch: Batch, left: string, right: string): string {
  const lines = [left.split("\n"), right.split("\n")] as const;
  let at = 0;
  while (at < lines[0].length && lines[0][at] === lines[1][at]) at++;
  const shown = (side: readonly string[]): string => {
    return readable(latin1(side.slice(Math.max(0, at - 2), at + 3).join("\n")), 600);
  };
  const sent = batch.commands.map((command) => shortened(spelt(command))).join("\n");
  return `first difference at reply line ${at + 1} of the batch
--- a
${shown(lines[0])}
--- b
${shown(lines[1])}
--- sent (cut into ${batch.cuts + 1}, ${batch.closer === null ? "stays open" : "then closed"})
${sent}`;
}

function shortened(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 150)}…(${text.length})` : text;
  return JSON.stringify(shown);
}
