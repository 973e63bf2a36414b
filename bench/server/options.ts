/**
 * The command line of the benchmark.
 *
 * Place: read once by `main.ts`.
 */
import { parseArgs } from "node:util";
import { CAPACITY_SIZES, LATENCY_NAME, LOADS, RESIDENT_NAME } from "./loads.ts";

export interface Options {
  /** Names of what to measure; all of it when empty. */
  readonly only: ReadonlySet<string>;
  readonly runs: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly quick: boolean;
  /** The command that starts the server compared with native memcached. */
  readonly server: readonly string[];
  readonly native: readonly string[];
  /** As taskset takes them: one, or several for a server with threads. */
  readonly serverCores: string;
  readonly generatorCore: number;
  /** Where the report goes besides standard output; null: only there. */
  readonly out: string | null;
}

export const USAGE = `Usage: npm run bench:server -- [options]
  --only <name,...>   measure only these:
                      ${LOADS.map((load) => load.name).join(" ")}
                      ${LATENCY_NAME} ${CAPACITY_SIZES.map((size) => size.name).join(" ")}
                      ${RESIDENT_NAME}
  --runs <n>          alternating runs per figure (5)
  --seconds <s>       measured time of each run (2)
  --warm-up <s>       time under load before that (1)
  --quick             one run of half a second each, to see whether it works
  --server <command>  compare this server instead of bin/wasmcached
  --native <command>  use this as native memcached (memcached)
  --server-cores <list>, --generator-core <n>   cores to pin to (0 and 1)
  --out <file>        write the report here; a whole run goes to bench/results by itself
`;

function numberOption(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`--${name} needs a number`);
  return value;
}

function namesOf(text: string | undefined): ReadonlySet<string> {
  const known = new Set<string>([LATENCY_NAME, RESIDENT_NAME]);
  for (const { name } of [...LOADS, ...CAPACITY_SIZES]) known.add(name);
  const names = (text ?? "").split(",").filter((name) => name !== "");
  for (const name of names) if (!known.has(name)) throw new Error(`nothing is called ${name}`);
  return new Set(names);
}

/** The options, or null when the usage was asked for. */
export function parseOptions(args: readonly string[], defaultServer: string): Options | null {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: text,
      runs: text,
      seconds: text,
      "warm-up": text,
      quick: { type: "boolean" },
      server: text,
      native: text,
      "server-cores": text,
      "generator-core": text,
      out: text,
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return null;
  const quick = values.quick === true;
  return {
    only: namesOf(values.only),
    runs: Math.max(1, numberOption(values.runs, quick ? 1 : 5, "runs")),
    seconds: numberOption(values.seconds, quick ? 0.5 : 2, "seconds"),
    warmUpSeconds: numberOption(values["warm-up"], quick ? 0.5 : 1, "warm-up"),
    quick,
    server: values.server === undefined ? [defaultServer] : values.server.trim().split(/\s+/),
    native: (values.native ?? "memcached").trim().split(/\s+/),
    serverCores: values["server-cores"] ?? "0",
    generatorCore: numberOption(values["generator-core"], 1, "generator-core"),
    out: values.out ?? null,
  };
}
