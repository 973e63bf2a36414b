/** Shortening: leaves batches and commands out of a plan as long as the difference remains. */

import type { Batch } from "./plan.ts";

/** Whether a plan still shows the difference; servers are new for every attempt. */
export type Attempt = (batches: readonly Batch[]) => Promise<boolean>;

/** How long to go on trying; `until` is on the clock of `performance.now()`. */
export interface Budget {
  attempts: number;
  readonly until: number;
}

/** The shortest plan found within the budget, which is used up. */
export async function shortened(
  batches: readonly Batch[],
  attempt: Attempt,
  budget: Budget,
): Promise<Batch[]> {
  const kept = await fewer([...batches], attempt, budget);
  for (let at = 0; at < kept.length; at++) {
    const batch = kept[at];
    if (batch === undefined) continue;
    const commands = await fewer(
      batch.commands,
      (some) => attempt(kept.with(at, { ...batch, commands: some })),
      budget,
    );
    kept[at] = { ...batch, commands };
  }
  return kept;
}

/** Drops ever smaller runs of parts while `fails` holds for what remains. */
async function fewer<T>(
  parts: readonly T[],
  fails: (parts: readonly T[]) => Promise<boolean>,
  budget: Budget,
): Promise<T[]> {
  let kept = [...parts];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < kept.length && !spent(budget);) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      budget.attempts--;
      if (await fails(without)) kept = without;
      else at += size;
    }
  }
  return kept;
}

function spent(budget: Budget): boolean {
  return budget.attempts <= 0 || performance.now() >= budget.until;
}
