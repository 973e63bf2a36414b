/**
 * One soak: a server, mixed load, administrators, watchers, and a look at its memory all the while.
 *
 *     server ──▶ load ∥ administrators ∥ watchers ∥ samples ──▶ quiet: checks ──▶ memory ──▶ end
 */
import { LiveServer, OWN_PROGRAM } from "../support/live-server.ts";
import { checkEnd, checkQuiet, figuresOf } from "../torture/closing-checks.ts";
import { LoadClient, type Traffic } from "../torture/load-client.ts";
import { Progress } from "../torture/progress.ts";
import { Violation } from "../torture/violation.ts";
import { expectOneOf, exchangeOnce } from "../torture/workload.ts";
import { accountingLines } from "./accounting.ts";
import { MEMORY_LIMITS } from "./admin-commands.ts";
import { administrate } from "./administrator.ts";
import { load } from "./mixed-load.ts";
import { type Flatness, type Sample, flatnessOf } from "./resident.ts";
import { Tally } from "./tally.ts";
import { watch } from "./watchers.ts";

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly threads: number;
  /** The core with every check; only of our own server. */
  readonly hasChecks: boolean;
  /** Another server; null is ours. */
  readonly program: string | null;
  readonly connections: number;
  /** Told what happens. */
  readonly report: (line: string) => void;
}

export interface SoakResult {
  readonly tally: Tally;
  readonly flatness: Flatness;
  readonly samples: readonly Sample[];
}

const ADMINISTRATORS = 3;
const WATCHERS = 2;
/** The part of the time in which memory may still grow. */
const WARM_UP = 0.3;
const SAMPLES = 600;
const SAMPLE_MIN_MS = 50;
const REPORTS = 20;

interface Soak {
  readonly options: SoakOptions;
  readonly server: LiveServer;
  readonly progress: Progress;
  readonly traffic: Traffic;
  readonly tally: Tally;
  readonly samples: Sample[];
}

const residentMib = (server: LiveServer): number => server.residentKib() / 1024;

/** Until the time is over. */
async function sample({ options, server, progress, tally, samples }: Soak): Promise<void> {
  const { seconds, report } = options;
  const gap = Math.max(SAMPLE_MIN_MS, (seconds * 1000) / SAMPLES);
  const start = performance.now();
  let told = 0;
  for (let now = 0; now < seconds && !progress.isOver;) {
    await Bun.sleep(gap);
    now = (performance.now() - start) / 1000;
    if (server.hasEnded) throw new Violation("the server has ended");
    const mib = residentMib(server);
    samples.push({ seconds: now, mib });
    if (now - told < seconds / REPORTS) continue;
    told = now;
    report(`${now.toFixed(0)} s: ${mib.toFixed(1)} MiB, ${tally.commands} commands`);
  }
}

async function runLoad(soak: Soak): Promise<void> {
  const { options, server, progress, traffic, tally } = soak;
  const { seed, connections } = options;
  const { port } = server;
  const common = { port, progress, traffic, tally };
  const others = Promise.all([
    ...Array.from({ length: connections }, (_, i) => load(seed + 10 * i, i, common)),
    ...Array.from({ length: ADMINISTRATORS }, (_, i) => administrate(seed + 1000 + i, common)),
    ...Array.from({ length: WATCHERS }, (_, i) => watch(seed + 2000 + i, common)),
  ]);
  try {
    await Promise.race([sample(soak), others]);
  } finally {
    progress.finish();
  }
  await others;
}

/** As it was started: the last one to speak may have been any administrator. */
async function restore(client: LoadClient): Promise<void> {
  await exchangeOnce(client, (batch) => {
    for (const command of ["verbosity 0", `cache_memlimit ${MEMORY_LIMITS.at(-1)}`]) {
      batch.line(command, expectOneOf(command, "OK"));
    }
  });
}

async function close({ options, server, traffic, samples }: Soak, started: number): Promise<void> {
  const client = await LoadClient.connect(server.port, traffic);
  await restore(client);
  if (options.program === null) await checkQuiet(client);
  const ended = residentMib(server);
  const highest = Math.max(ended, ...samples.map(({ mib }) => mib));
  const [stats, slabs] = [await figuresOf(client), await figuresOf(client, "slabs")];
  for (const line of accountingLines(stats, slabs, { started, highest, ended })) {
    options.report(line);
  }
  client.hangUp();
  if (options.program === null) await checkEnd(server);
}

function tell({ options, tally }: Soak, flatness: Flatness): void {
  const { report } = options;
  for (const row of tally.rows()) report(row);
  report(`${tally.commands} commands of the load, ${tally.hits} values, all of them right;`);
  report(`${tally.watchedLines} lines of the log`);
  const { growthMib, mibPerHour, meanMib, limitMib, isFlat } = flatness;
  const verdict = isFlat === null ? "too short to say" : isFlat ? "flat" : "NOT flat";
  report(
    `resident after warm-up: ${meanMib.toFixed(1)} MiB, ${growthMib.toFixed(2)} MiB more by its ` +
      `end (${mibPerHour.toFixed(1)} an hour, limit ${limitMib.toFixed(1)}): ${verdict}`,
  );
}

/** Rejects with what went wrong; memory that grows is told by the result. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { threads, hasChecks, program, seconds } = options;
  const words = ["-m", String(MEMORY_LIMITS.at(-1)), "-t", String(threads), "-c", "1024"];
  const environment = { WASMCACHED_DEBUG: hasChecks ? "2" : "1" };
  const server = await LiveServer.start(words, { environment, program: program ?? OWN_PROGRAM });
  const soak: Soak = {
    options,
    server,
    progress: new Progress(),
    traffic: { bytesSent: 0, connections: 0 },
    tally: new Tally(),
    samples: [],
  };
  try {
    const started = residentMib(server);
    await runLoad(soak);
    await close(soak, started);
    const flatness = flatnessOf(soak.samples, seconds * WARM_UP);
    tell(soak, flatness);
    return { tally: soak.tally, flatness, samples: soak.samples };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const said = server.errors.slice(-4000);
    throw new Error(`${message}\nseed ${options.seed}\nthe server's standard error: ${said}`, {
      cause: error,
    });
  } finally {
    await server.stop();
  }
}
