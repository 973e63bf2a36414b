/**
 * The limits that the cache has to keep, each with what was measured.
 *
 * Place: the first table of the report.
 */
import { LRU_CACHE, LRU_CACHE_MAX_SIZE, OURS, OURS_BYTE_KEYS } from "./libraries.ts";
import { type Outcomes, bytesPerEntry } from "./outcomes.ts";
import { SMALL_VALUE_BYTES, entriesTitle } from "./plan.ts";
import type { Sizes } from "./options.ts";
import type { Operation, ValueKind } from "./task.ts";

export interface Limit {
  readonly what: string;
  /** The two figures that make it, as text. */
  readonly how: string;
  readonly measured: number;
  readonly most: number;
  readonly unit: string;
}

const MEMORY_RATIO_MAX = 0.5;
const PAUSE_RATIO_MAX = 0.15;
const GET_NANOSECONDS_MAX = 150;
const GROWTH_MAX = 1.05;
const MEBIBYTE = 1024 * 1024;

export const isMet = ({ measured, most }: Limit): boolean => measured <= most;

function memoryLimit(outcomes: Outcomes, entries: number, kind: ValueKind): Limit[] {
  const scene = { entries, valueBytes: SMALL_VALUE_BYTES, kind };
  const ours = outcomes.find(scene, kind === "text" ? OURS : OURS_BYTE_KEYS);
  const theirs = outcomes.find(scene, LRU_CACHE_MAX_SIZE);
  if (ours === null || theirs === null) return [];
  const [mine, other] = [bytesPerEntry(ours), bytesPerEntry(theirs)];
  const values = kind === "text" ? "strings" : "bytes";
  return [
    {
      what: `resident memory per entry, ${entriesTitle(entries)} values of 32 B as ${values}`,
      how: `${mine.toFixed(0)} B / ${other.toFixed(0)} B of lru-cache with maxSize`,
      measured: mine / other,
      most: MEMORY_RATIO_MAX,
      unit: "",
    },
  ];
}

function pauseLimit(outcomes: Outcomes, sets: number, kept: number): Limit[] {
  const [ours, theirs] = [outcomes.pause(OURS, kept), outcomes.pause(LRU_CACHE, kept)];
  if (ours === null || theirs === null) return [];
  return [
    {
      what: `longest pause in ${entriesTitle(sets)} sets, ${entriesTitle(kept)} kept`,
      how: `${ours.longest.toFixed(1)} ms / ${theirs.longest.toFixed(1)} ms of lru-cache`,
      measured: ours.longest / theirs.longest,
      most: PAUSE_RATIO_MAX,
      unit: "",
    },
  ];
}

/** Of any item, which is the limit's hardest reading; and of what real programs ask for. */
const GETS: readonly [operation: Operation, how: string][] = [
  ["get hit", "any of them"],
  ["get popular", "by Zipf 0.99"],
  ["50 at once", "any 50 of them at once, each"],
];

function getLimits(outcomes: Outcomes, entries: number): Limit[] {
  const scene = { entries, valueBytes: SMALL_VALUE_BYTES, kind: "bytes" } as const;
  const times = outcomes.find(scene, OURS_BYTE_KEYS)?.times ?? null;
  if (times === null) return [];
  return GETS.map(([operation, which]) => ({
    what: `get of bytes by a key of bytes, ${entriesTitle(entries)} entries, ${which}`,
    how: `mean; median ${times[operation].median.toFixed(0)} ns`,
    measured: times[operation].mean,
    most: GET_NANOSECONDS_MAX,
    unit: " ns",
  }));
}

function growthLimit({ limit }: Outcomes): Limit[] {
  if (limit === null) return [];
  const { maxBytes } = limit.task;
  const [grown, most] = [limit.result.grown, maxBytes].map((bytes) => bytes / MEBIBYTE);
  return [
    {
      what: "resident growth of a cache filled four times over / maxBytes",
      how: `${(grown ?? 0).toFixed(1)} MiB / ${(most ?? 0).toFixed(0)} MiB`,
      measured: limit.result.grown / maxBytes,
      most: GROWTH_MAX,
      unit: "",
    },
  ];
}

export function limitsOf(outcomes: Outcomes, sizes: Sizes): Limit[] {
  const { limitEntries, sets, kept } = sizes;
  return [
    ...memoryLimit(outcomes, limitEntries, "text"),
    ...memoryLimit(outcomes, limitEntries, "bytes"),
    ...pauseLimit(outcomes, sets, kept),
    ...pauseLimit(outcomes, sets, sets),
    ...getLimits(outcomes, limitEntries),
    ...growthLimit(outcomes),
  ];
}
