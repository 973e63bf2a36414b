/**
 * What a run does: everything that is chosen at random, from one seed.
 *
 * The seed repeats the server's options and what each connection asks for; how the threads' steps
 * mingle is new each time, so a failure may need several runs to come again.
 */
import { Random } from "../support/random.ts";

/** How much is done: a moment in the test suite, seconds in the fuzzer. */
export type Size = "short" | "long";

export interface Plan {
  readonly seed: number;
  readonly size: Size;
  /** Memory for everything and nothing is flushed, or next to none and everything goes. */
  readonly isExact: boolean;
  readonly threads: number;
  /** Runs the server on the core with every check. */
  readonly hasChecks: boolean;
  /** Linear memories that the store is over. */
  readonly memories: number;
  readonly memoryMiB: number;
  readonly options: readonly string[];
  readonly isUnix: boolean;
  readonly connections: number;
  readonly batches: number;
  /** Groups of commands in a batch, at most. */
  readonly groupsMax: number;
  readonly floodKeys: number;
  readonly rudeClients: number;
  readonly administrators: number;
  readonly hasFlushDelays: boolean;
  /** Increments of the hot counter by each connection, at the beginning. */
  readonly stormLength: number;
  /** How often a storm is sent. */
  readonly stormTimes: number;
  readonly movesClock: boolean;
  /** Has slab pages moved between classes all the time. */
  readonly movesPages: boolean;
  /** Whether the server is told to end under load. */
  readonly endsBusy: boolean;
  /** Goes on until all work in the background was seen (background-check.ts). */
  readonly hasEverything: boolean;
  /** How the cache is emptied at the end. */
  readonly emptying: "flush" | "delete" | "expire";
}

export interface PlanWishes {
  readonly isExact?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly hasChecks?: boolean | undefined;
  readonly memories?: number | undefined;
  /** Settles all the rest as well. */
  readonly hasEverything?: boolean | undefined;
}

const MEMORY_PLENTY = 768;

export function planOf(seed: number, size: Size, wishes: PlanWishes): Plan {
  if (wishes.hasEverything === true) return planOfEverything(seed);
  const random = new Random(seed);
  const isLong = size === "long";
  // Drawn in any case, so that a wish does not change the rest.
  const drawn = {
    isExact: random.oneIn(2),
    threads: random.pick([2, 3, 4, 4, 8, 8, 16]),
    hasChecks: random.oneIn(3),
  };
  const isExact = wishes.isExact ?? drawn.isExact;
  const threads = wishes.threads ?? drawn.threads;
  const hasChecks = wishes.hasChecks ?? drawn.hasChecks;
  const memoryMiB = isExact ? MEMORY_PLENTY : random.pick([2, 2, 3, 5, 8, 64, MEMORY_PLENTY]);
  const counts = ["-m", String(memoryMiB), "-t", String(threads), "-c", "4096"];
  const options = [...counts, ...optionsOf(random, isExact, threads)];
  return {
    seed,
    size,
    isExact,
    threads,
    hasChecks,
    memoryMiB,
    options,
    isUnix: random.oneIn(6),
    connections: 32 + random.below(isLong ? 64 : 8),
    batches: isLong ? 20 + random.below(60) : 16,
    groupsMax: 2 + random.below(isLong ? 30 : 8),
    floodKeys: isLong ? floodKeysOf(random, options) : 20_000,
    rudeClients: random.pick([0, 2, 6]),
    administrators: random.pick([0, 1, 3]),
    hasFlushDelays: random.oneIn(3),
    stormLength: isLong ? 2000 : 250,
    stormTimes: isLong ? 1 + random.below(20) : 3,
    movesClock: !random.oneIn(4),
    endsBusy: random.oneIn(4),
    emptying: random.pick(["flush", "delete", "expire"]),
    movesPages: random.oneIn(2),
    memories: wishes.memories ?? random.pick([1, 1, 3]),
    hasEverything: false,
  };
}

