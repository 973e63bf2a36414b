/**
 * Random operations on a store, with the same weights for one epoch.
 */
import {
  type CasGuess,
  type Content,
  type MetaOperation,
  type Operation,
  type OperationKind,
  type StoreOperation,
  DELTAS,
  EXPIRIES,
  NUMBER_TEXTS,
  STEPS,
} from "../property/store-operation.ts";
import type { Random } from "../support/random.ts";
import { StoreMode, With } from "../../assembly/shared/status.ts";

/** How often each kind comes where the swarm does not leave it out. */
const WEIGHTS: readonly (readonly [OperationKind, number])[] = [
  ["store", 30],
  ["begin", 6],
  ["finish", 7],
  ["abandon", 2],
  ["fetch", 30],
  ["touch", 3],
  ["remove", 6],
  ["hold", 2],
  ["release", 10],
  ["change", 10],
  ["meta-store", 10],
  ["meta-fetch", 10],
  ["meta-change", 5],
  ["meta-remove", 5],
  ["flush", 1],
  ["advance", 4],
  ["limit", 1],
  ["expand", 1],
  ["reset", 1],
  ["sweep", 1],
];

/** Kinds without which an epoch tests nothing, or its pins and uploads pile up. */
const ALWAYS: ReadonlySet<OperationKind> = new Set(["store", "release", "finish", "fetch"]);

/** What ends a pin or an upload; each holds up to a mebibyte where values are large. */
const ENDS: ReadonlySet<OperationKind> = new Set(["release", "finish"]);
const ENDS_WEIGHT = 12;

const MODES = [
  StoreMode.SET,
  StoreMode.SET,
  StoreMode.ADD,
  StoreMode.REPLACE,
  StoreMode.APPEND,
  StoreMode.PREPEND,
  StoreMode.CAS,
];
const GUESSES: readonly CasGuess[] = ["real", "real", "older", "newer", "zero", "high"];
const CLIENT_FLAGS = [0, 0, 1, 0xffffffff];
const LENGTHS_SMALL = [0, 1, 7, 30, 100, 500, 2000];
const LENGTHS_LARGE = [8000, 32_760, 100_000, 300_000, 524_200, 1_048_500, 1_100_000];
const MEBIBYTES_MAX = 3;

/** Behind the last bit of `With`. */
const OPTIONS_END = 2 * With.COUNT_EXISTS;

export class OperationSource {
  readonly keyCount: number;
  readonly #random: Random;
  readonly #isTiny: boolean;
  readonly #weights: readonly (readonly [OperationKind, number])[];
  readonly #lengths: readonly number[];

  constructor(random: Random, isTiny: boolean) {
    this.#random = random;
    this.#isTiny = isTiny;
    // Large values need as many bytes moved: with many keys they would fill any memory, slowly.
    const hasLarge = isTiny ? !random.oneIn(4) : random.oneIn(4);
    this.keyCount = 1 + random.below(hasLarge ? 20 : 200);
    this.#lengths = this.#chosenLengths(hasLarge);
    this.#weights = WEIGHTS.map(([kind, weight]) => {
      if (hasLarge && ENDS.has(kind)) return [kind, weight * ENDS_WEIGHT] as const;
      const isOut = !ALWAYS.has(kind) && random.oneIn(3);
      return [kind, isOut ? 0 : weight * (1 + random.below(4))] as const;
    });
  }

  #chosenLengths(hasLarge: boolean): readonly number[] {
    const all = hasLarge ? [...LENGTHS_SMALL, ...LENGTHS_LARGE] : LENGTHS_SMALL;
    const chosen = all.filter(() => this.#random.oneIn(2));
    return chosen.length > 0 ? chosen : all;
  }

  next(): Operation {
    const random = this.#random;
    const kind = random.weighted(this.#weights);
    const key = random.below(this.keyCount);
    const which = random.below(8);
    switch (kind) {
      case "store":
      case "begin":
        return this.#storing(kind, key);
      case "finish":
      case "abandon":
        return { kind, which, guess: random.pick(GUESSES) };
      case "fetch":
        return { kind, key, options: this.#fetchOptions(), expiry: random.pick(EXPIRIES) };
      case "touch":
        return { kind, key, expiry: random.pick(EXPIRIES) };
      case "remove":
      case "hold":
        return { kind, key };
      case "release":
        return { kind, which };
      case "change":
        return { kind, key, isIncr: random.oneIn(2), delta: random.pick(DELTAS) };
      case "meta-store":
      case "meta-fetch":
      case "meta-change":
      case "meta-remove":
        return this.#meta(kind, key);
      case "flush":
        return { kind, delay: random.oneIn(2) ? 0 : random.below(5) };
      case "advance":
        return { kind, seconds: random.pick(STEPS) };
      case "limit":
        // Where nothing may be evicted the limit stays.
        if (!this.#isTiny) return { kind: "sweep" };
        return { kind, mebibytes: 1 + random.below(MEBIBYTES_MAX) };
      case "expand":
        return { kind, buckets: random.below(5000) };
      case "reset":
      case "sweep":
        return { kind };
    }
  }

  /** Rarely with PIN: more pins than releases would fill any memory. */
  #fetchOptions(): number {
    return this.#random.below(this.#random.oneIn(4) ? 8 : 4);
  }

  #storing(kind: StoreOperation["kind"], key: number): StoreOperation {
    const random = this.#random;
    const mode = random.pick(MODES);
    const clientFlags = random.pick(CLIENT_FLAGS);
    const expiry = random.pick(EXPIRIES);
    const content = this.#content();
    return { kind, mode, key, content, clientFlags, expiry, guess: random.pick(GUESSES) };
  }

  #meta(kind: MetaOperation["kind"], key: number): MetaOperation {
    const random = this.#random;
    return {
      kind,
      mode: random.pick(MODES),
      key,
      content: this.#content(),
      guess: random.pick(GUESSES),
      options: random.below(OPTIONS_END) & (random.oneIn(4) ? -1 : ~With.PIN),
      expiry: random.pick(EXPIRIES),
      vivify: random.pick(EXPIRIES),
      recache: random.pick(EXPIRIES),
      isIncr: random.oneIn(2),
      delta: random.pick(DELTAS),
    };
  }

  #content(): Content {
    const random = this.#random;
    if (random.oneIn(4)) return { text: random.pick(NUMBER_TEXTS) };
    return { length: random.pick(this.#lengths) + random.below(10) };
  }
}
