/**
 * What happens to a store beside commands: the maintainer, the crawler, the page mover, and what
 * admin commands change of the LRU. Plain records, as those of store-operation.ts.
 *
 * `a` and `b` choose what the step is about, taken modulo what there is.
 */
import * as fc from "fast-check";
import type { Operation } from "./store-operation.ts";

export const STEPS = [
  /** Moves items of one class between segments, or of all. */
  "juggle",
  /** Moves what fetches asked for from COLD to WARM. */
  "bump",
  /** A crawl or a dump of one queue: begins, goes on by a few items, is left. */
  "crawl-begin",
  "crawl-on",
  "crawl-end",
  /** `slabs reassign`, and so many bytes of the move. */
  "move",
  "move-on",
  /** Threads give back their spares of a page that moves. */
  "yield",
  /** Pages beyond the limit go back to the system. */
  "discard",
  /** `lru mode`, `lru temp_ttl`, `lru tune`, `slabs automove 2`. */
  "mode",
  "shares",
  "move-on-evict",
] as const;

export interface MaintainOperation {
  readonly kind: "maintain";
  readonly step: (typeof STEPS)[number];
  readonly a: number;
  readonly b: number;
}

export type AnyOperation = Operation | MaintainOperation;

/** How often each step comes. */
export const STEP_WEIGHTS: Readonly<Record<MaintainOperation["step"], number>> = {
  juggle: 8,
  bump: 4,
  "crawl-begin": 3,
  "crawl-on": 5,
  "crawl-end": 1,
  move: 4,
  "move-on": 10,
  yield: 1,
  discard: 1,
  mode: 2,
  shares: 2,
  "move-on-evict": 1,
};

/** Choices go up to here. */
export const CHOICE_MAX = 999;

export const maintainOperations: fc.Arbitrary<MaintainOperation> = fc.record({
  kind: fc.constant("maintain" as const),
  step: fc.oneof(
    ...STEPS.map((step) => ({ weight: STEP_WEIGHTS[step], arbitrary: fc.constant(step) })),
  ),
  a: fc.nat(CHOICE_MAX),
  b: fc.nat(CHOICE_MAX),
});
