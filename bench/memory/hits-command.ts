/**
 * `npm run bench:hits`: hit ratios at equal memory, ours and native memcached's, in one run.
 *
 * Place: the command line of `hits.ts`.
 */
import {
  COMMON_USAGE,
  type Command,
  headOf,
  namesOf,
  publish,
  readCommandLine,
  requireTools,
} from "./command-line.ts";
import { type HitsOutcome, hitsReport, measureHits } from "./hits.ts";
import type { TraceSpec } from "./trace-spec.ts";

const SCRIPT = "bench:hits";
const KINDS = ["zipf", "scan", "shifting"] as const;
const TITLES = {
  zipf: "Zipf 0.99",
  scan: "Zipf 0.99 and scans",
  shifting: "shifting set, changing sizes",
} as const;

const REQUESTS = 10_000_000;
const KEYS = 1_000_000;
const QUICK_SHARE = 1 / 50;

const USAGE = `Usage: npm run ${SCRIPT} -- [options]
  --trace <file>      play this file (CSV or spaces: time key size op ttl) instead of:
  --only <name,...>   the generated traces: ${KINDS.join(" ")}
  --requests <n>      requests of each (${REQUESTS})
  --keys <n>          keys of each (${KEYS})
  --seed <n>          what they follow from (1)
  --share <x>         the cache's part of the footprint (0.1)
  --memory <MiB>      -m of both servers, whatever the footprint
  --connections <n>   connections (8)
  --batch <n>         requests a connection sends at once (50)${COMMON_USAGE}`;

const OPTIONS = [
  "trace",
  "only",
  "requests",
  "keys",
  "seed",
  "share",
  "memory",
  "connections",
  "batch",
] as const;

async function run(args: readonly string[]): Promise<void> {
  const { common, text, number } = readCommandLine(args, OPTIONS);
  const scale = common.isQuick ? QUICK_SHARE : 1;
  const count = (name: (typeof OPTIONS)[number], usual: number): number => {
    return Math.max(1, Math.floor(number(name, usual)));
  };
  const hits = {
    connections: count("connections", 8),
    batch: count("batch", 50),
    share: number("share", 0.1),
    memory: text("memory") === undefined ? null : number("memory", 0),
  };
  const generated = {
    requests: count("requests", REQUESTS * scale),
    keys: count("keys", KEYS * scale),
    seed: count("seed", 1),
  };
  requireTools(common);
  const outcomes: HitsOutcome[] = [];
  const path = text("trace");
  if (path !== undefined) {
    outcomes.push(await measureHits(path, { kind: "file", path }, hits, common));
  } else {
    for (const kind of namesOf(text("only"), KINDS)) {
      const spec: TraceSpec = { kind, ...generated };
      outcomes.push(await measureHits(TITLES[kind], spec, hits, common));
    }
  }
  const head = `${headOf("Hit ratio", SCRIPT, args, common)}
- one run, both servers one after the other with the same trace; ${hits.connections} connections,
  ${hits.batch} requests at once on each; generated traces have seed ${generated.seed}`;
  publish(hitsReport(head, outcomes), "hits", common, args.length === 0);
}

export const HITS: Command = { script: SCRIPT, usage: USAGE, run };