/**
 * A short run in which mover, crawler, maintainer, growth of the table and evictions come together
 * for certain. Nothing is flushed, and no figure reset: they have to tell of all of it at the end.
 */
function planOfEverything(seed: number): Plan {
  const wishes = { isExact: false, threads: 3, hasChecks: true, memories: 1 };
  // Nine classes have a page each. That of the flood's items holds more than the table grows for,
  // and the items would fill five; it gets those that are left, and these can move.
  const counts = ["-m", "12", "-t", "3", "-c", "4096", "-n", "5", "-f", "2"];
  const options = [...counts, "-o", `hashpower=${hashPowerMin(3)},slab_chunk_max=16`];
  return {
    ...planOf(seed, "short", wishes),
    options,
    memoryMiB: 12,
    floodKeys: 50_000,
    rudeClients: 0,
    isUnix: false,
    administrators: 3,
    movesPages: true,
    movesClock: true,
    hasEverything: true,
  };
}

/** In a table that may not grow many keys would make every lookup long. */
function floodKeysOf(random: Random, options: readonly string[]): number {
  const most = random.pick([200_000, 200_000, 1_000_000]);
  const isFixed = options.join(" ").includes("no_hashexpand");
  return 20_000 + random.below(isFixed ? 20_000 : most);
}

/** The smallest table that the server takes: larger than that of its item locks. */
function hashPowerMin(threads: number): number {
  if (threads <= 4) return 12 + (threads === 4 ? 1 : 0);
  return threads <= 10 ? 14 : 15;
}

/** What decides which values are in chunks: none, those of half a MiB, most, nearly all. */
const CHUNKS: readonly (readonly string[])[] = [
  [],
  [],
  ["classic_sizes", "slab_chunk_max=512"],
  ["slab_chunk_max=16"],
  ["classic_sizes", "slab_chunk_max=16"],
  ["slab_chunk_max=1"],
];

function optionsOf(random: Random, isExact: boolean, threads: number): string[] {
  const options: string[] = [];
  const words = [`hashpower=${hashPowerMin(threads) + random.below(3)}`];
  words.push(`hash_algorithm=${random.pick(["murmur3", "murmur3", "jenkins", "xxh3"])}`);
  if (random.oneIn(3)) words.push("track_sizes");
  words.push(...random.pick(CHUNKS));
  if (random.oneIn(6)) words.push("no_hashexpand");
  if (random.oneIn(4)) options.push("-f", random.pick(["1.08", "1.5", "2", "4"]));
  if (random.oneIn(4)) options.push("-n", random.pick(["1", "5", "48", "200"]));
  if (random.oneIn(3)) options.push("-R", random.pick(["1", "5", "100"]));
  if (!isExact && random.oneIn(6)) options.push("-M");
  return [...options, "-o", words.join(",")];
}

export function environmentOf({ hasChecks, memories }: Plan): Record<string, string> {
  return { WASMCACHED_DEBUG: hasChecks ? "2" : "1", WASMCACHED_MEMORIES: String(memories) };
}

/** The server's part of the plan, as one would type it. */
export function serverLine(plan: Plan): string {
  const where = plan.isUnix ? "-s socket" : "-l 127.0.0.1";
  const variables = Object.entries(environmentOf(plan)).map((pair) => pair.join("="));
  return `${variables.join(" ")} bin/wasmcached ${where} ${plan.options.join(" ")}`;
}

/** What repeats the plan. */
export function replayLine(plan: Plan): string {
  if (plan.hasEverything) return `bun test/torture/main.ts ${plan.seed} --everything`;
  const { seed, size, isExact, threads, hasChecks, memories } = plan;
  const words = ["bun test/torture/main.ts", seed, isExact ? "--exact" : "--lossy"];
  words.push("--threads", threads, "--memories", memories, hasChecks ? "--checks" : "--no-checks");
  if (size === "short") words.push("--short");
  return words.join(" ");
}
