/**
 * How much a server has grown. What it has freed goes back to the system some two seconds later
 * (the launcher's MIMALLOC_PURGE_DELAY), so growth is looked at until it is little enough; what is
 * really held stays.
 */
import type { LiveServer } from "./live-server.ts";
import { until } from "./waiting.ts";

const PATIENCE_MS = 3500;

/** Rejects when the server stays larger than `before` by `maxKib` or more. */
export async function expectGrowthBelow(
  server: LiveServer,
  before: number,
  maxKib: number,
): Promise<void> {
  const what = `resident memory within ${maxKib} KiB of ${before} KiB`;
  await until(what, () => server.residentKib() - before < maxKib, PATIENCE_MS);
}
