/**
 * Connections that look into the server while it is under load, tune its LRU and crawl, and in a
 * lossy world flush it and reset its figures too. Every reply has to have the right form.
 */
import { Batch, emptyTally } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import { Violation, unexpected } from "./violation.ts";
import type { Place } from "./place.ts";
import type { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import type { Registers } from "./registers.ts";
import { expectOneOf } from "./workload.ts";

const CLASS_ID_MAX = 63;

const PROBES = 12;
const PROBE_LENGTH_MAX = 400;

export interface AdministratorOptions {
  readonly place: Place;
  readonly traffic: Traffic;
  readonly progress: Progress;
  /** Null in an exact world: nothing is flushed. */
  readonly flushed: Registers | null;
  /** Whether a flush may be ordered for later: that revives what an earlier one hid. */
  readonly hasDelays: boolean;
}

const FORMS: readonly (readonly [RegExp, RegExp])[] = [
  [/^stats cachedump/, /^ITEM \S+ \[\d+ b; \d+ s\]$/],
  [/^stats detail dump/, /^PREFIX \S+ get \d+ hit \d+ set \d+ del \d+$/],
  [/^stats/, /^STAT \S+ ?.*$/],
];

function look(batch: Batch, command: string): void {
  const form = FORMS.find(([name]) => name.test(command))?.[1] ?? /^$/;
  batch.lines(command, (lines) => {
    const odd = lines.slice(0, -1).find((line) => !form.test(line));
    if (odd !== undefined) throw new Violation("an odd line", { command, line: odd });
    const last = lines.at(-1) ?? "";
    if (last !== "END") throw unexpected(command, "END", last);
    if (command !== "stats settings") checkFigures(command, lines);
  });
}

/** Figures that a sum over threads may get wrong: none is below 0, wrapped or no number. */
function checkFigures(command: string, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = "", value] = /^STAT (\S+) (-\S*|NaN|undefined|429496\d{4})$/.exec(line) ?? [];
    if (value === undefined) continue;
    throw new Violation("a figure that cannot be", { command, name, value });
  }
}

function lookAtRandom(batch: Batch, random: Random): void {
  const command = random.weighted([
    ["stats", 4],
    ["stats items", 4],
    ["stats slabs", 4],
    ["stats conns", 3],
    ["stats settings", 1],
    ["stats threads", 1],
    ["stats sizes", 1],
    ["stats detail dump", 1],
    [`stats cachedump ${1 + random.below(CLASS_ID_MAX)} ${random.pick([0, 1, 10, 100])}`, 6],
  ] as const);
  look(batch, command);
}

const SHARES = ["20 40 0.2 2.0", "0 0 0.1 0.1", "40 40 10 10", "80 0 0.01 100"];

/** How the LRU is run, and crawls: whatever is said, no item may suffer. */
function rule(batch: Batch, random: Random): void {
  const command = random.weighted([
    [`lru mode ${random.pick(["flat", "segmented", "segmented"])}`, 3],
    [`lru tune ${random.pick(SHARES)}`, 3],
    ["lru_crawler crawl all", 4],
    [`lru_crawler ${random.pick(["enable", "enable", "disable"])}`, 2],
    [`lru_crawler sleep ${random.pick([0, 100, 5000])}`, 1],
    [`lru_crawler tocrawl ${random.pick([0, 10])}`, 1],
  ] as const);
  batch.line(command, expectOneOf(command, ...RULED));
}

/** What `rule` may be told; the crawler may be busy, off, or on already. */
const RULED = [
  "OK",
  "BUSY currently processing crawler request",
  "CLIENT_ERROR lru crawler disabled",
  "ERROR failed to start lru crawler thread",
];

/** A dump has to come alone. By the hash table: no key may be listed twice. */
function dumpKeys(batch: Batch): void {
  const command = "lru_crawler mgdump hash";
  batch.lines(
    command,
    (lines) => {
      if (lines.at(-1) !== "EN") return expectOneOf(command, ...RULED)(lines.at(-1) ?? "");
      const keys = lines.slice(1, -1);
      const odd = keys.find((line) => !/^mg \S+( b)?$/.test(line));
      if (odd !== undefined) throw new Violation("an odd line", { command, line: odd });
      if (new Set(keys).size < keys.length) throw new Violation("a key listed twice", { command });
    },
    /^(EN|BUSY .*|CLIENT_ERROR .*)$/,
  );
}

function refuseHit({ key }: Hit): void {
  throw new Violation("stored, flushed, and there again", { key });
}

/**
 * flush_all at once: from its OK on no value is seen that was acknowledged before; nor one of the
 * probes that are stored right before it, among everything else that is stored then.
 */
function flush(batch: Batch, random: Random, registers: Registers, name: string): void {
  const probes = Array.from({ length: PROBES }, (_, i) => `probe:${name}:${i}`);
  for (const key of probes) {
    batch.store("set", key, Buffer.alloc(random.below(PROBE_LENGTH_MAX), "x"), {}, () => undefined);
  }
  const end = registers.beginFlush();
  batch.line("flush_all", (line) => {
    if (line !== "OK") throw unexpected("flush_all", "OK", line);
    end();
  });
  batch.fetch("get", probes, refuseHit, () => undefined);
}

export async function administrate(seed: number, options: AdministratorOptions): Promise<void> {
  const { place, traffic, progress, flushed, hasDelays } = options;
  const random = new Random(seed);
  const name = String(seed);
  const client = await LoadClient.connect(place, traffic);
  const batch = new Batch(emptyTally());
  while (!progress.isOver) {
    batch.clear();
    for (let left = 1 + random.below(4); left > 0; left--) lookAtRandom(batch, random);
    if (flushed !== null && random.oneIn(6)) {
      batch.line("stats reset", (line) => {
        if (line !== "RESET") throw unexpected("stats reset", "RESET", line);
      });
    }
    if (flushed !== null && random.oneIn(4)) {
      if (hasDelays) batch.line(`flush_all ${random.below(3)}`, () => undefined);
      else flush(batch, random, flushed, name);
    }
    if (random.oneIn(2)) rule(batch, random);
    await client.exchange(batch);
    if (random.oneIn(20)) {
      batch.clear();
      dumpKeys(batch);
      await client.exchange(batch);
    }
    await progress.after(1 + random.below(10));
  }
  client.hangUp();
}
