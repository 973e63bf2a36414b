/**
 * The memory of the model: the lock words, and what may stand in one.
 *
 * Two item locks stand for the table of them, two queues for all queues; of the other locks there
 * is one each in the core as well. The numbers are those of assembly/base/lock.ts, which
 * core.test.ts reads back from the built module.
 */

/** What a lock word says. */
export enum Value {
  FREE = 0,
  HELD = 1,
  CONTENDED = 2,
}

export const VALUE_COUNT = 3;

/** The lock words, in the order of their ranks: ADMIN → ITEM → QUEUE → SLABS. */
export enum Word {
  EXPANSION = 0,
  DUMP = 1,
  MAINTENANCE = 2,
  ITEM_A = 3,
  ITEM_B = 4,
  QUEUE_1 = 5,
  QUEUE_2 = 6,
  SLABS = 7,
}

export const WORD_COUNT = 8;

const WORD_NAMES = [
  "expansion",
  "dump",
  "maintenance",
  "item A",
  "item B",
  "queue 1",
  "queue 2",
  "slabs",
];

export function wordName(word: Word): string {
  return WORD_NAMES[word];
}

/** Names of the words in a bit mask, `nothing` if it is empty. */
export function wordNames(mask: number): string {
  const names = WORD_NAMES.filter((_, word) => (mask & (1 << word)) !== 0);
  return names.length === 0 ? "nothing" : names.join(", ");
}
