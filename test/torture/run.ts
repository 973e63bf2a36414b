/**
 * One run of the torture test: a server of its own, the load, the checks behind it.
 *
 *     plan ──▶ server ──▶ connections ── workloads ──▶ quiet: sums ──▶ empty: no leak ──▶ end
 *                   └──▶ rude clients, administrators ──┘
 */
import { Batch, type Tally, emptyTally } from "./batch.ts";
import type { LiveServer } from "../support/live-server.ts";
import { type Place, startServer } from "./place.ts";
import { LoadClient, type Traffic } from "./load-client.ts";
import { type Plan, replayLine, serverLine } from "./plan.ts";
import { Progress } from "./progress.ts";
import { Random } from "../support/random.ts";
import { Violation } from "./violation.ts";
import { type Works, worksOf } from "./works.ts";
import { administrate } from "./administrators.ts";
import { beRude } from "./rude-clients.ts";
import { type Figures, checkEmptying, checkEnd, checkQuiet, figuresOf } from "./closing-checks.ts";
import { missingWork } from "./background-check.ts";
import { checkFigures } from "./figures-check.ts";
import { moveClock } from "./clock-mover.ts";
import { movePages, untilStill } from "./page-moves.ts";
import { exchangeOnce } from "./workload.ts";
import { largeLength } from "./value-lengths.ts";

/** How often the load is repeated for work in the background that was not seen. */
const ROUNDS_MAX = 10;

interface Load {
  readonly plan: Plan;
  readonly server: LiveServer;
  readonly place: Place;
  readonly works: Works;
  readonly progress: Progress;
  readonly traffic: Traffic;
  readonly tally: Tally;
}

/** Runs a plan to its end. Rejects with a Violation, or with what else went wrong. */
export async function runPlan(plan: Plan): Promise<void> {
  const { server, place, stop } = await startServer(plan);
  const tally = emptyTally();
  const load: Load = {
    plan,
    server,
    place,
    works: worksOf(plan, tally),
    progress: new Progress(),
    traffic: { bytesSent: 0, connections: 0 },
    tally,
  };
  try {
    await runLoad(load);
    if (plan.endsBusy) await keepBusy(load);
    await checkEnd(server);
  } catch (error) {
    load.progress.finish();
    throw await explained(error, load);
  } finally {
    await stop();
  }
}

async function runLoad(load: Load): Promise<void> {
  const { plan, place, works, progress, traffic } = load;
  const asking = await LoadClient.connect(place, traffic);
  await exchangeOnce(asking, (batch) => {
    for (const workload of works.all) workload.prepare?.(batch);
  });
  const clockMover = plan.movesClock ? moveClock(plan.seed + 3000, place, traffic, progress) : null;
  const pageMover = plan.movesPages ? movePages(plan.seed + 4000, place, traffic, progress) : null;
  const watched = [...rudeClientsOf(load), ...administratorsOf(load), clockMover, pageMover];
  const others = Promise.all(watched);
  const before = await figuresOf(asking);
  await Promise.race([workOn(load, asking, before), never(others)]);
  progress.finish();
  await others;
  await untilStill(asking);
  let items = 0;
  for (const workload of works.all) items += await workload.verify(asking);
  await checkQuiet(asking, plan.options);
  if (plan.isExact) await checkFigures(await figuresOf(asking), load, items);
  const keys = works.all.flatMap((workload) => Array.from(workload.keys()));
  await checkEmptying(asking, plan, keys);
  asking.hangUp();
}

/** Ends only when the promise fails. */
async function never(promise: Promise<unknown>): Promise<never> {
  await promise;
  return await new Promise<never>(() => undefined);
}

function rudeClientsOf({ plan, place, works, progress, traffic }: Load): Promise<void>[] {
  const options = {
    place,
    traffic,
    progress,
    keys: [...works.large.keys()],
    lengthOf: largeLength,
    isExact: plan.isExact,
  };
  return Array.from({ length: plan.rudeClients }, (_, i) => beRude(plan.seed + 1000 + i, options));
}

