/**
 * What the core does with its locks, call by call: each function here writes the locks of the
 * function of the same name in assembly/, to be read beside it.
 *
 * What a call decides by the items that it meets (is there a spare chunk, is the victim idle, does
 * the table grow) is left open: `maybe` and `either` go both ways. Where the core tries a bounded
 * number of times the model tries any number, so it does all that the core can do, and more. What
 * is stored does not matter here, only who waits for whom.
 *
 *     ADMIN (expansion, dump) → ITEM → QUEUE → SLABS
 */
import { Code, type Program } from "./program.ts";
import { lock, lockTry, unlock } from "./mutex.ts";
import { Word } from "./words.ts";

/** Runs `body` with the lock. */
export function locked(code: Code, word: Word, body: () => void = () => {}): void {
  lock(code, word);
  body();
  unlock(code, word);
}

export function program(name: string, write: (code: Code) => void): Program {
  const code = new Code();
  write(code);
  return code.finish(name);
}

// ── slab/slabs.ts ────────────────────────────────────────────────────────────────────────────────

/** Where the thread has no spare. */
function slabsAllocate(code: Code): void {
  code.within("slabsAllocate", () => locked(code, Word.SLABS));
}

/** Not where the chunk becomes the thread's spare, or somebody else holds the item. */
export function slabsFree(code: Code): void {
  code.within("slabsFree", () => code.maybe(() => locked(code, Word.SLABS)));
}

// ── lru/queue.ts, store/link.ts ──────────────────────────────────────────────────────────────────

function queueReplace(code: Code, old: Word, fresh: Word): void {
  code.within("queueReplace", () => {
    locked(code, old);
    if (old !== fresh) locked(code, fresh);
  });
}

function linkOver(code: Code, old: Word, fresh: Word): void {
  queueReplace(code, old, fresh);
  slabsFree(code);
}

function unlinkItem(code: Code, queue: Word): void {
  code.within("queueRemove", () => locked(code, queue));
  slabsFree(code);
}

/** `splits` are the locks of the buckets that are next when the table grows. */
function linkItem(code: Code, item: Word, queue: Word, splits: readonly Word[]): void {
  code.within("queuePushHead", () => locked(code, queue));
  code.either(
    () => tableExpandSome(code, item, splits),
    () => tableGrow(code),
    () => {},
  );
}

// ── hash/table.ts ────────────────────────────────────────────────────────────────────────────────

function tableGrow(code: Code): void {
  code.within("tableGrow", () => {
    lockTry(code, Word.EXPANSION, () => unlock(code, Word.EXPANSION));
  });
}

function tableExpandSome(code: Code, held: Word, splits: readonly Word[]): void {
  code.within("tableExpandSome", () => {
    lockTry(code, Word.EXPANSION, () => {
      const enough = code.label();
      for (const index of splits) {
        if (index === held) continue;
        const split = (): void => unlock(code, index);
        lockTry(code, index, split, () => code.jump(enough));
      }
      code.place(enough);
      unlock(code, Word.EXPANSION);
    });
  });
}

function tableExpand(code: Code, splits: readonly Word[]): void {
  code.within("tableExpand", () => {
    locked(code, Word.EXPANSION, () => {
      for (const index of splits) code.maybe(() => locked(code, index));
    });
  });
}

// ── store/allocate.ts ────────────────────────────────────────────────────────────────────────────

/** `victims` from the tail on. The first live idle one ends the search, whether it is evicted. */
function pullTail(code: Code, queue: Word, victims: readonly Word[]): void {
  code.within("pullTail", () => {
    const enough = code.label();
    lock(code, queue);
    for (const victim of victims) {
      lockTry(code, victim, () => {
        slabsFree(code);
        unlock(code, victim);
        code.maybe(() => code.jump(enough));
      });
    }
    code.place(enough);
    unlock(code, queue);
  });
}

/** Rounds of both, in any order, as many as it takes; none where the thread has a spare. */
function allocateChunk(code: Code, queue: Word, victims: readonly Word[]): void {
  const round = code.label();
  code.place(round);
  code.maybe(() => {
    code.either(
      () => pullTail(code, queue, victims),
      () => slabsAllocate(code),
    );
    code.jump(round);
  });
}

// ── The calls ────────────────────────────────────────────────────────────────────────────────────

/** store/set.ts, `beginSet`: a chunk for a value to come. */
export function beginSet(queue: Word, victims: readonly Word[]): Program {
  return program("beginSet", (code) => allocateChunk(code, queue, victims));
}

/** `endSet` over an old item of another queue or the same. */
export function endSetOver(item: Word, old: Word, fresh: Word): Program {
  return program("endSet over an old item", (code) => {
    locked(code, item, () => linkOver(code, old, fresh));
  });
}

/** `endSet` where nothing is, or only a dead item, and where nothing is stored. */
export function endSetNew(item: Word, queue: Word, splits: readonly Word[]): Program {
  return program("endSet", (code) => {
    locked(code, item, () => {
      code.maybe(() => unlinkItem(code, queue));
      code.maybe(() => linkItem(code, item, queue, splits));
      slabsFree(code);
    });
  });
}

/** `endSet` of append and prepend, and incr that needs a longer item: it allocates inside. */
export function extend(item: Word, queue: Word, victims: readonly Word[]): Program {
  return program("append", (code) => {
    locked(code, item, () => {
      allocateChunk(code, queue, victims);
      code.maybe(() => linkOver(code, queue, queue));
      slabsFree(code);
      slabsFree(code);
    });
  });
}

/** store/fetch.ts, store/change.ts: a lookup that may bump the item, or drop a dead one. */
export function fetch(item: Word, queue: Word): Program {
  return program("fetch", (code) => {
    locked(code, item, () => {
      code.either(
        () => code.within("queueBump", () => locked(code, queue)),
        () => unlinkItem(code, queue),
        () => {},
      );
    });
  });
}

/** store/change.ts, `deleteItem`. */
export function remove(item: Word, queue: Word): Program {
  return program("remove", (code) => {
    locked(code, item, () => code.maybe(() => unlinkItem(code, queue)));
  });
}

/** store/hold.ts, `holdKey` and `dropHold`. */
export function release(item: Word): Program {
  return program("release", (code) => locked(code, item, () => slabsFree(code)));
}

/** store/change.ts: `flushSlice` until it is through, for one queue with these items. */
export function flush(queue: Word, items: readonly Word[]): Program {
  return program("flush", (code) => {
    const slice = code.label();
    code.place(slice);
    lock(code, queue);
    for (const item of items) {
      const isBusy = (): void => {
        unlock(code, queue);
        locked(code, item);
        code.jump(slice);
      };
      const unlinked = (): void => {
        slabsFree(code);
        unlock(code, item);
      };
      lockTry(code, item, unlinked, isBusy);
    }
    unlock(code, queue);
  });
}

/** hash/table.ts: maintenance carries an expansion on. */
export function expand(splits: readonly Word[]): Program {
  return program("expand", (code) => tableExpand(code, splits));
}

/** store/dump.ts: `dumpClass` (a class that cannot be has no queue), and `dumpEnd` later. */
export function dump(queue: Word): Program {
  return program("dump", (code) => {
    locked(code, Word.DUMP, () => code.maybe(() => locked(code, queue)));
  });
}

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
