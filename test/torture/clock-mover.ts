/**
 * A connection that lets the server's time run: seconds pass in milliseconds.
 *
 * So that in a run of a moment items expire, are bumped a minute after their last access, and every
 * race with a tick of the clock gets its chance. Nothing in an exact world expires all the same:
 * what has an expiry there has weeks.
 */
import { Batch, emptyTally } from "./batch.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import type { Place } from "./place.ts";
import type { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import { expectOneOf } from "./workload.ts";

const STEPS = [1, 1, 1, 2, 61];

export async function moveClock(
  seed: number,
  place: Place,
  traffic: Traffic,
  progress: Progress,
): Promise<void> {
  const random = new Random(seed);
  const client = await LoadClient.connect(place, traffic);
  const batch = new Batch(emptyTally());
  // One hand at the clock: the server's own would now and then put it back by a second.
  batch.line("debugtime p", expectOneOf("debugtime p", "OK"));
  await client.exchange(batch);
  while (!progress.isOver) {
    batch.clear();
    batch.line(`debugtime ${random.pick(STEPS)}`, expectOneOf("debugtime", "OK"));
    await client.exchange(batch);
    await progress.after(1 + random.below(random.oneIn(3) ? 40 : 4));
  }
  batch.clear();
  batch.line("debugtime r", expectOneOf("debugtime r", "OK"));
  await client.exchange(batch);
  client.hangUp();
}
