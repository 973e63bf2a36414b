/**
 * How long an event loop stands still while a cache is written to.
 *
 * Place: runs in a measuring process. Sets are made in short turns of the event loop; the longest
 * turn is what a timer or a request would have had to wait for: the collector's doing, or that of a
 * table that grows.
 */
import { libraryOf } from "./libraries.ts";
import { KeyMaker, ValueMaker } from "./numbered.ts";
import type { PauseResult, PauseTask } from "./task.ts";

const SETS_PER_TURN = 200;
const VALUE_BYTES = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export async function measurePause({ library, sets, kept }: PauseTask): Promise<PauseResult> {
  const subject = libraryOf(library).start({ entries: kept, valueBytes: VALUE_BYTES });
  const keys = new KeyMaker("key:");
  const values = new ValueMaker("text", VALUE_BYTES);
  const turns = new Float64Array(Math.ceil(sets / SETS_PER_TURN));
  const start = performance.now();
  let last = start;
  let done = 0;
  for (let turn = 0; turn < turns.length; turn++) {
    const end = Math.min(done + SETS_PER_TURN, sets);
    for (; done < end; done++) subject.set(keys.text(done), values.make(done));
    await nextTurn();
    const now = performance.now();
    turns[turn] = now - last;
    last = now;
  }
  turns.sort();
  const longest = turns[turns.length - 1] as number;
  const median = turns[turns.length >> 1] as number;
  return { longest, median, seconds: (last - start) / 1000 };
}
