/**
 * `npm run bench:calcification`: small values make room for large ones, ours and native memcached.
 *
 * Place: the command line of `calcification.ts`.
 */
import { calcificationReport, measureCalcification } from "./calcification.ts";
import {
  COMMON_USAGE,
  type Command,
  headOf,
  publish,
  readCommandLine,
  requireTools,
} from "./command-line.ts";

const SCRIPT = "bench:calcification";

const USAGE = `Usage: npm run ${SCRIPT} -- [options]
  --memory <MiB>      -m of both servers (64)
  --seconds <s>       time with large values (180)
  --rate <n>          requests a second in that time (20000)
  --seed <n>          what the requests follow from (1)${COMMON_USAGE}`;

async function run(args: readonly string[]): Promise<void> {
  const { common, number } = readCommandLine(args, ["memory", "seconds", "rate", "seed"]);
  const options = {
    memory: number("memory", common.isQuick ? 8 : 64),
    seconds: number("seconds", common.isQuick ? 5 : 180),
    rate: number("rate", 20_000),
    seed: number("seed", 1),
    connections: 4,
    batch: 25,
  };
  requireTools(common);
  const outcome = await measureCalcification(options, common);
  const head = headOf("Calcification", SCRIPT, args, common);
  publish(calcificationReport(head, options, outcome), "calcification", common, args.length === 0);
}

export const CALCIFICATION: Command = { script: SCRIPT, usage: USAGE, run };
