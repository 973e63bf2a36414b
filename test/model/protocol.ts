/**
 * What the core does with its locks, call by call: each function here writes the locks of the
 * function of the same name in assembly/, to be read beside it.
 *
 * What a call decides by the items that it meets (is there a spare chunk, is the victim idle, does
 * the table grow) is left open: `maybe` and `either` go both ways. Where the core tries a bounded
 * number of times the model tries any number, so it does all that the core can do, and more. What
 * is stored does not matter here, only who waits for whom.
 *
 *     ADMIN (expansion, dump, maintenance) → ITEM → QUEUE → SLABS
 *
 * Work in the background is in maintenance.ts, the list of all in calls.ts.
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
export function slabsAllocate(code: Code): void {
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

export function unlinkItem(code: Code, queue: Word): void {
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

// ── store/tail.ts, store/allocate.ts ─────────────────────────────────────────────────────────────

/** A queue whose tail is looked at, and those that its items may go to. */
export interface Tail {
  readonly queue: Word;
  readonly targets: readonly Word[];
}

/** `moveOn`: a queue's item goes into another one, or to the head of its own, which is free. */
export function queueEnter(code: Code, target: Word): void {
  code.within("queueEnter", () => locked(code, target));
}

/** `victims` from the tail on. The first live idle one ends the search, whatever becomes of it. */
export function pullTail(code: Code, { queue, targets }: Tail, victims: readonly Word[]): void {
  code.within("pullTail", () => {
    const enough = code.label();
    const end = code.label();
    lock(code, queue);
    for (const victim of victims) {
      const moveTo = (target: Word) => (): void => {
        unlock(code, queue);
        queueEnter(code, target);
        unlock(code, victim);
        code.jump(end);
      };
      const stay = (): void => {
        slabsFree(code);
        unlock(code, victim);
        code.maybe(() => code.jump(enough));
      };
      lockTry(code, victim, () => code.either(stay, ...targets.map(moveTo)));
    }
    code.place(enough);
    unlock(code, queue);
    code.place(end);
  });
}

/** Rounds of both, in any order, as many as it takes; none where the thread has a spare. */
export function allocateChunk(code: Code, tails: readonly Tail[], victims: readonly Word[]): void {
  const round = code.label();
  code.place(round);
  code.maybe(() => {
    code.either(...tails.map((tail) => (): void => pullTail(code, tail, victims)), () =>
      slabsAllocate(code),
    );
    code.jump(round);
  });
}

/** Of a class with one queue. */
function flat(queue: Word): Tail[] {
  return [{ queue, targets: [] }];
}

/** HOT or WARM, and COLD: what is active there goes to WARM, the rest to COLD. */
export function segments(warm: Word, cold: Word): Tail[] {
  return [
    { queue: warm, targets: [warm, cold] },
    { queue: cold, targets: [warm] },
  ];
}

// ── The calls ────────────────────────────────────────────────────────────────────────────────────

/** store/set.ts, `beginSet`: a chunk for a value to come. */
export function beginSet(queue: Word, victims: readonly Word[]): Program {
  return program("beginSet", (code) => allocateChunk(code, flat(queue), victims));
}

/** The same with segments: what lives moves on from HOT or WARM, and is evicted from COLD. */
export function beginSetSegmented(warm: Word, cold: Word, victims: readonly Word[]): Program {
  return program("beginSet with segments", (code) => {
    allocateChunk(code, segments(warm, cold), victims);
  });
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
      allocateChunk(code, flat(queue), victims);
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
