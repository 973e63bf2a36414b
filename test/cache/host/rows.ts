/**
 * Rows beyond the table that a host runs once: snapshots, and caches that Workers share.
 */
import { TABLE, runRow } from "../table.ts";
import { equal, holds, throwsCode } from "../asserting.ts";
import { type HostReport, fromBase64, toBase64 } from "./report.ts";
import type { CacheApi } from "../row.ts";
import type { CloneSupport } from "../clone-rows.ts";
import { checksum } from "../../../src/cache/checksum.ts";
import { type StartWorker, workerRows } from "./worker-rows.ts";
import { subjectsOf } from "../subjects.ts";

export interface HostSetup {
  readonly api: CacheApi;
  /** Null where the host has no shared memory. */
  readonly startWorker: StartWorker | null;
  /** Snapshots of every host, to be restored and nothing else; null = all other rows. */
  readonly snapshots: readonly string[] | null;
  /** Structured clones, where the host has them as bytes. */
  readonly clones?: CloneSupport;
  /** Rows of this host alone. */
  readonly rows?: Readonly<Record<string, (api: CacheApi) => void | Promise<void>>>;
}

const MAX_BYTES = 2 * 1024 * 1024;
const ITEMS = 500;

/** Longer than a slab page of a cache so small. */
const LARGE = 100_000;

/** What is told apart by the form of its clone: see docs/cache.md on codecs. */
const CLONED = { map: new Map([[1n, new Set(["ä"])]]), bytes: Float64Array.of(1.5) };
const FORMATS = ["Bun", "V8"] as const;

function snapshotOf({ api: { Cache }, clones }: HostSetup, isShared: boolean): Uint8Array {
  const options = { maxBytes: MAX_BYTES, ttl: 3_600_000 };
  const cache = isShared ? Cache.shared({ ...options, threads: 2 }) : new Cache(options);
  cache.set("large", "l".repeat(LARGE), { ttl: Infinity });
  for (let i = 0; i < ITEMS; i++) cache.set(`key${i}`, "ä".repeat(i), { ttl: Infinity });
  cache.set("bytes", Uint8Array.of(0, 255));
  cache.set("ended", "value", { ttl: 0 });
  cache.set("an hour", "value");
  if (clones !== undefined) cache.set(`clone of ${clones.format}`, clones.codec.encode(CLONED));
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

/** Clones of this host's own form come back; those of another one are refused. */
function checkClones(setup: HostSetup, snapshot: Uint8Array, shared: boolean): void {
  const { api, clones } = setup;
  if (clones === undefined) return;
  const cache = api.Cache.from<unknown>(snapshot, { codec: clones.codec, shared });
  for (const format of FORMATS) {
    const key = `clone of ${format}`;
    if (!cache.has(key)) continue;
    if (format !== clones.format) {
      throwsCode(() => cache.get(key), "VALUE");
      continue;
    }
    const { map, bytes } = cache.get(key) as typeof CLONED;
    equal([map.size, [...(map.get(1n) ?? [])], bytes[0]], [1, ["ä"], 1.5]);
  }
}

/** Restored as every kind of cache that there is here. */
function checkAll(setup: HostSetup, snapshot: Uint8Array): void {
  for (const shared of setup.startWorker === null ? [false] : [false, true]) {
    checkSnapshot(setup.api, snapshot, shared);
    checkClones(setup, snapshot, shared);
  }
}

/** Where a snapshot's words begin to be covered by the checksum, and where that stands. */
const [COVERED_AT, CHECKSUM_AT, VERSION_AT] = [8, 4, 8];

/** Whole, but of another version: older ones and later ones are refused, by their numbers. */
function checkLayouts({ Cache, CacheError }: CacheApi, whole: Uint8Array): void {
  const words = new Uint32Array(whole.slice().buffer);
  const ours = words[VERSION_AT] as number;
  for (const version of [0, ours - 1, ours + 1, 0xffff_ffff]) {
    words[VERSION_AT] = version;
    words.set(checksum(words.subarray(COVERED_AT)), CHECKSUM_AT);
    try {
      Cache.from(new Uint8Array(words.buffer));
    } catch (error) {
      holds(error instanceof CacheError && error.code === "SNAPSHOT", "a SNAPSHOT error");
      const reason = `they have layout version ${version}, this is version ${ours}`;
      const { message } = error as Error;
      holds(message.includes(reason), `"${message}" tells both versions`);
      continue;
    }
    throw new Error(`layout version ${version} was restored`);
  }
  words[VERSION_AT] = ours;
  words.set(checksum(words.subarray(COVERED_AT)), CHECKSUM_AT);
  equal(Cache.from(new Uint8Array(words.buffer)).get("bytes"), Uint8Array.of(0, 255));
}

type Attempt = (name: string, row: () => void | Promise<void>) => Promise<void>;

async function runOwnRows(setup: HostSetup, attempt: Attempt): Promise<string[]> {
  const { api, clones, startWorker, rows = {} } = setup;
  const kinds = Object.entries(subjectsOf(api));
  for (const [kind, subject] of startWorker === null ? kinds.slice(0, 1) : kinds) {
    for (const [name, row] of Object.entries({ ...TABLE, ...clones?.rows })) {
      await attempt(`${kind}: ${name}`, () => runRow(row, subject));
    }
  }
  const own = (startWorker === null ? [false] : [false, true]).map((shared) =>
    snapshotOf(setup, shared),
  );
  for (const snapshot of own) await attempt("own snapshot", () => checkAll(setup, snapshot));
  const [first = new Uint8Array()] = own;
  await attempt("damaged snapshots", () => checkDamage(api, first));
  await attempt("snapshots of other layouts", () => checkLayouts(api, first));
  for (const [name, row] of Object.entries(rows)) await attempt(name, () => row(api));
  if (startWorker !== null) {
    for (const [name, row] of Object.entries(workerRows)) {
      await attempt(name, () => row(api, startWorker));
    }
  }
  return own.map(toBase64);
}

/** All rows of this host, or the snapshots that it is given. */
export async function runHost(setup: HostSetup): Promise<HostReport> {
  const failed: string[] = [];
  let passed = 0;
  const attempt: Attempt = async (name, row) => {
    try {
      await row();
      passed++;
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  if (setup.snapshots === null) {
    const snapshots = await runOwnRows(setup, attempt);
    return { passed, failed, snapshots };
  }
  for (const [i, snapshot] of setup.snapshots.entries()) {
    await attempt(`snapshot ${i}`, () => checkAll(setup, fromBase64(snapshot)));
  }
  return { passed, failed, snapshots: [] };
}
