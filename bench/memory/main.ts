/**
 * The benchmarks of the memory engine: `bun bench/memory/main.ts <which> [options]`.
 *
 * Place: behind `npm run bench:hits`, `bench:calcification` and `bench:maintenance`.
 */
import { CALCIFICATION } from "./calcification-command.ts";
import type { Command } from "./command-line.ts";
import { HITS } from "./hits-command.ts";
import { MAINTENANCE } from "./maintenance-command.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  hits: HITS,
  calcification: CALCIFICATION,
  maintenance: MAINTENANCE,
};

const [which = "", ...args] = process.argv.slice(2);
const command = COMMANDS[which];
if (command === undefined) {
  console.error(`usage: bun bench/memory/main.ts ${Object.keys(COMMANDS).join("|")} [options]`);
  process.exitCode = 64;
} else if (args.includes("--help")) {
  console.log(command.usage);
} else {
  try {
    await command.run(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${command.script}: ${message}\n`);
    process.exitCode = 1;
  }
}
