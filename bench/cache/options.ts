/**
 * The command line of the cache's benchmark, and the sizes of a whole and of a quick run.
 *
 * Place: read once by `main.ts`. Quick shows that everything works and says nothing about speed;
 * nothing but these numbers differs between the two.
 */
import { parseArgs } from "node:util";
import { LIBRARIES } from "./libraries.ts";

export const PARTS = ["libraries", "waiting", "pause", "limit", "native"] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly quick: boolean;
  readonly parts: ReadonlySet<string>;
  /** Names of the libraries to compare. */
  readonly libraries: readonly string[];
  readonly entries: readonly number[];
  /** Where the report goes; null: a whole run's into bench/results, no other. */
  readonly out: string | null;
}

export const USAGE = `Usage: npm run bench -- [options]
  --quick               small sizes, a moment each: shows that it works, in under a minute
  --only <part,...>     ${PARTS.join(" ")}
  --libraries <name,…>  ${LIBRARIES.map(({ name }) => name).join(" ")}
  --entries <n,...>     instead of 10000,1000000,10000000
  --out <file.md>       write the report here, and the plots beside it; a whole run goes to
                        bench/results by itself
The micro-benchmarks of the core are \`npm run bench:core\`.
`;

/** What a run is made of. */
export interface Sizes {
  readonly entries: readonly number[];
  /** Where the limits are held: one of `entries`, if it can be. */
  readonly limitEntries: number;
  readonly draws: number;
  readonly minCpuMs: number;
  readonly sets: number;
  /** Items that the smaller of the two caches keeps during the sets. */
  readonly kept: number;
  readonly maxBytes: number;
  readonly nativeSeconds: number;
}

const MEBIBYTE = 1024 * 1024;

const FULL: Sizes = {
  entries: [10_000, 1_000_000, 10_000_000],
  limitEntries: 1_000_000,
  draws: 2 ** 20,
  minCpuMs: 300,
  sets: 10_000_000,
  kept: 1_000_000,
  maxBytes: 512 * MEBIBYTE,
  nativeSeconds: 2,
};

const QUICK: Sizes = {
  entries: [500, 5000],
  limitEntries: 5000,
  draws: 2 ** 10,
  minCpuMs: 2,
  sets: 20_000,
  kept: 2000,
  maxBytes: 8 * MEBIBYTE,
  nativeSeconds: 0.05,
};

export function sizesOf({ quick, entries }: Options): Sizes {
  const sizes = quick ? QUICK : FULL;
  return entries.length === 0 ? sizes : { ...sizes, entries };
}

function namesOf(text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const names = text.split(",");
  for (const name of names) {
    if (!known.includes(name)) throw new Error(`nothing is called ${name}`);
  }
  return known.filter((name) => names.includes(name));
}

function entriesOf(text: string | undefined): number[] {
  if (text === undefined) return [];
  return text.split(",").map((word) => {
    const entries = Number(word);
    if (!Number.isSafeInteger(entries) || entries < 100) {
      throw new Error(`--entries needs numbers of at least 100, not ${word}`);
    }
    return entries;
  });
}

/** The options, or null when the usage was asked for. */
export function parseOptions(args: readonly string[]): Options | null {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      only: text,
      libraries: text,
      entries: text,
      out: text,
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return null;
  return {
    quick: values.quick === true,
    parts: new Set(namesOf(values.only, PARTS)),
    libraries: namesOf(
      values.libraries,
      LIBRARIES.map(({ name }) => name),
    ),
    entries: entriesOf(values.entries),
    out: values.out ?? null,
  };
}

/** Whether it is a run to be recorded. */
export function isWhole({ quick, parts, libraries, entries }: Options): boolean {
  const isAll = parts.size === PARTS.length && libraries.length === LIBRARIES.length;
  return !quick && isAll && entries.length === 0;
}
