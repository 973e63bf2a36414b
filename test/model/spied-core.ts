/**
 * The built core over a memory of its own, with a spy in the place of the host's `wait`.
 *
 * One thread runs; the others are played: a lock word that is set to HELD by hand belongs to
 * somebody else, who gives it back when it is waited for. `watch` plays that with several words and
 * writes down every wait: for which lock, and what the core holds then. At each wait the locks that
 * the core has given back meanwhile are taken again, so that it has to wait when it comes there
 * next. What it takes and gives back between two waits goes unseen; `unseen` tells which words that
 * can be.
 *
 * With two buckets there are two item locks: those of even and of odd hashes.
 */
import { HashAlgorithm, Option, Result } from "../../assembly/shared/status.ts";
import { Value, Word, wordName, wordNames } from "./words.ts";
import { type CoreBuild, moduleOf } from "../../src/core/load.ts";
import type { CoreExports } from "../../src/core/abi.ts";
import { SEGMENT_COLD } from "../../assembly/shared/limits.ts";
import { latin1 } from "../support/bytes.ts";

const WASM_PAGES = 1024;
const MEBIBYTE = 1024 * 1024;

/** Where the locks are: assembly/base/region.ts, and Queue in assembly/lru/queue.ts. */
const ITEM_LOCKS_PTR = 0x10000;
const SLABS_PTR = 0x640;
const EXPANSION_LOCK_PTR = 0x680;
const DUMP_LOCK_PTR = 0x684;
const MAINTENANCE_LOCK_PTR = 0x688;
const QUEUES_PTR = 0x2000;
const QUEUE_SIZE = 64;
const QUEUE_LOCK_AT = 20;

/** Most item locks of a store for one thread: 2^10. */
const ITEM_LOCK_POWER = 10;

/** Chunks so large that a class has two of them, and so small that threads keep spares. */
export const CLASS_SIZES = [1000, 400_000, 500_000] as const;

/** Address of the lock of a class's queue. */
export function queueLockPtr(classId: number, segment = SEGMENT_COLD): number {
  return QUEUES_PTR + (classId | segment) * QUEUE_SIZE + QUEUE_LOCK_AT;
}

/** Addresses of the model's words; the queues are those of classes 2 and 3, unless told. */
const ADDRESSES: Readonly<Record<Word, number>> = {
  [Word.EXPANSION]: EXPANSION_LOCK_PTR,
  [Word.DUMP]: DUMP_LOCK_PTR,
  [Word.MAINTENANCE]: MAINTENANCE_LOCK_PTR,
  [Word.ITEM_A]: ITEM_LOCKS_PTR,
  [Word.ITEM_B]: ITEM_LOCKS_PTR + 4,
  [Word.QUEUE_1]: queueLockPtr(2),
  [Word.QUEUE_2]: queueLockPtr(3),
  [Word.SLABS]: SLABS_PTR,
};

const WORDS = Object.keys(ADDRESSES).map(Number) as Word[];

/** A lock that was waited for, and those that were held meanwhile, as a bit mask. */
export interface Request {
  readonly word: Word;
  readonly holds: number;
}

/** What a call waited for, in order. */
export interface Watched {
  readonly requests: readonly Request[];
  /** Words that nobody else held, as bit masks: before each request, and after the last one. */
  readonly unseen: readonly number[];
}

function maskOf(words: readonly Word[]): number {
  return words.reduce((mask, word) => mask | (1 << word), 0);
}

function abort(_message: number, _file: number, line: number): never {
  throw new Error(`core assertion failed in line ${line}`);
}

export function requestText({ word, holds }: Request): string {
  return `${wordName(word)}, holding ${wordNames(holds)}`;
}

export class SpiedCore {
  readonly abi: CoreExports;
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #hashPower: number;
  readonly #addresses = { ...ADDRESSES };
  /** What `wait` does: the word's index, and the value that the core believes in it. */
  onWait: (index: number, expected: number) => void = () => {
    throw new Error("the core waits, and nobody is there");
  };

