/**
 * A connection that gives the server one admin command after the other, at random.
 *
 * One at a time: a dump takes its connection over, and refuses to be pipelined.
 */
import { Batch, emptyTally } from "../torture/batch.ts";
import { LoadClient, type Traffic } from "../torture/load-client.ts";
import type { Progress } from "../torture/progress.ts";
import { Violation } from "../torture/violation.ts";
import { Random } from "../support/random.ts";
import { ADMIN_COMMANDS, LAST_LINE, classOf } from "./admin-commands.ts";
import type { Tally } from "./tally.ts";

const CHOICES = ADMIN_COMMANDS.map((command) => [command, command.weight] as const);
/** Batches of the load between two commands, at most. */
const PAUSE_MAX = 40;

export interface AdministratorOptions {
  readonly port: number;
  readonly traffic: Traffic;
  readonly progress: Progress;
  readonly tally: Tally;
}

export async function administrate(seed: number, options: AdministratorOptions): Promise<void> {
  const { port, traffic, progress, tally } = options;
  const random = new Random(seed);
  const client = await LoadClient.connect(port, traffic);
  const batch = new Batch(emptyTally());
  while (!progress.isOver) {
    const command = random.weighted(CHOICES);
    const text = command.line(random);
    const take = (lines: readonly string[]): void => {
      const replyClass = classOf(command, lines);
      tally.add(command.name, replyClass);
      if (replyClass !== "wrong") return;
      const odd = lines.slice(0, -1).find((line) => command.body?.test(line) !== true);
      throw new Violation("an admin command's reply", { text, odd, last: lines.at(-1) });
    };
    batch.clear();
    if (command.body === undefined) batch.line(text, (line) => take([line]));
    else batch.lines(text, take, LAST_LINE);
    await client.exchange(batch);
    await progress.after(1 + random.below(PAUSE_MAX));
  }
  client.hangUp();
}
