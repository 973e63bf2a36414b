/**
 * What work in the background does with the core's locks, to be read beside assembly/maintenance/
 * and assembly/store/freeze.ts as protocol.ts is beside the rest.
 *
 * Juggling, bumps, crawls, moves of pages and the full check keep each other out by the maintenance
 * lock. Clients' calls do not know it: towards them these are callers like any other.
 */
import { Word, wordName } from "./words.ts";
import {
  allocateChunk,
  locked,
  program,
  pullTail,
  queueEnter,
  segments,
  slabsAllocate,
  slabsFree,
  unlinkItem,
} from "./protocol.ts";
import { lock, lockTry, unlock } from "./mutex.ts";
import type { Code, Program } from "./program.ts";

const { EXPANSION, ITEM_A, ITEM_B, MAINTENANCE, QUEUE_1, QUEUE_2, SLABS } = Word;

/** As often as it takes, or not at all. */
function repeat(code: Code, body: () => void): void {
  const round = code.label();
  code.place(round);
  code.maybe(() => {
    body();
    code.jump(round);
  });
}

// ── maintenance/maintainer.ts ────────────────────────────────────────────────────────────────────

/** `juggleClass`: rounds over the segments' tails; TEMP's, of which nothing moves, is left out. */
export function juggle(warm: Word, cold: Word, victims: readonly Word[]): Program {
  return program("juggle", (code) => {
    locked(code, MAINTENANCE, () => {
      repeat(code, () => {
        const pulls = segments(warm, cold).map((tail) => (): void => pullTail(code, tail, victims));
        code.either(...pulls);
      });
    });
  });
}

/** `bumpAll`: takes an item out of COLD and puts it into WARM. */
export function bumpItems(item: Word, cold: Word, warm: Word): Program {
  return program("bumpItems", (code) => {
    locked(code, MAINTENANCE, () => {
      repeat(code, () => {
        locked(code, item, () => {
          code.maybe(() => {
            code.within("queueRemove", () => locked(code, cold));
            queueEnter(code, warm);
          });
        });
      });
    });
  });
}

// ── maintenance/crawler.ts ───────────────────────────────────────────────────────────────────────

/**
 * `step`: the next item, locked, without the queue; `then` goes on under that lock. A busy one is
 * passed over, or (`isPatient`) waited for while neither lock is held.
 */
function step(code: Code, queue: Word, item: Word, isPatient: boolean, then: () => void): void {
  code.within(`step to ${wordName(item)}`, () => {
    const again = code.label();
    code.place(again);
    lock(code, queue);
    const ours = (): void => {
      unlock(code, queue);
      then();
      unlock(code, item);
    };
    const busy = (): void => {
      unlock(code, queue);
      if (!isPatient) return;
      locked(code, item);
      code.jump(again);
    };
    lockTry(code, item, ours, busy);
  });
}

/** `crawlBegin` and `crawlEnd` put the cursor somewhere; `crawlExpired` is between them. */
export function crawl(queue: Word, items: readonly Word[]): Program {
  return program("crawl", (code) => {
    code.within("crawlBegin", () => locked(code, queue));
    locked(code, MAINTENANCE, () => {
      for (const item of items) {
        step(code, queue, item, false, () => code.maybe(() => unlinkItem(code, queue)));
      }
    });
    code.within("crawlEnd", () => locked(code, queue));
  });
}

export function crawlDump(queue: Word, items: readonly Word[]): Program {
  return program("crawlDump", (code) => {
    for (const item of items) step(code, queue, item, true, () => {});
  });
}

/** By the hash table: one item lock after the other, in any order, and nothing else. */
export function crawlTable(items: readonly Word[]): Program {
  return program("crawlTable", (code) => {
    repeat(code, () => code.either(...items.map((item) => (): void => locked(code, item))));
  });
}

// ── maintenance/mover.ts ─────────────────────────────────────────────────────────────────────────

/**
 * `moveSlice`: chunk by chunk, one with an item that is reclaimed or rescued among them, for which
 * others may have to go. What is busy waits for another slice.
 */
export function moveChunks(item: Word, queue: Word, victims: readonly Word[]): Program {
  return program("moveChunks", (code) => {
    locked(code, MAINTENANCE, () => {
      code.within("slabsSweep", () => locked(code, SLABS));
      lockTry(code, item, () => {
        code.either(
          () => unlinkItem(code, queue),
          () => rescue(code, queue, victims),
          () => {},
        );
        unlock(code, item);
      });
      code.maybe(() => code.within("moveEnd", () => locked(code, SLABS)));
    });
  });
}

function rescue(code: Code, queue: Word, victims: readonly Word[]): void {
  slabsAllocate(code);
  allocateChunk(code, [{ queue, targets: [] }], victims);
  code.maybe(() => {
    code.within("queueSwap", () => locked(code, queue));
    slabsFree(code);
  });
}

// ── store/freeze.ts, store/check.ts ──────────────────────────────────────────────────────────────

/** Takes one lock after the other, against the order within a rank, until its patience ends. */
export function freeze(): Program {
  const words = [EXPANSION, ITEM_A, ITEM_B, QUEUE_1, QUEUE_2, SLABS];
  return program("freeze", (code) => freezeFrom(code, words));
}

function freezeFrom(code: Code, [word, ...others]: readonly Word[]): void {
  if (word === undefined) return;
  locked(code, word, () => code.maybe(() => freezeFrom(code, others)));
}

/** `storeCheck`: keeps the background out, and looks at each item. */
export function check(items: readonly Word[]): Program {
  return program("check", (code) => {
    locked(code, MAINTENANCE, () => {
      repeat(code, () => code.either(...items.map((item) => (): void => locked(code, item))));
    });
  });
}
