/**
 * Locks with a bug each: mutex.ts with one line wrong. The scheduler has to find every one.
 */
import type { Code, Label } from "./program.ts";
import { MUTEX, type Mutex, spin, unlock } from "./mutex.ts";
import { Value, type Word } from "./words.ts";

const { FREE, HELD, CONTENDED } = Value;

/** `lock` with another end of `lockSlow`. */
function lockWith(sleep: (code: Code, word: Word, taken: Label) => void): Mutex["lock"] {
  return (code, word) => {
    code.within("lock", () => {
      const taken = code.label();
      code.compareExchange(word, FREE, HELD, taken);
      spin(code, word, taken);
      sleep(code, word, taken);
      code.place(taken);
    });
    code.take(word);
  };
}

/** Gives the lock back and lets the sleepers sleep. */
export const SILENT_UNLOCK: Mutex = {
  lock: MUTEX.lock,
  unlock(code, word) {
    code.within("unlock", () => code.store(word, FREE, { gives: word }));
  },
};

/** Wakes a sleeper while the lock is not free yet: he finds it taken and sleeps on. */
export const NOTIFY_FIRST: Mutex = {
  lock: MUTEX.lock,
  unlock(code, word) {
    code.within("unlock", () => {
      const contended = code.label();
      const last = code.label();
      code.load(word, CONTENDED, contended);
      code.jump(last);
      code.place(contended);
      code.notify(word);
      code.place(last);
      code.store(word, FREE, { gives: word });
    });
  },
};

/** Who has slept takes the lock as HELD: the others who sleep are forgotten. */
export const HELD_AFTER_SLEEP: Mutex = {
  lock: lockWith((code, word, taken) => {
    const again = code.label();
    code.place(again);
    code.exchange(word, CONTENDED, { [FREE]: taken });
    code.wait(word, CONTENDED);
    code.compareExchange(word, FREE, HELD, taken);
    code.jump(again);
  }),
  unlock,
};

/** Falls asleep without another look at the word: it may have been given back since. */
export const BLIND_SLEEP: Mutex = {
  lock: lockWith((code, word, taken) => {
    const again = code.label();
    code.place(again);
    code.exchange(word, CONTENDED, { [FREE]: taken });
    code.wait(word, null);
    code.jump(again);
  }),
  unlock,
};

/** Goes to sleep without a mark in the word: nobody knows that there is somebody to wake. */
export const UNMARKED_SLEEP: Mutex = {
  lock: lockWith((code, word, taken) => {
    const again = code.label();
    code.place(again);
    code.compareExchange(word, FREE, HELD, taken);
    code.wait(word, HELD);
    code.jump(again);
  }),
  unlock,
};

/** Looks and takes in two steps: another one may look in between. */
export const PLAIN_TEST_AND_SET: Mutex = {
  lock(code, word) {
    code.within("lock", () => {
      const isFree = code.label();
      const again = code.label();
      code.place(again);
      code.load(word, FREE, isFree);
      code.jump(again);
      code.place(isFree);
      code.store(word, HELD);
    });
    code.take(word);
  },
  unlock,
};

/** Gives the lock back once more. */
export const DOUBLE_UNLOCK: Mutex = {
  lock: MUTEX.lock,
  unlock(code, word) {
    unlock(code, word);
    unlock(code, word);
  },
};
