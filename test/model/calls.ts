/**
 * All callers of the core's locks, over two items and two queues: what the tests set against each
 * other.
 */
import {
  beginSet,
  beginSetSegmented,
  dump,
  endSetNew,
  endSetOver,
  expand,
  extend,
  fetch,
  flush,
  release,
  remove,
} from "./protocol.ts";
import {
  bumpItems,
  check,
  crawl,
  crawlDump,
  crawlTable,
  freeze,
  juggle,
  moveChunks,
} from "./maintenance.ts";
import type { Program } from "./program.ts";
import { Word } from "./words.ts";

const { ITEM_A, ITEM_B, QUEUE_1, QUEUE_2 } = Word;

/** Every call, with its own item, with another one, and with both where that makes a difference. */
export const CALLS: readonly Program[] = [
  beginSet(QUEUE_1, [ITEM_A, ITEM_B]),
  endSetOver(ITEM_A, QUEUE_1, QUEUE_1),
  endSetOver(ITEM_B, QUEUE_2, QUEUE_1),
  endSetNew(ITEM_A, QUEUE_1, [ITEM_B, ITEM_A]),
  endSetNew(ITEM_B, QUEUE_2, [ITEM_A]),
  extend(ITEM_A, QUEUE_1, [ITEM_A, ITEM_B]),
  extend(ITEM_B, QUEUE_2, [ITEM_A]),
  fetch(ITEM_A, QUEUE_1),
  remove(ITEM_A, QUEUE_2),
  release(ITEM_A),
  flush(QUEUE_1, [ITEM_A, ITEM_B]),
  expand([ITEM_A, ITEM_B]),
  dump(QUEUE_1),
];

/** What moves items between queues and pages, walks over them, or wants them all to stand still. */
export const BACKGROUND: readonly Program[] = [
  beginSetSegmented(QUEUE_1, QUEUE_2, [ITEM_A]),
  juggle(QUEUE_1, QUEUE_2, [ITEM_A]),
  bumpItems(ITEM_A, QUEUE_2, QUEUE_1),
  crawl(QUEUE_1, [ITEM_A, ITEM_B]),
  crawlDump(QUEUE_1, [ITEM_A, ITEM_B]),
  crawlTable([ITEM_A, ITEM_B]),
  moveChunks(ITEM_A, QUEUE_1, [ITEM_A, ITEM_B]),
  freeze(),
  check([ITEM_A, ITEM_B]),
];

/** Clients' calls that meet the background in all of its locks, and are few states. */
export const MET: readonly Program[] = [
  fetch(ITEM_A, QUEUE_1),
  flush(QUEUE_1, [ITEM_B]),
  expand([ITEM_A, ITEM_B]),
  bumpItems(ITEM_B, QUEUE_2, QUEUE_1),
];
