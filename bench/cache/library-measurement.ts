/**
 * One library with one scene: it is filled, looked over, and then asked and told under the clock.
 *
 * Place: runs in a measuring process. Keys to ask for are made beforehand and lie in memory in the
 * order of their turn, as the key of a request that has just come in would be at hand; they are
 * other objects than those that were stored. Values are made for each set, because a cache of live
 * objects keeps what it is given: what that takes is measured alone as well.
 */
import { do_not_optimize, measure } from "mitata";
import { Random } from "../server/random.ts";
import { Zipf } from "../memory/zipf.ts";
import { SEED } from "../support/parameters.ts";
import { type Library, type Subject, libraryOf } from "./libraries.ts";
import { type Key, KeyMaker, type Value, ValueMaker, carries } from "./numbered.ts";
import { residentBytes } from "./resident.ts";
import {
  type LibraryResult,
  type LibraryTask,
  OPERATIONS,
  type Operation,
  type Resident,
  type Times,
} from "./task.ts";

const ZIPF_EXPONENT = 0.99;
/** Spreads popular ranks over the keys; no entry count has it as a factor. */
const SPREAD = 48_271;
/** One call of so many is a set in the mixed load. */
const SET_EVERY = 10;
/** Keys that are asked for at once. */
const AT_ONCE = 50;
/** Values that are compared whole before anything is timed. */
const CHECKED = 20_000;
const BATCH = 4096;

/** Keys to ask for, and their numbers. */
export interface Draws {
  readonly keys: readonly Key[];
  readonly numbers: Int32Array;
}

function draw(library: Library, prefix: string, count: number, next: () => number): Draws {
  const maker = new KeyMaker(prefix);
  const numbers = new Int32Array(count);
  const keys: Key[] = [];
  for (let at = 0; at < count; at++) {
    const number = next();
    numbers[at] = number;
    keys.push(library.keys === "text" ? maker.text(number) : maker.copy(number));
  }
  return { keys, numbers };
}

/** Stores all items; by how much the process has grown at each checkpoint. */
async function fill(
  subject: Subject,
  library: Library,
  task: LibraryTask,
  start: number,
): Promise<Resident[]> {
  const keys = new KeyMaker("key:");
  const values = new ValueMaker(task.kind, task.valueBytes);
  const resident: Resident[] = [];
  let stored = 0;
  for (const checkpoint of task.checkpoints) {
    for (; stored < checkpoint; stored++) {
      const key = library.keys === "text" ? keys.text(stored) : keys.write(stored);
      subject.set(key, values.make(stored));
    }
    resident.push({ entries: stored, bytes: (await residentBytes()) - start });
  }
  if (stored !== task.entries || subject.count() !== stored) {
    throw new Error(`${library.name} holds ${subject.count()} of ${task.entries} items`);
  }
  return resident;
}

/** What the library answers is right, or this throws. */
export function checkValues(
  subject: Subject,
  task: Pick<LibraryTask, "library" | "kind" | "valueBytes">,
  hits: Draws,
  misses: Draws,
): void {
  const { length } = hits.keys;
  for (let at = 0; at < Math.min(CHECKED, length); at++) {
    const missing = misses.keys[at % misses.keys.length] as Key;
    if (!carries(subject.get(hits.keys[at] as Key), hits.numbers[at] as number, task)) {
      throw new Error(`${task.library} has a wrong value for item ${hits.numbers[at]}`);
    }
    if (subject.get(missing) !== undefined) throw new Error(`${task.library} made an item up`);
  }
}

const lengthOf = (value: Value | undefined): number => (value === undefined ? -1 : value.length);

/** Nanoseconds of one of the `each` operations that a call makes. */
async function timed(call: () => number, each: number, minCpuMs: number): Promise<Times> {
  const { p50, avg } = await measure(() => do_not_optimize(call()), {
    gc: false,
    min_cpu_time: minCpuMs * 1e6,
    batch_samples: Math.ceil(BATCH / each),
    min_samples: 2,
  });
  return { median: p50 / each, mean: avg / each };
}

/** Gets of keys that are known together; the sum of what came. */
function getMany(subject: Subject, keys: readonly Key[]): number {
  let sum = 0;
  if (subject.getMany === undefined) for (const key of keys) sum += lengthOf(subject.get(key));
  else for (const value of subject.getMany(keys)) sum += lengthOf(value);
  return sum;
}

/** Every operation as a function without arguments: each call takes the next key of its draws. */
function callsOf(
  subject: Subject,
  values: ValueMaker,
  uniform: Draws,
  misses: Draws,
  popular: Draws,
): Record<Operation, () => number> {
  let at = 0;
  const turn = (draws: Draws): number => at++ % draws.keys.length;
  const store = (draws: Draws, index: number): number => {
    subject.set(draws.keys[index] as Key, values.make(draws.numbers[index] as number));
    return index;
  };
  return {
    "get hit": () => lengthOf(subject.get(uniform.keys[turn(uniform)] as Key)),
    "get popular": () => lengthOf(subject.get(popular.keys[turn(popular)] as Key)),
    "50 at once": () => {
      at += AT_ONCE;
      const first = at % (uniform.keys.length - AT_ONCE);
      return getMany(subject, uniform.keys.slice(first, first + AT_ONCE));
    },
    "get miss": () => lengthOf(subject.get(misses.keys[turn(misses)] as Key)),
    set: () => store(uniform, turn(uniform)),
    mixed: () => {
      const index = turn(popular);
      if (index % SET_EVERY === 0) return store(popular, index);
      return lengthOf(subject.get(popular.keys[index] as Key));
    },
  };
}

export async function measureLibrary(task: LibraryTask): Promise<LibraryResult> {
  const { entries, valueBytes, kind, draws, minCpuMs } = task;
  const library = libraryOf(task.library);
  const random = new Random(SEED);
  const uniform = draw(library, "key:", draws, () => random.below(entries));
  const misses = draw(library, "mis:", Math.min(draws, entries), () => random.below(entries));
  const zipf = new Zipf(entries, ZIPF_EXPONENT);
  const popular = draw(library, "key:", draws, () => (zipf.draw(random) * SPREAD) % entries);
  const start = await residentBytes();
  const subject = library.start({ entries, valueBytes });
  const resident = await fill(subject, library, task, start);
  checkValues(subject, task, uniform, misses);
  if (minCpuMs === 0) return { times: null, making: null, resident };
  const values = new ValueMaker(kind, valueBytes);
  const calls = callsOf(subject, values, uniform, misses, popular);
  const times: Partial<Record<Operation, Times>> = {};
  for (const name of OPERATIONS) {
    const each = name === "50 at once" ? AT_ONCE : 1;
    times[name] = await timed(calls[name], each, minCpuMs);
  }
  let number = 0;
  const making = await timed(() => lengthOf(values.make(number++ & 0xffff)), 1, minCpuMs);
  checkValues(subject, task, uniform, misses);
  return { times: times as Record<Operation, Times>, making, resident };
}
