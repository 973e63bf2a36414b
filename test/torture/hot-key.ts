/**
 * One hot key: all connections increment the same number at the same time, with and without
 * noreply, and nothing else is done. No number is answered twice, and the last one is the sum.
 */
import { Batch, emptyTally } from "./batch.ts";
import { Counters } from "./counters.ts";
import { LiveServer } from "../support/live-server.ts";
import { LoadClient } from "./load-client.ts";
import { World, exchangeOnce } from "./workload.ts";
import { checkEnd, checkQuiet } from "./closing-checks.ts";

export interface HotKeyOptions {
  readonly threads: number;
  readonly hasChecks: boolean;
  readonly connections: number;
  /** Increments of each connection in a round; half of them are answered. */
  readonly increments: number;
  readonly rounds: number;
}

/** Returns the number in the end, which was found to be right. */
export async function runHotKey(options: HotKeyOptions): Promise<number> {
  const { threads, hasChecks, connections, increments, rounds } = options;
  await using server = await LiveServer.start(["-t", String(threads)], {
    environment: { WASMCACHED_DEBUG: hasChecks ? "2" : "1" },
  });
  const traffic = { bytesSent: 0, connections: 0 };
  const counters = new Counters(new World(true, connections), 0);
  const asking = await LoadClient.connect(server.port, traffic);
  await exchangeOnce(asking, (batch) => counters.prepare(batch));
  const clients = await Promise.all(
    Array.from({ length: connections }, () => LoadClient.connect(server.port, traffic)),
  );
  const half = increments / 2;
  const drive = async (client: LoadClient, writer: number): Promise<void> => {
    const batch = new Batch(emptyTally());
    for (let left = rounds; left > 0; left--) {
      batch.clear();
      counters.storm(batch, half, writer);
      counters.silentStorm(batch, half);
      await client.exchange(batch);
    }
  };
  await Promise.all(clients.map(drive));
  for (const client of clients) client.hangUp();
  await counters.verify(asking);
  await checkQuiet(asking);
  await checkEnd(server);
  return connections * half * 2 * rounds;
}