  constructor(build: CoreBuild, hashPower = 1) {
    const memory = new WebAssembly.Memory({
      initial: WASM_PAGES,
      maximum: WASM_PAGES,
      shared: true,
    });
    const wait = (ptr: number, expected: number): void => this.onWait(ptr >>> 2, expected);
    const instance = new WebAssembly.Instance(moduleOf(build), { env: { memory, abort, wait } });
    this.abi = instance.exports as unknown as CoreExports;
    this.words = new Int32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#hashPower = hashPower;
    const options = Option.EVICT | Option.CAS | Option.HASH_EXPAND;
    this.abi.init(WASM_PAGES, options, HashAlgorithm.MURMUR3, hashPower, MEBIBYTE, 1, 1);
    this.abi.attach(0);
    this.words.set(CLASS_SIZES, this.abi.inboxPtr() >>> 2);
    this.abi.classesBySizes(CLASS_SIZES.length, MEBIBYTE / 2);
    this.abi.setNow(1000);
  }

  /** Has the store use segments; the model's queues are these of class 2 from now on. */
  useSegments(first: number, second: number): void {
    this.abi.setLruMode(1, -1);
    this.#addresses[Word.QUEUE_1] = queueLockPtr(2, first);
    this.#addresses[Word.QUEUE_2] = queueLockPtr(2, second);
  }

  /** Puts the key where the core reads it; address and length, as most calls begin. */
  key(text: string): [ptr: number, length: number] {
    const ptr = this.abi.inboxPtr();
    this.#bytes.set(latin1(text), ptr);
    return [ptr, text.length];
  }

  /** Index of the word of the key's item lock. */
  itemLockIndex(text: string): number {
    const mask = 2 ** Math.min(this.#hashPower, ITEM_LOCK_POWER) - 1;
    return (ITEM_LOCKS_PTR >>> 2) + (this.abi.hashKey(...this.key(text)) & mask);
  }

  /** A key with this lock, the first of those that begin so. */
  keyWith(word: Word, prefix: string): string {
    for (let i = 0; ; i++) {
      if (this.itemLockIndex(prefix + i) === this.#addresses[word] >>> 2) return prefix + i;
    }
  }

  /** The item that the last fetch pinned. */
  pinned(): number {
    return this.words[(this.abi.resultPtr() >>> 2) + Result.ITEM] >>> 0;
  }

  wordOf(word: Word): Value {
    return Atomics.load(this.words, this.#addresses[word] >>> 2);
  }

  /**
   * What `call` waits for while all of `taken` belong to others. Those of `once` do as well, until
   * they are given back.
   */
  watch(taken: readonly Word[], once: readonly Word[], call: () => void): Watched {
    const requests: Request[] = [];
    const others = new Set<Word>();
    const notOthers = (): Word[] => WORDS.filter((word) => !others.has(word));
    this.#take([...taken, ...once], others);
    const unseen = [maskOf(notOthers())];
    this.onWait = (index, expected) => {
      const word = WORDS.find((each) => this.#addresses[each] >>> 2 === index);
      if (word === undefined) throw new Error(`the core waits at ${(index << 2).toString(16)}`);
      if (expected !== Value.CONTENDED || this.wordOf(word) !== Value.CONTENDED) {
        throw new Error(`the core waits for ${wordName(word)} without a mark`);
      }
      const own = notOthers().filter((each) => this.wordOf(each) !== Value.FREE);
      requests.push({ word, holds: maskOf(own) });
      this.#take(taken, others);
      others.delete(word);
      Atomics.store(this.words, index, Value.FREE);
      unseen.push(maskOf(notOthers()));
    };
    call();
    for (const word of others) Atomics.store(this.words, this.#addresses[word] >>> 2, Value.FREE);
    return { requests, unseen };
  }

  /** The words that are FREE become those of others. */
  #take(words: readonly Word[], others: Set<Word>): void {
    for (const word of words) {
      const index = this.#addresses[word] >>> 2;
      const before = Atomics.compareExchange(this.words, index, Value.FREE, Value.HELD);
      if (before === Value.FREE) others.add(word);
    }
  }
}
