/**
 * Calls that break the protocol, each at one place. The scheduler has to find every one.
 */
import type { Program } from "./program.ts";
import { Value, Word } from "./words.ts";
import { lock, lockTry, unlock } from "./mutex.ts";
import { locked, program, slabsFree } from "./protocol.ts";

const { DUMP, EXPANSION, ITEM_A, ITEM_B, MAINTENANCE, QUEUE_1, SLABS } = Word;

/** Waits for the victim's lock, QUEUE → ITEM: its holder may want the queue. */
export const WAITING_EVICTION: Program = program("waiting eviction", (code) => {
  locked(code, QUEUE_1, () => {
    code.within("pullTail", () => locked(code, ITEM_A, () => slabsFree(code)));
  });
});

/** Evicts while the slabs are locked, SLABS → QUEUE. */
export const EVICTION_INSIDE_SLABS: Program = program("eviction inside slabs", (code) => {
  locked(code, SLABS, () => code.within("pullTail", () => locked(code, QUEUE_1)));
});

/** Takes the bucket first and then the right to split it, ITEM → ADMIN. */
export const REVERSED_EXPANSION: Program = program("reversed expansion", (code) => {
  for (const index of [ITEM_A, ITEM_B]) locked(code, index, () => locked(code, EXPANSION));
});

/** Waits for the expansion lock with its item locked, ITEM → ADMIN. */
export const WAITING_INSERTER: Program = program("waiting inserter", (code) => {
  locked(code, ITEM_A, () => {
    code.within("tableExpandSome", () => {
      locked(code, EXPANSION, () => lockTry(code, ITEM_B, () => unlock(code, ITEM_B)));
    });
  });
});

/** Locks the queue before the area that its items are written to, QUEUE → ADMIN. */
export const REVERSED_DUMP: Program = program("reversed dump", (code) => {
  locked(code, QUEUE_1, () => locked(code, DUMP));
});

/** Tries a busy item again and again, and keeps its queue locked meanwhile. */
export const STUBBORN_FLUSH: Program = program("stubborn flush", (code) => {
  lock(code, QUEUE_1);
  const again = code.label();
  code.place(again);
  const unlinked = (): void => unlock(code, ITEM_A);
  lockTry(code, ITEM_A, unlinked, () => code.jump(again));
  unlock(code, QUEUE_1);
});

/** Marks a lock that it could not have as CONTENDED: its holder may have left meanwhile. */
export const MARKING_TRY: Program = program("marking try", (code) => {
  const mark = (): void => code.store(ITEM_A, Value.CONTENDED);
  lockTry(code, ITEM_A, () => unlock(code, ITEM_A), mark);
});

/** The crawler waits for an item while it has the queue, QUEUE → ITEM. */
export const WAITING_CRAWL: Program = program("waiting crawl", (code) => {
  locked(code, MAINTENANCE, () => {
    lock(code, QUEUE_1);
    code.within("step", () => lock(code, ITEM_A));
    unlock(code, QUEUE_1);
    unlock(code, ITEM_A);
  });
});

/** An allocation moves a tail's item on while its old queue is still locked, QUEUE → QUEUE. */
export function nestedMove(item: Word, from: Word, to: Word): Program {
  return program("nested move", (code) => {
    locked(code, from, () => {
      const moved = (): void => {
        code.within("queueEnter", () => locked(code, to));
        unlock(code, item);
      };
      lockTry(code, item, moved);
    });
  });
}

/** The mover waits for the background to stand still while it has the item, ITEM → ADMIN. */
export const LATE_MAINTENANCE: Program = program("late maintenance", (code) => {
  locked(code, ITEM_A, () => code.within("moveSlice", () => locked(code, MAINTENANCE)));
});

/** Takes all locks, those of the queues before those of the items. */
export const REVERSED_FREEZE: Program = program("reversed freeze", (code) => {
  locked(code, QUEUE_1, () => locked(code, ITEM_A, () => locked(code, SLABS)));
});
