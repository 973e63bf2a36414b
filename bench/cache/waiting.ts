/**
 * How long the processor waits for memory: one load that cannot begin before another one has ended,
 * anywhere in as many bytes as a cache takes.
 *
 * Place: runs in a measuring process. A lookup has at least two such waits, for the bucket and for
 * the item it names, so twice this figure stands below every get of any of so many items.
 */
import { do_not_optimize, measure } from "mitata";
import { SEED } from "../support/parameters.ts";
import { Random } from "../server/random.ts";
import type { Times, WaitingTask } from "./task.ts";

/** Bytes of a cache line: no two stops share one. */
const LINE_BYTES = 64;
const WORDS_PER_LINE = LINE_BYTES / 4;
const STEPS_PER_CALL = 64;

/** Every line names the next one, in one random circle through all of them (Sattolo's shuffle). */
function circle(bytes: number): Uint32Array {
  const lines = Math.max(2, Math.floor(bytes / LINE_BYTES));
  const order = Uint32Array.from({ length: lines }, (_, line) => line);
  const random = new Random(SEED);
  for (let last = lines - 1; last > 0; last--) {
    const other = random.below(last);
    const line = order[last] as number;
    order[last] = order[other] as number;
    order[other] = line;
  }
  const words = new Uint32Array(lines * WORDS_PER_LINE);
  order.forEach((next, line) => {
    words[line * WORDS_PER_LINE] = next;
  });
  return words;
}

export async function measureWaiting({ bytes, minCpuMs }: WaitingTask): Promise<Times> {
  const words = circle(bytes);
  let line = 0;
  const walk = (): number => {
    for (let step = 0; step < STEPS_PER_CALL; step++) line = words[line * WORDS_PER_LINE] as number;
    return line;
  };
  const { p50, avg } = await measure(() => do_not_optimize(walk()), {
    gc: false,
    min_cpu_time: minCpuMs * 1e6,
  });
  return { median: p50 / STEPS_PER_CALL, mean: avg / STEPS_PER_CALL };
}