function administratorsOf({ plan, place, works, progress, traffic }: Load): Promise<void>[] {
  const flushed = plan.isExact || plan.hasEverything ? null : works.registers;
  const hasDelays = plan.hasFlushDelays;
  const options = { place, traffic, progress, flushed, hasDelays };
  return Array.from({ length: plan.administrators }, (_, i) =>
    administrate(plan.seed + 2000 + i, options),
  );
}

// ── Connections at work ──────────────────────────────────────────────────────────────────────────

/** Works, and once more while a plan of everything has something to wait for. */
async function workOn(load: Load, asking: LoadClient, before: Figures): Promise<void> {
  for (let round = 1; ; round++) {
    await work(load);
    if (!load.plan.hasEverything) return;
    const missing = missingWork(before, await figuresOf(asking));
    if (missing.length === 0) return;
    if (round === ROUNDS_MAX)
      throw new Violation("work that was not done", { missing: missing.join(", ") });
  }
}

async function work(load: Load): Promise<void> {
  const { plan, place, traffic } = load;
  const clients = await Promise.all(
    Array.from({ length: plan.connections }, () => LoadClient.connect(place, traffic)),
  );
  await Promise.all(clients.map((client, writer) => drive(load, client, writer)));
  await checkSpread(load, clients[0] as LoadClient);
  for (const client of clients) client.hangUp();
}

/** One connection's part: its storm on the hot counter, then batch after batch. */
async function drive(load: Load, client: LoadClient, writer: number): Promise<void> {
  const { plan, works, progress, tally } = load;
  const random = new Random(plan.seed + 3 * writer + 1);
  const batch = new Batch(tally);
  works.counters.storm(batch, plan.isExact ? plan.stormLength : 0, writer);
  await client.exchange(batch);
  await works.storms.burst(client, random, 3 * plan.stormTimes);
  for (let left = plan.batches; left > 0; left--) {
    batch.clear();
    for (let groups = 1 + random.below(plan.groupsMax); groups > 0; groups--) {
      random.weighted(works.weighted).add?.(batch, random, writer);
    }
    await client.exchange(batch);
    if (random.oneIn(3)) await works.flood.surge(client, 1 + random.below(6));
    if (random.oneIn(3)) await works.storms.burst(client, random, plan.stormTimes);
    progress.bump();
  }
}

/** Storms that nobody waits for: the server is to end in the midst of them. */
async function keepBusy({ plan, place, works, traffic }: Load): Promise<void> {
  const random = new Random(plan.seed);
  const clients = await Promise.all(
    Array.from({ length: plan.threads * 4 }, () => LoadClient.connect(place, traffic)),
  );
  await Promise.all(clients.map((client) => works.storms.burst(client, random, 1)));
  for (const client of clients) works.storms.burst(client, random, 1000).catch(() => undefined);
}

/** The kernel deals connections out by a hash: of so many, some go to every few threads. */
async function checkSpread({ plan }: Load, client: LoadClient): Promise<void> {
  const figures = await figuresOf(client, "threads");
  const name = /^\d+:total_connections$/;
  const shares = [...figures].filter(([key]) => name.test(key)).map(([, value]) => Number(value));
  const busy = shares.filter((share) => share > 0).length;
  if (busy >= 2 || plan.threads < 2) return;
  throw new Violation("one thread serves all connections", { shares: shares.join(" ") });
}

/** The error with the plan, and with what the server said. */
async function explained(error: unknown, { plan, server }: Load): Promise<Error> {
  // What the server says when it dies may still be on its way.
  if (server.hasEnded) await server.ended();
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [
    message,
    `server: ${serverLine(plan)}`,
    `server has ended: ${server.hasEnded}; its standard error: ${server.errors.slice(0, 4000)}`,
    `plan: ${JSON.stringify(plan)}`,
    `replay: ${replayLine(plan)}`,
  ];
  return new Error(lines.join("\n"), { cause: error });
}
