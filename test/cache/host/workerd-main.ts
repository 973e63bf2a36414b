/**
 * The host program for workerd, whose clocks and timers run within an event only: here the test
 * event, in which the report is printed. Programs there keep caches from event to event, so they
 * make them before the first one.
 */
import * as api from "wasmcached";
import { equal, holds, sleep } from "../asserting.ts";
import { runHost } from "./rows.ts";
import { snapshots } from "./snapshots.js";

const MAX_BYTES = 1024 * 1024;
const HOUR_MS = 3_600_000;

const early = new api.Cache({ maxBytes: MAX_BYTES });
early.set("early", "value", { ttl: HOUR_MS });
const restored = api.Cache.from(early.snapshot());

/** The clock begins with the event, and is the one by which ttls end. */
async function timesOfEarlyCaches(): Promise<void> {
  for (const cache of [early, restored, api.Cache.from(early.snapshot())]) {
    const left = cache.ttlOf("early") ?? 0;
    holds(left > HOUR_MS - 60_000 && left <= HOUR_MS + 10, `${left} ms of an hour are left`);
    cache.set("short", "value", { ttl: 50 });
    equal(cache.get("short"), "value");
    await sleep(100);
    equal(cache.get("short"), undefined);
  }
}

export async function test(): Promise<void> {
  const rows = { "caches made before the first event": timesOfEarlyCaches };
  const report = await runHost({ api: api as never, snapshots, startWorker: null, rows });
  console.log(JSON.stringify(report));
}
