/**
 * Rows beyond the table that a host runs once: snapshots, and caches that Workers share.
 */
import { TABLE, runRow } from "../table.ts";
import { equal, holds, throwsCode } from "../asserting.ts";
import { type HostReport, fromBase64, toBase64 } from "./report.ts";
import type { CacheApi } from "../row.ts";
import { type StartWorker, workerRows } from "./worker-rows.ts";
import { subjectsOf } from "../subjects.ts";

export interface HostSetup {
  readonly api: CacheApi;
  /** Null where the host has no shared memory. */
  readonly startWorker: StartWorker | null;
  /** Snapshots of other hosts. */
  readonly snapshots: readonly string[];
}

const MAX_BYTES = 2 * 1024 * 1024;
const ITEMS = 500;

/** Longer than a slab page of a cache so small. */
const LARGE = 100_000;

function snapshotOf({ Cache }: CacheApi, isShared: boolean): Uint8Array {
  const options = { maxBytes: MAX_BYTES, ttl: 3_600_000 };
  const cache = isShared ? Cache.shared({ ...options, threads: 2 }) : new Cache(options);
  cache.set("large", "l".repeat(LARGE), { ttl: Infinity });
  for (let i = 0; i < ITEMS; i++) cache.set(`key${i}`, "ä".repeat(i), { ttl: Infinity });
  cache.set("bytes", Uint8Array.of(0, 255));
  cache.set("ended", "value", { ttl: 0 });
  cache.set("an hour", "value");
  return cache.snapshot();
}

/** A snapshot of `snapshotOf`, wherever it was taken. */
function checkSnapshot({ Cache }: CacheApi, snapshot: Uint8Array, shared: boolean): void {
  const cache = Cache.from(snapshot, { shared });
  equal(cache.get("large"), "l".repeat(LARGE));
  for (let i = 0; i < ITEMS; i++) equal(cache.get(`key${i}`), "ä".repeat(i));
  equal(cache.get("bytes"), Uint8Array.of(0, 255));
  equal(cache.get("ended"), undefined);
  const left = cache.ttlOf("an hour") ?? 0;
  // A ttl ends with a tick of 10 ms.
  holds(left > 3_000_000 && left <= 3_600_010, `${left} ms of an hour are left`);
  equal(cache.ttlOf("key1"), Infinity);
  // Places that it was not made for are added.
  equal(cache.maxBytes > MAX_BYTES, shared, "the limit is larger than it was");
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
  const kindsOfSnapshots = startWorker === null ? [false] : [false, true];
  const own = kindsOfSnapshots.map((isShared) => snapshotOf(api, isShared));
  /** Restored as every kind of cache that there is here. */
  const checkAll = (snapshot: Uint8Array): void => {
    for (const shared of kindsOfSnapshots) checkSnapshot(api, snapshot, shared);
  };
  for (const snapshot of own) await attempt("own snapshot", () => checkAll(snapshot));
  await attempt("damaged snapshots", () => checkDamage(api, own[0] as Uint8Array));
  for (const [i, snapshot] of snapshots.entries()) {
    await attempt(`snapshot of host ${i}`, () => checkAll(fromBase64(snapshot)));
  }
  if (startWorker !== null) {
    for (const [name, row] of Object.entries(workerRows)) {
      await attempt(name, () => row(api, startWorker));
    }
  }
  return { passed, failed, snapshots: own.map(toBase64) };
}
