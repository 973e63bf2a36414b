/**
 * Plans: the whole random stream of one run, made from a seed before anything is sent.
 *
 * A plan is a list of batches. A batch is sent as one pipeline, cut into packets at random places,
 * and compared when its fence has come back. Being plain data, a plan can be replayed and
 * shortened.
 */

import { type Command, command } from "./command.ts";
import { type Profile, allowed } from "./declared.ts";
import { FAMILY_PARTS, type Family } from "./family.ts";
import { type Generator, MISFIT_MAX, WEIGHTS } from "./generators.ts";
import { Random } from "../support/random.ts";

export interface Batch {
  readonly commands: readonly Command[];
  /** Cuts the batch into packets; 0 sends it whole. */
  readonly cuts: number;
  readonly seed: number;
  /** Ends the connection after this batch: the command that closes it. */
  readonly closer: string | null;
}

/**
 * Follows data that does not fit its announcement, so that no other data is taken for a line: a
 * line of more than 2048 bytes closes the connection or not, depending on how its packets arrive.
 */
const GUARD = command(["z".repeat(4 * MISFIT_MAX)]);

/**
 * Follows mg with 1.6.18: until its reply has left it holds the item, so that a number is not
 * changed where it is. What is queued leaves before the next command.
 */
const SENT = command(["mn"]);

/** What is sent behind a dump in the same packet gets no answer from 1.6.18: it comes alone. */
export function isDump({ words }: Command): boolean {
  return words[0] === "lru_crawler" && /^m\w*dump$/.test(words[1] ?? "") && words.length > 2;
}

const COMMANDS_MAX = 40;
const CLOSERS = ["quit\r\n", "quit now\r\n", "BREW / HTTP/1.1\r\n"];
/** Batches one swarm of weights lasts. */
const SWARM = 12;

/** An endless plan; take as many batches as there is time for. */
export function* plan(
  seed: number,
  profile: Profile,
  family: Family,
): IterableIterator<Batch, never> {
  const random = new Random(seed);
  const { generators } = FAMILY_PARTS[family];
  for (let count = 0, weights = swarm(random, generators); ; count++) {
    if (count % SWARM === SWARM - 1) weights = swarm(random, generators);
    yield batch(random, weights, profile);
  }
}

type Weights = (readonly [Generator, number])[];

/** Commands that have the crawler walk, or that switch it. */
const CRAWLING = /^(crawl|metadump|mgdump|enable|disable)$/;

/**
 * Whether a command keeps the crawler busy for a while, in which it refuses others: so there is one
 * for each batch at most, at the start of it, and the next batch waits for its end (side.ts).
 */
export function isCrawling({ words }: Command): boolean {
  return words[0] === "lru_crawler" && CRAWLING.test(words[1] ?? "");
}

/** Turns some commands off and weighs the others wildly, so that runs differ in kind. */
function swarm(random: Random, generators: Readonly<Record<string, Generator>>): Weights {
  const weights: Weights = [];
  const all = Object.entries(generators);
  for (const [name, generator] of all) {
    if (random.oneIn(3)) continue;
    weights.push([generator, (WEIGHTS[name] ?? 3) * 10 ** (random.below(300) / 100 - 1.5)]);
  }
  return weights.length === 0 ? all.map(([, generator]) => [generator, 1]) : weights;
}

function batch(random: Random, weights: Weights, profile: Profile): Batch {
  const commands: Command[] = [];
  const wanted = 1 + random.below(COMMANDS_MAX);
  for (let tries = 0; tries < 3 * wanted && commands.length < wanted; tries++) {
    const made = varied(random, generated(random, weights));
    if (!allowed(made, profile) || (isCrawling(made) && commands.length > 0)) continue;
    commands.push(made);
    if (isDump(made)) return { commands, cuts: 0, seed: random.bits(), closer: null };
    if (!made.fits) commands.push(GUARD);
    if (profile === "older" && made.words[0] === "mg") commands.push(SENT);
  }
  const cuts = random.oneIn(3) ? 0 : 1 + random.below(8);
  const closer = random.oneIn(20) ? random.pick(CLOSERS) : null;
  return { commands, cuts, seed: random.bits(), closer };
}

function generated(random: Random, weights: Weights): Command {
  return random.weighted(weights)(random);
}

/** Spacing and line ends other than the usual. */
function varied(random: Random, made: Command): Command {
  const gap = random.oneIn(30) ? "  " : " ";
  // The line is then refused and its data taken for lines, which must be short; see GUARD.
  const short = (made.data?.length ?? 0) < 1500;
  const lead = short && random.oneIn(150) ? " " : "";
  return { ...made, gap, lead, lineEnd: random.oneIn(15) ? "\n" : "\r\n" };
}

/** Where to cut a text of this length, in ascending order. */
export function cutPlaces(length: number, { cuts, seed }: Batch): number[] {
  const random = new Random(seed);
  const places = Array.from({ length: cuts }, () => random.below(length));
  return [...new Set(places)].filter((place) => place > 0).sort((a, b) => a - b);
}
