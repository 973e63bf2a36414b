/**
 * The lock of assembly/base/lock.ts as steps of the model, to be read beside it line by line.
 *
 * `lock`, `lockTry` and `unlock` write the steps into a program. The looks at a held lock before
 * sleeping (SPINS in the source) are left open: any number of them, none as well, so that the model
 * holds for every number.
 */
import type { Code, Label } from "./program.ts";
import { Value, type Word } from "./words.ts";

const { FREE, HELD, CONTENDED } = Value;

/** What planted bugs replace. */
export interface Mutex {
  lock(code: Code, word: Word): void;
  unlock(code: Code, word: Word): void;
}

/** `then` runs with the lock and gives it back; `otherwise` runs when it was not free. */
export function lockTry(
  code: Code,
  word: Word,
  then: () => void,
  otherwise: () => void = () => {},
): void {
  // A lock that the thread holds itself is never free: it would be a false assertion.
  const isOwn = code.isHeld(word);
  const ours = isOwn ? code.fault : code.label();
  const busy = code.label();
  const end = code.label();
  code.within("lockTry", () => {
    // if (atomic.cmpxchg<u32>(ptr, FREE, HELD) !== FREE) return false;
    code.compareExchange(word, FREE, HELD, ours);
    code.jump(busy);
  });
  if (!isOwn) {
    code.place(ours);
    code.take(word);
    then();
    if (code.isReached) code.jump(end);
  }
  code.place(busy);
  otherwise();
  if (code.isReached) code.jump(end);
  code.place(end);
}

export function lock(code: Code, word: Word): void {
  code.within("lock", () => {
    const taken = code.label();
    // if (atomic.cmpxchg<u32>(ptr, FREE, HELD) !== FREE) lockSlow(ptr);
    code.compareExchange(word, FREE, HELD, taken, { isRequest: true });
    lockSlow(code, word, taken);
    code.place(taken);
  });
  code.take(word);
}

function lockSlow(code: Code, word: Word, taken: Label): void {
  spin(code, word, taken);
  // while (atomic.xchg<u32>(ptr, CONTENDED) !== FREE) wait(ptr, CONTENDED);
  const again = code.label();
  code.place(again);
  code.exchange(word, CONTENDED, { [FREE]: taken });
  code.wait(word, CONTENDED);
  code.jump(again);
}

export function spin(code: Code, word: Word, taken: Label): void {
  // for (let i: u32 = 0; i < SPINS; i++) {
  const next = code.label();
  const look = code.label();
  const enough = code.label();
  code.place(next);
  code.choose(look, enough);
  //   if (atomic.load<u32>(ptr) === FREE && atomic.cmpxchg<u32>(ptr, FREE, HELD) === FREE) return;
  const isFree = code.label();
  code.place(look);
  code.load(word, FREE, isFree);
  code.jump(next);
  code.place(isFree);
  code.compareExchange(word, FREE, HELD, taken);
  code.jump(next);
  // }
  code.place(enough);
}

export function unlock(code: Code, word: Word): void {
  code.within("unlock", () => {
    const contended = code.label();
    const end = code.label();
    // const before = atomic.xchg<u32>(ptr, FREE);
    // assert(before !== FREE);
    const next = { [FREE]: code.fault, [CONTENDED]: contended };
    code.exchange(word, FREE, next, { gives: word });
    code.jump(end);
    // if (before === CONTENDED) atomic.notify(ptr, 1);
    code.place(contended);
    code.notify(word);
    code.place(end);
  });
}

export const MUTEX: Mutex = { lock, unlock };
