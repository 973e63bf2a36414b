/**
 * Rows beyond the table that a host runs once: snapshots, and caches that Workers share.
 */
import type * as Api from "../../../src/cache/exports.ts";
import { TABLE, runRow } from "../table.ts";
import { equal, holds, throwsCode } from "../asserting.ts";
import { fromBase64, toBase64 } from "./report.ts";
import type { CacheApi } from "../row.ts";
import type { HostReport } from "./report.ts";
import { subjectsOf } from "../subjects.ts";

/** Starts this program's worker; `done` is told each message, or an Error. */
export type StartWorker = (
  message: unknown,
  done: (answer: unknown) => void,
) => { terminate(): unknown };

export interface HostSetup {
  readonly api: CacheApi;
  /** Null where the host has no shared memory. */
  readonly startWorker: StartWorker | null;
  /** Snapshots of other hosts. */
  readonly snapshots: readonly string[];
}

const MAX_BYTES = 2 * 1024 * 1024;
const ITEMS = 500;

function snapshotOf({ Cache }: CacheApi): Uint8Array {
  const cache = new Cache({ maxBytes: MAX_BYTES, ttl: 3_600_000 });
  for (let i = 0; i < ITEMS; i++) cache.set(`key${i}`, "ä".repeat(i), { ttl: Infinity });
  cache.set("bytes", Uint8Array.of(0, 255));
  cache.set("ended", "value", { ttl: 0 });
  cache.set("an hour", "value");
  return cache.snapshot();
}

/** A snapshot of `snapshotOf`, wherever it was taken. */
function checkSnapshot({ Cache }: CacheApi, snapshot: Uint8Array): void {
  const cache = Cache.from(snapshot);
  for (let i = 0; i < ITEMS; i++) equal(cache.get(`key${i}`), "ä".repeat(i));
  equal(cache.get("bytes"), Uint8Array.of(0, 255));
  equal(cache.get("ended"), undefined);
  const left = cache.ttlOf("an hour") ?? 0;
  // A ttl ends with a tick of 10 ms.
  holds(left > 3_000_000 && left <= 3_600_010, `${left} ms of an hour are left`);
  equal([cache.ttlOf("key1"), cache.maxBytes], [Infinity, MAX_BYTES]);
  cache.set("new", "value");
  equal(cache.get("new"), "value");
}

/** A snapshot with one byte changed or cut off is refused. */
function checkDamage({ Cache }: CacheApi, whole: Uint8Array): void {
  for (let at = 0; at < whole.length; at += at < 200 ? 1 : 997) {
    const damaged = whole.slice();
    damaged[at] = (damaged[at] as number) ^ 4;
    throwsCode(() => Cache.from(damaged), "SNAPSHOT");
  }
  throwsCode(() => Cache.from(whole.subarray(0, whole.length - 1)), "SNAPSHOT");
  throwsCode(() => Cache.from(new Uint8Array()), "SNAPSHOT");
  throwsCode(() => Cache.from(new Uint8Array(5000)), "SNAPSHOT");
}

const WORKERS = 3;
const ROUNDS = 3000;

/** Workers count in one number and store values that tell whether they are torn. */
async function workersShare(api: CacheApi, startWorker: StartWorker): Promise<void> {
  const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: WORKERS + 1 });
  cache.set("count", "0");
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      const message = { handle: cache.handle, worker, rounds: ROUNDS, forEver: false };
      let started: { terminate(): unknown } | null = null;
      const answer = await new Promise((resolve) => {
        started = startWorker(message, resolve);
      });
      equal(answer, "done", `worker ${worker}`);
      (started as { terminate(): unknown } | null)?.terminate();
    }),
  );
  equal(cache.incr("count", 0), WORKERS * ROUNDS);
  holds(cache.stats().evictions > 0, "the cache was full");
}

/**
 * A Worker that is ended in the middle: the others go on, or get a StalledError; no value is ever
 * torn. Its place is not free any more.
 */
async function workerDies(api: CacheApi, startWorker: StartWorker): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    const cache = api.Cache.shared({ maxBytes: MAX_BYTES, threads: 2, patienceMs: 500 });
    cache.set("count", "0");
    const message = { handle: cache.handle, worker: 0, rounds: ROUNDS, forEver: true };
    let worker: { terminate(): unknown } | null = null;
    const first = await new Promise((resolve) => {
      worker = startWorker(message, resolve);
    });
    equal(first, "started");
    await new Promise((resolve) => setTimeout(resolve, 20 + turn * 7));
    await (worker as { terminate(): unknown } | null)?.terminate();
    try {
      for (let i = 0; i < 5000; i++) {
        const key = `key${i % 700}`;
        const value = cache.get(key) as Uint8Array | undefined;
        holds(value === undefined || value.every((byte) => byte === value[0]), "a whole value");
        cache.set(key, new Uint8Array(i % 3000).fill(i));
      }
      throwsCode(() => api.Cache.join(cache.handle as Api.CacheHandle), "THREADS");
    } catch (error) {
      holds(error instanceof api.StalledError, `a StalledError, not ${String(error)}`);
    }
  }
}

/** All rows of this host. */
export async function runHost(setup: HostSetup): Promise<HostReport> {
  const { api, startWorker, snapshots } = setup;
  const failed: string[] = [];
  let passed = 0;
  const attempt = async (name: string, row: () => void | Promise<void>): Promise<void> => {
    try {
      await row();
      passed++;
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const kinds = Object.entries(subjectsOf(api));
  for (const [kind, subject] of startWorker === null ? kinds.slice(0, 1) : kinds) {
    for (const name of Object.keys(TABLE)) {
      await attempt(`${kind}: ${name}`, () => runRow(name, subject));
    }
  }
  const own = snapshotOf(api);
  await attempt("own snapshot", () => checkSnapshot(api, own));
  await attempt("damaged snapshots", () => checkDamage(api, own));
  for (const [i, snapshot] of snapshots.entries()) {
    await attempt(`snapshot of host ${i}`, () => checkSnapshot(api, fromBase64(snapshot)));
  }
  if (startWorker !== null) {
    await attempt("workers share", () => workersShare(api, startWorker));
    await attempt("a worker dies", () => workerDies(api, startWorker));
  }
  return { passed, failed, snapshot: toBase64(own) };
}
