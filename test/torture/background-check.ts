/**
 * Whether all work in the background was done while the load was on: what a run that is to have
 * everything at once asks of `stats`.
 */
import type { Figures } from "./closing-checks.ts";

/** Figures that only such work raises. */
const WORK: Readonly<Record<string, string>> = {
  slabs_moved: "a slab page moved",
  crawler_items_checked: "a crawl",
  lru_maintainer_juggles: "the maintainer at work",
  hash_power_level: "the hash table grown",
  evictions: "an item evicted",
};

/** What is missing between two looks at `stats`. */
export function missingWork(before: Figures, after: Figures): string[] {
  return Object.keys(WORK)
    .filter((name) => !(Number(after.get(name)) > Number(before.get(name))))
    .map((name) => `${WORK[name]} (${name} is ${after.get(name)})`);
}
