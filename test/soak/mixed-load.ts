/**
 * The load of the soak: one connection's pipelines of everything clients do.
 *
 * Values describe themselves (`../torture/marked-value.ts`): whatever comes back under a key was
 * stored under it, whole, however long ago. More than that cannot be expected of a cache that is
 * flushed and shrunk at any time. The sizes drift from minute to minute, so that pages have to
 * move from class to class.
 */
import { Batch, emptyTally } from "../torture/batch.ts";
import { LoadClient, type Traffic } from "../torture/load-client.ts";
import { markedValue, verifyMarked } from "../torture/marked-value.ts";
import type { Progress } from "../torture/progress.ts";
import { unexpected } from "../torture/violation.ts";
import { NO_MEMORY } from "../torture/workload.ts";
import { Random } from "../support/random.ts";
import type { Tally } from "./tally.ts";

const KEYS = 100_000;
const COUNTERS = 200;
const LOGS = 200;
const COMMANDS_MAX = 40;
const KEYS_AT_ONCE = 20;
/** Largest values by phase; within a phase sizes spread over the powers of two. */
const PHASE_DOUBLINGS = [7, 9, 12, 15, 11, 8];
const PHASE_MS = 4000;
const HUGE_BYTES = 400_000;
const LOG_RECORD = Buffer.from("record;");
const STORED = /^(STORED|NOT_STORED|EXISTS|NOT_FOUND)$/;
const COUNTED = /^(\d+|NOT_FOUND)$/;
const DELETED = /^(DELETED|NOT_FOUND)$/;
const TOUCHED = /^(TOUCHED|NOT_FOUND)$/;
const META = /^(HD( \S+)*|EN|NF|NS|EX)$/;

type Act = (batch: Batch, random: Random, load: MixedLoad) => void;

function reply(command: string, form: RegExp): (line: string) => void {
  return (line) => {
    if (!form.test(line) && !NO_MEMORY.test(line)) throw unexpected(command, form.source, line);
  };
}

/** The product makes low numbers popular. */
function keyOf(random: Random): string {
  return `soak:${Math.floor((random.below(KEYS) * random.below(KEYS)) / KEYS)}`;
}

function exptimeOf(random: Random): number {
  return random.weighted([
    [0, 6],
    [1 + random.below(60), 3],
    [-1, 1],
  ]);
}

const ACTS: readonly (readonly [Act, number])[] = [
  [(batch, random, load) => load.get(batch, random), 10],
  [(batch, random, load) => load.set(batch, random), 6],
  [
    (batch, random) => {
      batch.remove(keyOf(random), random.oneIn(5) ? null : reply("delete", DELETED));
    },
    1,
  ],
  [(batch, random) => batch.touch(keyOf(random), exptimeOf(random), reply("touch", TOUCHED)), 1],
  [
    (batch, random) => {
      const key = `counter:${random.below(COUNTERS)}`;
      batch.store("add", key, Buffer.from("0"), {}, reply("add", STORED));
      batch.change(random.pick(["incr", "decr"]), key, random.below(9), reply("incr", COUNTED));
    },
    1,
  ],
  [
    (batch, random) => {
      const key = `log:${random.below(LOGS)}`;
      const verb = random.weighted([
        ["append", 20],
        ["prepend", 20],
        ["set", 1],
      ] as const);
      batch.store(verb, key, LOG_RECORD, {}, reply(verb, STORED));
    },
    1,
  ],
  [(batch, random) => batch.line(`mg ${keyOf(random)} s t f c h l`, reply("mg", META)), 2],
  [(batch, random) => batch.line(`md ${keyOf(random)}`, reply("md", META)), 1],
];

class MixedLoad {
  #serial = 0;
  readonly #writer: number;
  readonly #tally: Tally;

  constructor(writer: number, tally: Tally) {
    this.#writer = writer;
    this.#tally = tally;
  }

  get(batch: Batch, random: Random): void {
    const how = random.weighted([
      ["get", 8],
      ["gets", 2],
      [`gat ${exptimeOf(random)}`, 1],
    ]);
    const count = random.oneIn(3) ? 1 + random.below(KEYS_AT_ONCE) : 1;
    const keys = Array.from({ length: count }, () => keyOf(random));
    const end = (line: string): void => {
      if (line !== "END" && !NO_MEMORY.test(line)) throw unexpected(how, "END", line);
    };
    batch.fetch(
      how,
      keys,
      (hit) => {
        this.#tally.hits++;
        verifyMarked(hit);
      },
      end,
    );
  }

  set(batch: Batch, random: Random): void {
    const key = keyOf(random);
    const value = markedValue(key, this.#writer, this.#serial++, this.#length(random), true);
    const verb = random.weighted([
      ["set", 8],
      ["add", 1],
      ["replace", 1],
    ] as const);
    const options = { flags: value.flags, exptime: exptimeOf(random) };
    const take = random.oneIn(10) ? null : reply(verb, STORED);
    batch.store(verb, key, value.bytes, options, take);
  }

  #length(random: Random): number {
    if (random.oneIn(2000)) return random.below(HUGE_BYTES);
    const phase = Math.floor(performance.now() / PHASE_MS) % PHASE_DOUBLINGS.length;
    return random.below(2 ** (1 + random.below(PHASE_DOUBLINGS[phase] ?? 7)));
  }
}

export interface LoadOptions {
  readonly port: number;
  readonly traffic: Traffic;
  readonly progress: Progress;
  readonly tally: Tally;
}

/** Until the soak is over. */
export async function load(seed: number, writer: number, options: LoadOptions): Promise<void> {
  const { port, traffic, progress, tally } = options;
  const random = new Random(seed);
  const batch = new Batch(emptyTally());
  const mixed = new MixedLoad(writer, tally);
  const client = await LoadClient.connect(port, traffic);
  while (!progress.isOver) {
    batch.clear();
    const count = 1 + random.below(COMMANDS_MAX);
    for (let left = count; left > 0; left--) random.weighted(ACTS)(batch, random, mixed);
    await client.exchange(batch);
    tally.commands += count;
    progress.bump();
  }
  client.hangUp();
}
