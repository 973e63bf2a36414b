/**
 * A connection that has slab pages moved from class to class as fast as the server does it, while
 * all others work on what lives in them. Whatever is said, no item may suffer.
 */
import { Batch, emptyTally } from "./batch.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import type { Place } from "./place.ts";
import type { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/waiting.ts";
import { expectOneOf } from "./workload.ts";

const ANY_CLASS = -1;
const POOL = 0;

/** A page waits for whoever holds one of its items: a slow reader, and a large value's upload. */
const PATIENCE_MS = 20_000;

const REASSIGNED = [
  "OK",
  "BUSY currently processing reassign request",
  "BADCLASS invalid src or dst class id",
  "NOSPARE source class has no spare pages",
  "SAME src and dst class are identical",
];

/** The classes that have pages. */
async function classesOf(client: LoadClient): Promise<number[]> {
  const ids: number[] = [];
  const batch = new Batch(emptyTally());
  batch.lines("stats slabs", (lines) => {
    for (const line of lines) {
      const [, id] = /^STAT (\d+):total_pages [1-9]/.exec(line) ?? [];
      if (id !== undefined) ids.push(Number(id));
    }
  });
  await client.exchange(batch);
  return ids;
}

function reassign(batch: Batch, random: Random, classes: readonly number[]): void {
  const source = random.pick([ANY_CLASS, POOL, ...classes]);
  const target = random.pick([POOL, ...classes, ...classes]);
  batch.line(`slabs reassign ${source} ${target}`, expectOneOf("slabs reassign", ...REASSIGNED));
}

async function say(client: LoadClient, ...commands: string[]): Promise<void> {
  const batch = new Batch(emptyTally());
  for (const command of commands) batch.line(command, expectOneOf(command, "OK"));
  await client.exchange(batch);
}

export async function movePages(
  seed: number,
  place: Place,
  traffic: Traffic,
  progress: Progress,
): Promise<void> {
  const random = new Random(seed);
  const client = await LoadClient.connect(place, traffic);
  const batch = new Batch(emptyTally());
  await say(client, "slabs automove window 3");
  while (!progress.isOver) {
    batch.clear();
    const classes = await classesOf(client);
    for (let left = 1 + random.below(6); left > 0; left--) reassign(batch, random, classes);
    await client.exchange(batch);
    if (random.oneIn(5)) await say(client, `slabs automove ${random.below(3)}`);
    await progress.after(1 + random.below(3));
  }
  await say(client, "slabs automove 0");
  client.hangUp();
}

/** Resolves once nothing is moved. The last one to look is `client`. */
export async function untilStill(client: LoadClient): Promise<void> {
  let running = "";
  const isStill = async (): Promise<boolean> => {
    const batch = new Batch(emptyTally());
    batch.lines("stats", (lines) => {
      running = lines.find((line) => line.includes(" slab_reassign_running ")) ?? "";
    });
    await client.exchange(batch);
    return running.endsWith(" 0");
  };
  await until("the end of a move", isStill, PATIENCE_MS);
}
