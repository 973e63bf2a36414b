/**
 * `npm run bench:calcification`: small values make room for large ones, ours and native memcached.
 *
 * Place: the command line of `calcification.ts`.
 */
import { parseArgs } from "node:util";
import { calcificationReport, measureCalcification } from "./calcification.ts";
import {
  COMMON_OPTIONS,
  COMMON_USAGE,
  type Command,
  commonOf,
  headOf,
  numberOption,
  publish,
  requireTools,
} from "./command-line.ts";

const SCRIPT = "bench:calcification";

const USAGE = `Usage: npm run ${SCRIPT} -- [options]
  --memory <MiB>      -m of both servers (64)
  --seconds <s>       time with large values (180)
  --rate <n>          requests a second in that time (20000)
  --seed <n>          what the requests follow from (1)${COMMON_USAGE}`;

const text = { type: "string" } as const;

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...COMMON_OPTIONS, memory: text, seconds: text, rate: text, seed: text },
  });
  const common = commonOf(values);
  const options = {
    memory: numberOption(values.memory, common.isQuick ? 8 : 64, "memory"),
    seconds: numberOption(values.seconds, common.isQuick ? 5 : 180, "seconds"),
    rate: numberOption(values.rate, 20_000, "rate"),
    seed: numberOption(values.seed, 1, "seed"),
    connections: 4,
    batch: 25,
  };
  requireTools(common);
  const outcome = await measureCalcification(options, common);
  const head = headOf("Calcification", SCRIPT, args, common);
  publish(calcificationReport(head, options, outcome), "calcification", common, args.length === 0);
}

export const CALCIFICATION: Command = { script: SCRIPT, usage: USAGE, run };
