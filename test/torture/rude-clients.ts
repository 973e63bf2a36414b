/**
 * Clients without manners: they stop reading, stop sending, or are gone in the middle of a value.
 *
 * Each one lives for a moment and is followed by another, until the load is over. What they do get
 * has to be right like everything else.
 */
import { Batch, emptyTally } from "./batch.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import type { Place } from "./place.ts";
import type { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import { NO_MEMORY, expectEnd } from "./workload.ts";
import { markedValue, verifyMarked } from "./marked-value.ts";
import { unexpected } from "./violation.ts";

const REQUESTS_MAX = 40;
const TOO_LARGE = 1_100_000;

export interface RudeClientOptions {
  readonly place: Place;
  readonly traffic: Traffic;
  readonly progress: Progress;
  /** Keys of marked values, large ones among them, that anybody may write. */
  readonly keys: readonly string[];
  readonly lengthOf: (random: Random) => number;
  readonly isExact: boolean;
}

type Manner = (client: LoadClient, random: Random, options: RudeClientOptions) => Promise<void>;

/** Asks for much and reads nothing for a while; then reads it all, or goes. */
async function readSlowly(
  client: LoadClient,
  random: Random,
  { keys, progress }: RudeClientOptions,
): Promise<void> {
  const batch = new Batch(emptyTally());
  for (let left = 1 + random.below(REQUESTS_MAX); left > 0; left--) {
    const asked = Array.from({ length: 1 + random.below(3) }, () => random.pick(keys));
    batch.fetch(random.pick(["get", "gets", "gat 0"]), asked, verifyMarked, expectEnd);
  }
  client.pause();
  const done = client.expect(batch);
  const end = done.catch((error: unknown) => error);
  client.send(batch.bytes);
  await progress.after(1 + random.below(60));
  if (random.oneIn(3)) client.hangUp();
  else {
    client.resume();
    await done;
  }
  await end;
}

/** Sends a part of a value, and the rest later or never. */
async function sendSlowly(
  client: LoadClient,
  random: Random,
  { keys, lengthOf, progress, isExact }: RudeClientOptions,
): Promise<void> {
  const key = random.pick(keys);
  const { bytes, flags } = markedValue(key, 9999, random.below(1e6), lengthOf(random), true);
  const batch = new Batch(emptyTally());
  batch.store("set", key, bytes, { flags }, (line) => {
    if (line === "STORED" || (!isExact && NO_MEMORY.test(line))) return;
    throw unexpected(`set ${key} in two parts`, "STORED", line);
  });
  const cut = 1 + random.below(batch.length - 1);
  const done = client.expect(batch);
  const end = done.catch((error: unknown) => error);
  client.send(batch.bytes.subarray(0, cut));
  await progress.after(1 + random.below(60));
  if (random.oneIn(2)) client.hangUp();
  else {
    client.send(batch.bytes.subarray(cut));
    await done;
  }
  await end;
}

/** A value that no item holds, which is read and dropped; or half of one. */
async function sendTooMuch(client: LoadClient, random: Random): Promise<void> {
  const batch = new Batch(emptyTally());
  batch.store("set", "too-large", Buffer.alloc(TOO_LARGE, "x"), {}, (line) => {
    if (line === "SERVER_ERROR object too large for cache") return;
    throw unexpected("set too-large", "SERVER_ERROR object too large for cache", line);
  });
  if (random.oneIn(2)) {
    await client.exchange(batch);
    return;
  }
  client.send(batch.bytes.subarray(0, random.below(batch.length)));
  client.hangUp();
}

/** One rude client after the other. Rejects with what one of them found wrong. */
export async function beRude(seed: number, options: RudeClientOptions): Promise<void> {
  const random = new Random(seed);
  const manners: readonly (readonly [Manner, number])[] = [
    [readSlowly, 10],
    [sendSlowly, 10],
    [sendTooMuch, 1],
  ];
  while (!options.progress.isOver) {
    const client = await LoadClient.connect(options.place, options.traffic);
    await random.weighted(manners)(client, random, options);
    client.hangUp();
    await options.progress.after(1 + random.below(10));
  }
}
