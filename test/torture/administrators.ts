/**
 * Connections that look into the server while it is under load, and in a lossy world flush it and
 * reset its figures too. Every reply has to have the right form.
 */
import { Batch, emptyTally } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import { Violation, unexpected } from "./violation.ts";
import type { Place } from "./place.ts";
import type { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import type { Registers } from "./registers.ts";

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
    await client.exchange(batch);
    await progress.after(1 + random.below(10));
  }
  client.hangUp();
}
