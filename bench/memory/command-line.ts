/**
 * What the command lines of the memory benchmarks have in common, and how their reports end up.
 *
 * Place: used by the commands of this folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine, missingTool } from "../server/machine.ts";
import type { Side } from "../server/server-process.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** One of the benchmarks, as `main.ts` runs it. */
export interface Command {
  /** Its name in package.json. */
  readonly script: string;
  readonly usage: string;
  run(args: readonly string[]): Promise<void>;
}

export interface Common {
  /** The commands that start the servers. */
  readonly commands: Readonly<Record<Side, readonly string[]>>;
  /** As taskset takes them. */
  readonly serverCores: string;
  readonly generatorCore: number;
  /** Small sizes and short times, to see whether it works. */
  readonly isQuick: boolean;
  /** Where the report goes besides standard output; null: `publish` decides. */
  readonly out: string | null;
  readonly hasOwnServer: boolean;
}

const text = { type: "string" } as const;

const COMMON_OPTIONS = {
  server: text,
  native: text,
  "server-cores": text,
  "generator-core": text,
  out: text,
  quick: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export const COMMON_USAGE = `
  --quick             small and short, to see whether it works
  --server <command>  compare this server instead of bin/wasmcached
  --native <command>  use this as native memcached (memcached)
  --server-cores <list>, --generator-core <n>   cores to pin to (0 and 1)
  --out <file>        write the report here; a whole run goes to bench/results by itself
`;

interface CommonValues {
  readonly server?: string | undefined;
  readonly native?: string | undefined;
  readonly "server-cores"?: string | undefined;
  readonly "generator-core"?: string | undefined;
  readonly out?: string | undefined;
  readonly quick?: boolean | undefined;
}

export function numberOption(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new Error(`--${name} needs a number`);
  return value;
}

function commonOf(values: CommonValues): Common {
  const own = join(ROOT, "bin", "wasmcached");
  return {
    commands: {
      native: (values.native ?? "memcached").trim().split(/\s+/),
      ours: (values.server ?? own).trim().split(/\s+/),
    },
    serverCores: values["server-cores"] ?? "0",
    generatorCore: numberOption(values["generator-core"], 1, "generator-core"),
    isQuick: values.quick === true,
    out: values.out ?? null,
    hasOwnServer: values.server === undefined,
  };
}

/** What was said on a command line. */
export interface CommandLine<Name extends string> {
  readonly common: Common;
  /** An option of the command's own, if it was given. */
  text(name: Name): string | undefined;
  number(name: Name, usual: number): number;
}

/** Reads the options that all commands have, and those of one command, which all take a value. */
export function readCommandLine<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): CommandLine<Name> {
  const own = Object.fromEntries(names.map((name) => [name, text] as const));
  const { values } = parseArgs({ args: [...args], options: { ...own, ...COMMON_OPTIONS } });
  const given: Readonly<Record<string, unknown>> = values;
  const textOf = (name: Name): string | undefined => {
    const value = given[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    common: commonOf(values),
    text: textOf,
    number: (name, usual) => numberOption(textOf(name), usual, name),
  };
}

/** The names of a list on the command line, all of them known. */
export function namesOf<T extends string>(list: string | undefined, known: readonly T[]): T[] {
  if (list === undefined) return [...known];
  const names = list.split(",").filter((name) => name !== "");
  for (const name of names) {
    if (!known.some((one) => one === name)) throw new Error(`nothing is called ${name}`);
  }
  return known.filter((name) => names.includes(name));
}

/** The opening of a report. */
export function headOf(
  title: string,
  script: string,
  args: readonly string[],
  { commands }: Common,
): string {
  const machine = describeMachine(commands.native[0]!);
  const command = ["npm run", script, "--", ...args].join(" ");
  return `# ${title}, ${machine.date}, ${machine.commit}

- processor: ${machine.cpu}; kernel ${machine.kernel}
- Bun ${machine.bun}; native ${machine.native}
- command: \`${command}\``;
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints the report; one of a whole run with our own server is kept as a file, too. */
export function publish(report: string, what: string, common: Common, isWhole: boolean): void {
  console.log(report);
  const { date, commit } = describeMachine(common.commands.native[0]!);
  const kept = join(ROOT, "bench", "results", `${date}-${commit}-${what}.md`);
  const path = common.out ?? (isWhole && !common.isQuick && common.hasOwnServer ? kept : null);
  if (path === null) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, report);
}

export function requireTools(common: Common): void {
  const missing = missingTool(common.commands.native[0]!);
  if (missing !== null) throw new Error(missing);
}
