/** One differential run from a seed: plan, comparison, and a report that can be replayed. */

import type { Server, Subject } from "../support/subject.ts";
import { type Difference, type Outcome, compare } from "./comparison.ts";
import type { Profile } from "./declared.ts";
import { type Family, optionsOf } from "./family.ts";
import { type Batch, plan } from "./plan.ts";
import { shortened } from "./shortening.ts";

export interface RunSettings {
  readonly seed: number;
  readonly seconds: number;
  readonly batches: number;
  readonly profile: Profile;
  /** Servers given by address must have been started with its options. */
  readonly family: Family;
  readonly shorten: boolean;
}

export interface Report {
  readonly different: boolean;
  readonly commands: number;
  readonly text: string;
}

const SHORTENING_ATTEMPTS = 300;
const SHORTENING_SECONDS = 15;
/** A plan longer than this is not shortened: every attempt would take too long. */
const SHORTENED_BATCHES_MAX = 3000;

export async function run(subjects: readonly [Subject, Subject], s: RunSettings): Promise<Report> {
  const until = performance.now() + s.seconds * 1000;
  const limits = { batches: s.batches, until };
  const outcome = await withServers(subjects, s.family, (servers) => {
    return compare(servers, plan(s.seed, s.profile, s.family), s.profile, limits);
  });
  const { commands, difference } = outcome;
  const kind = `profile ${s.profile}, family ${s.family}`;
  const head = `${subjects[0].name} and ${subjects[1].name}, seed ${s.seed}, ${kind}`;
  const size = `${commands} commands in ${outcome.batches} batches`;
  if (difference === null) return { different: false, commands, text: `${head}: ${size}, equal` };
  const options = `--seed ${s.seed} --profile ${s.profile} --family ${s.family}`;
  const replaying = `replay: bun test/differential/main.ts ${options}`;
  const shortest = s.shorten ? await shortestDifference(subjects, s, difference) : difference;
  const at = `batch ${difference.batch} differs`;
  return { different: true, commands, text: `${head}: ${at}\n${replaying}\n${shortest.text}` };
}

async function shortestDifference(
  subjects: readonly [Subject, Subject],
  s: RunSettings,
  found: Difference,
): Promise<Difference> {
  if (found.batch >= SHORTENED_BATCHES_MAX) return found;
  let smallest = found;
  const until = performance.now() + SHORTENING_SECONDS * 1000;
  const replayed = async (batches: readonly Batch[]): Promise<boolean> => {
    const limits = { batches: batches.length, until };
    const outcome = await withServers(subjects, s.family, (servers) => {
      return compare(servers, batches, s.profile, limits);
    });
    if (outcome.difference !== null) smallest = outcome.difference;
    return outcome.difference !== null;
  };
  await shortened(firstBatches(s, found.batch + 1), replayed, {
    attempts: SHORTENING_ATTEMPTS,
    until,
  });
  return smallest;
}

function firstBatches({ seed, profile, family }: RunSettings, count: number): Batch[] {
  const batches: Batch[] = [];
  for (const batch of plan(seed, profile, family)) {
    if (batches.length === count) break;
    batches.push(batch);
  }
  return batches;
}

async function withServers(
  subjects: readonly [Subject, Subject],
  family: Family,
  use: (servers: readonly [Server, Server]) => Promise<Outcome>,
): Promise<Outcome> {
  const first = await subjects[0].open(optionsOf(family, subjects[0].native));
  try {
    const second = await subjects[1].open(optionsOf(family, subjects[1].native));
    try {
      return await use([first, second]);
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}
