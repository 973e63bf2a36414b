/**
 * The server's figures after an exact run: sums over all threads, in which nothing may be lost.
 */
import type { Figures } from "./closing-checks.ts";
import type { Plan } from "./plan.ts";
import type { Tally } from "./batch.ts";
import type { Traffic } from "./load-client.ts";
import { Violation } from "./violation.ts";

export interface Sent {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly traffic: Traffic;
}

function expect(name: string, expected: number, got: number): void {
  if (got !== expected) throw new Violation("a sum that is wrong", { name, expected, got });
}

/** @param items how many the workloads say there are */
export function checkFigures(
  figures: Figures,
  { plan, tally, traffic }: Sent,
  items: number,
): void {
  const get = (name: string): number => Number(figures.get(name));
  expect("evictions", 0, get("evictions"));
  expect("curr_items", items, get("curr_items"));
  expect("incr_hits", tally.incr, get("incr_hits"));
  expect("incr_misses", 0, get("incr_misses"));
  expect("decr_hits", tally.decr, get("decr_hits"));
  const deletes = get("delete_hits") + get("delete_misses");
  expect("delete_hits + delete_misses", tally.deletes, deletes);
  const swaps = get("cas_hits") + get("cas_badval") + get("cas_misses");
  expect("cas_hits + cas_badval + cas_misses", tally.cas, swaps);
  // What became of a rude client's commands nobody knows; it may have gone before it was accepted.
  if (plan.rudeClients > 0) return;
  // Whether the socket is there is found out by connecting to it.
  if (!plan.isUnix) expect("total_connections", traffic.connections + 1, get("total_connections"));
  expect("bytes_read", traffic.bytesSent, get("bytes_read"));
}
