/**
 * The soak: `npm run soak -- [--minutes N] [--seconds N] [--seed N] [--threads N] [--checks]`.
 *
 * One server under mixed load and random admin commands, an hour unless told otherwise. Ends with
 * exit code 1 when a reply was wrong, the core's check found a fault, or resident memory grew; with
 * 64 on a wrong command line. `--server <program>` soaks another server, such as memcached.
 */
import { parseArgs } from "node:util";
import { freshSeed } from "../support/random.ts";
import { type SoakOptions, runSoak } from "./run.ts";

const MINUTES = 60;
const THREADS = 4;
const CONNECTIONS = 16;

const USAGE = `usage: npm run soak -- [--minutes N | --seconds N] [--seed N] [--threads N]
       [--connections N] [--checks] [--server <program>]`;

/** The command line, or null where it makes no sense. */
export function parseOrder(args: readonly string[]): Omit<SoakOptions, "report"> | null {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: text,
        seconds: text,
        seed: text,
        threads: text,
        connections: text,
        checks: { type: "boolean" },
        server: text,
      },
    });
    const order = {
      seconds: Number(values.seconds ?? Number(values.minutes ?? MINUTES) * 60),
      seed: Number(values.seed ?? freshSeed()),
      threads: Number(values.threads ?? THREADS),
      connections: Number(values.connections ?? CONNECTIONS),
    };
    const { seconds, seed, threads, connections } = order;
    const areCounts = [seed, threads, connections].every((one) => Number.isSafeInteger(one));
    if (!areCounts || !(seconds > 0) || threads < 1 || connections < 1) return null;
    return { ...order, hasChecks: values.checks === true, program: values.server ?? null };
  } catch {
    return null;
  }
}

if (import.meta.main) {
  const order = parseOrder(process.argv.slice(2));
  if (order === null) {
    console.error(USAGE);
    process.exit(64);
  }
  console.log(`seed ${order.seed}, ${order.seconds} s, ${order.threads} threads`);
  try {
    const { flatness } = await runSoak({ ...order, report: (line) => console.log(line) });
    process.exit(flatness.isFlat === false ? 1 : 0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
