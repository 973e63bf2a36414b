/**
 * Rows about one cache in several Workers, for every host that has them.
 */
import { equal, holds, sleep, throwsCode } from "../asserting.ts";
import type * as Api from "../../../src/cache/exports.ts";
import type { CacheApi } from "../row.ts";
import type { WorkerOrder } from "./worker-body.ts";

/** A thread of this program. */
interface Started {
  terminate(): unknown;
}

/** Starts this program's worker; `done` is told each message, or an Error. */
export type StartWorker = (message: unknown, done: (answer: unknown) => void) => Started;

const MAX_BYTES = 2 * 1024 * 1024;
const WORKERS = 3;
const ROUNDS = 3000;

interface Working {
  readonly worker: Started;
  /** What it said first. */
  readonly answer: unknown;
}

/** Starts a worker, and waits for its first word. */
async function begin(
  startWorker: StartWorker,
  handle: Api.CacheHandle | null,
  order: Omit<WorkerOrder, "handle">,
): Promise<Working> {
  let worker: Started | null = null;
  const answer = await new Promise((resolve) => {
    worker = startWorker({ handle, ...order }, resolve);
  });
  if (worker === null) throw new Error("no worker was started");
  return { worker, answer };
}

/** Workers count in one number and store values that tell whether they are torn. */
async function workersShare(api: CacheApi, startWorker: StartWorker): Promise<void> {
  const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: WORKERS + 1 });
  cache.set("count", "0");
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, number) => {
      const order = { worker: number, rounds: ROUNDS, work: "some" } as const;
      const { worker, answer } = await begin(startWorker, cache.handle, order);
      equal(answer, "done", `worker ${number}`);
      worker.terminate();
    }),
  );
  equal(cache.incr("count", 0), WORKERS * ROUNDS);
  holds(cache.stats().evictions > 0, "the cache was full");
}

/** A value in one piece; what is stored under `first` and `second` is of one moment. */
function checkMoment(cache: Api.Cache, workers: number): number {
  for (const [key, value] of cache) {
    if (!(value instanceof Uint8Array)) continue;
    holds(
      value.every((byte) => byte === value[0]),
      `${key} is whole`,
    );
  }
  let seen = 0;
  for (let worker = 0; worker < workers; worker++) {
    const [first, second] = cache.getMany([`first of ${worker}`, `second of ${worker}`]);
    if (first === undefined || second === undefined) continue;
    const ahead = Number(first) - Number(second);
    holds(ahead === 0 || ahead === 1, `${String(first)} is next to ${String(second)}`);
    seen++;
  }
  return seen;
}

/** Snapshots while Workers are at work: each is of one moment, and is restored as any kind. */
async function snapshotsMeanwhile(api: CacheApi, startWorker: StartWorker): Promise<void> {
  const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: WORKERS });
  cache.set("count", "0");
  const started: Started[] = [];
  for (let number = 1; number < WORKERS; number++) {
    const order = { worker: number - 1, rounds: 0, work: "ever" } as const;
    const { worker, answer } = await begin(startWorker, cache.handle, order);
    equal(answer, "started");
    started.push(worker);
  }
  let seen = 0;
  let before = 0;
  for (let turn = 0; turn < 10; turn++) {
    await sleep(20);
    const restored = api.Cache.from(cache.snapshot(), { shared: turn % 2 === 1 });
    seen += checkMoment(restored, WORKERS - 1);
    // Where threads wait for a processor, the number may go unused for as long as it takes to be
    // evicted.
    const count = restored.incr("count", 0) ?? before;
    holds(count >= before, `${count} is not before ${before}`);
    before = count;
    restored.set("new", "value");
    equal(restored.get("new"), "value");
  }
  holds(seen > 5, `${seen} pairs were seen`);
  holds(before > 0, "the number was seen to rise");
  for (const worker of started) await worker.terminate();
}

/**
 * A Worker that is ended in the middle: the others go on, or get a StalledError; no value is ever
 * torn. Its place is not free any more.
 */
async function workerDies(api: CacheApi, startWorker: StartWorker): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: 2, patienceMs: 500 });
    cache.set("count", "0");
    const order = { worker: 0, rounds: 0, work: "ever" } as const;
    const { worker, answer } = await begin(startWorker, cache.handle, order);
    equal(answer, "started");
    await sleep(20 + turn * 7);
    await worker.terminate();
    try {
      for (let i = 0; i < 5000; i++) {
        const key = `key${i % 700}`;
        const value = cache.get(key) as Uint8Array | undefined;
        holds(value === undefined || value.every((byte) => byte === value[0]), "a whole value");
        cache.set(key, new Uint8Array(i % 3000).fill(i));
      }
      checkMoment(api.Cache.from(cache.snapshot()), 1);
      throwsCode(() => api.Cache.join(cache.handle as Api.CacheHandle), "THREADS");
    } catch (error) {
      holds(error instanceof api.StalledError, `a StalledError, not ${String(error)}`);
    }
  }
}

/** The lock of the slabs (assembly/base/region.ts): as word, free, and waited for by a sleeper. */
const SLABS_LOCK_AT = 0x640 / 4;
const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

/**
 * A Worker that is ended while it holds a lock, for certain: this thread takes the slabs' lock,
 * which stands behind that of an item. So the Worker sleeps with the item's lock in its hands, and
 * is ended there.
 */
async function workerDiesWithLock(api: CacheApi, startWorker: StartWorker): Promise<void> {
  const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: 2, patienceMs: 200 });
  const { handle } = cache;
  if (handle === null) throw new Error("a shared cache has a handle");
  for (let i = 0; i < 500; i++) cache.set(`key${i}`, new Uint8Array(i).fill(i));
  cache.set("victim", "value");
  const words = new Int32Array(handle.memory.buffer);
  equal(Atomics.compareExchange(words, SLABS_LOCK_AT, FREE, HELD), FREE);
  const order = { worker: 0, rounds: 0, work: "delete" } as const;
  const patient = { ...handle, patienceMs: 3_600_000 };
  const { worker, answer } = await begin(startWorker, patient, order);
  equal(answer, "started");
  while (Atomics.load(words, SLABS_LOCK_AT) !== CONTENDED) await sleep(1);
  await worker.terminate();
  await sleep(200);
  // Not told to whoever may sleep for it: nobody does any more.
  Atomics.store(words, SLABS_LOCK_AT, FREE);

  throwsCode(() => cache.get("victim"), "STALLED");
  throwsCode(() => cache.set("victim", "another"), "STALLED");
  throwsCode(() => cache.snapshot(), "STALLED");
  // What that lock does not guard can be had, whole; and what it does is waited for in vain.
  let met = 0;
  for (let i = 0; i < 500; i++) {
    try {
      const value = cache.get(`key${i}`) as Uint8Array;
      equal(value.length, i);
      holds(
        value.every((byte) => byte === (i & 255)),
        `key${i} is whole`,
      );
      met++;
    } catch (error) {
      holds(error instanceof api.StalledError, `a StalledError, not ${String(error)}`);
    }
  }
  holds(met > 490, `${met} of 500 can be had`);
  cache.dispose();
  throwsCode(() => cache.get("key1"), "CLOSED");
}

type WorkerRow = (api: CacheApi, startWorker: StartWorker) => Promise<void>;

export const workerRows: Readonly<Record<string, WorkerRow>> = {
  "workers share": workersShare,
  "snapshots meanwhile": snapshotsMeanwhile,
  "a worker dies": workerDies,
  "a worker dies with a lock": workerDiesWithLock,
};

export const WORKER_ROWS = Object.keys(workerRows).length;
