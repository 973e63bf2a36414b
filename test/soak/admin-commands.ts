/**
 * The admin commands of the soak, and which replies each of them may have.
 *
 * Place: drawn from by `administrator.ts`. A reply is of one of three classes:
 *
 *     done      the command did what it says
 *     refused   it did not, for a reason that may come up at any time (busy, nothing to do)
 *     wrong     anything else, ERROR too, which ends the soak
 */
import type { Random } from "../support/random.ts";

export interface AdminCommand {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  line(random: Random): string;
  /** The reply's only line, or its last. */
  readonly done: RegExp;
  readonly refused?: RegExp;
  /** What all lines before the last are like, where there are such lines. */
  readonly body?: RegExp;
}

export type ReplyClass = "done" | "refused" | "wrong";

const CLASS_ID_MAX = 63;
/** Seldom: between two of them the cache has to fill, or nothing else is put to the test. */
const FLUSH_WEIGHT = 0.004;
/** MiB. The highest is what the server starts with. */
export const MEMORY_LIMITS = [32, 48, 64] as const;

const OK = /^OK$/;
const END = /^END$/;
const STAT = /^STAT \S+ ?.*$/;
/** One of several whole lines. */
function anyOf(...lines: string[]): RegExp {
  return new RegExp(`^(${lines.join("|")})$`);
}

const CRAWL_REFUSED = anyOf(
  "BUSY currently processing crawler request",
  "NOTSTARTED no items to crawl",
  "CLIENT_ERROR lru crawler disabled",
  "ERROR locked try again later",
);

function fixed(name: string, weight: number, done: RegExp, body?: RegExp): AdminCommand {
  const command = { name, weight, line: () => name, done };
  return body === undefined ? command : { ...command, body };
}

const classId = (random: Random): number => 1 + random.below(CLASS_ID_MAX);
const someClasses = (random: Random): string =>
  random.oneIn(2) ? "all" : `${classId(random)},${classId(random)}`;

const STATS: readonly AdminCommand[] = [
  fixed("stats", 4, END, STAT),
  fixed("stats items", 3, END, STAT),
  fixed("stats slabs", 3, END, STAT),
  fixed("stats settings", 1, END, STAT),
  fixed("stats conns", 2, END, STAT),
  fixed("stats sizes", 1, END, STAT),
  fixed("stats reset", 1, /^RESET$/),
  fixed("stats detail dump", 1, END, /^PREFIX \S* ?get \d+ hit \d+ set \d+ del \d+$/),
  {
    name: "stats detail on|off",
    weight: 1,
    line: (random) => `stats detail ${random.pick(["on", "off"])}`,
    done: OK,
  },
  {
    name: "stats cachedump",
    weight: 2,
    line: (random) => `stats cachedump ${classId(random)} ${random.pick([0, 10, 100])}`,
    done: END,
    body: /^ITEM \S+ \[\d+ b; \d+ s\]$/,
  },
];

const SETTINGS: readonly AdminCommand[] = [
  fixed("version", 1, /^VERSION \S+$/),
  { name: "verbosity", weight: 2, line: (random) => `verbosity ${random.below(2)}`, done: OK },
  {
    name: "cache_memlimit",
    weight: 2,
    line: (random) => `cache_memlimit ${random.pick(MEMORY_LIMITS)}`,
    done: OK,
    refused: /^MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust$/,
  },
  fixed("flush_all", FLUSH_WEIGHT, OK),
  {
    name: "flush_all later",
    weight: FLUSH_WEIGHT,
    line: (random) => `flush_all ${1 + random.below(3)}`,
    done: OK,
  },
];

const LRU: readonly AdminCommand[] = [
  {
    name: "lru tune",
    weight: 2,
    line: (random) => {
      const [hot, warm] = [1 + random.below(40), 1 + random.below(39)];
      return `lru tune ${hot} ${warm} ${random.pick(["0.1", "0.5", "1"])} 2.0`;
    },
    done: OK,
  },
  {
    name: "lru mode",
    weight: 1,
    line: (random) => `lru mode ${random.pick(["flat", "segmented", "segmented"])}`,
    done: OK,
  },
  {
    name: "lru temp_ttl",
    weight: 1,
    line: (random) => `lru temp_ttl ${random.pick([-1, 0, 5, 60])}`,
    done: OK,
  },
];

const CRAWLER: readonly AdminCommand[] = [
  {
    name: "lru_crawler enable",
    weight: 2,
    line: () => "lru_crawler enable",
    done: OK,
    refused: /^ERROR failed to start lru crawler thread$/,
  },
  {
    name: "lru_crawler disable",
    weight: 1,
    line: () => "lru_crawler disable",
    done: OK,
    refused: /^ERROR failed to stop lru crawler thread$/,
  },
  {
    name: "lru_crawler sleep",
    weight: 1,
    line: (random) => `lru_crawler sleep ${random.pick([0, 10, 100, 1000])}`,
    done: OK,
  },
  {
    name: "lru_crawler tocrawl",
    weight: 1,
    line: (random) => `lru_crawler tocrawl ${random.pick([0, 0, 100, 10_000])}`,
    done: OK,
  },
  {
    name: "lru_crawler crawl",
    weight: 3,
    line: (random) => `lru_crawler crawl ${someClasses(random)}`,
    done: OK,
    refused: CRAWL_REFUSED,
  },
  {
    name: "lru_crawler metadump",
    weight: 2,
    line: (random) => `lru_crawler metadump ${random.oneIn(3) ? "hash" : someClasses(random)}`,
    done: END,
    refused: CRAWL_REFUSED,
    body: /^(OK|key=\S+ exp=-?\d+ la=\d+ cas=\d+ fetch=(yes|no) cls=\d+ size=\d+.*)$/,
  },
  {
    name: "lru_crawler mgdump",
    weight: 2,
    line: (random) => `lru_crawler mgdump ${random.oneIn(3) ? "hash" : someClasses(random)}`,
    done: /^EN$/,
    refused: CRAWL_REFUSED,
    body: /^(OK|mg \S+( b)?)$/,
  },
];

const SLABS: readonly AdminCommand[] = [
  {
    name: "slabs reassign",
    weight: 3,
    line: (random) => `slabs reassign ${random.pick([-1, classId(random)])} ${classId(random)}`,
    done: OK,
    refused: /^(BUSY currently processing reassign request|BADCLASS .*|NOSPARE .*|SAME .*)$/,
  },
  {
    name: "slabs automove",
    weight: 1,
    line: (random) => `slabs automove ${random.below(3)}`,
    done: OK,
  },
];

export const ADMIN_COMMANDS: readonly AdminCommand[] = [
  ...STATS,
  ...SETTINGS,
  ...LRU,
  ...CRAWLER,
  ...SLABS,
];

/** Every line that can end a reply of many lines. */
export const LAST_LINE = anyOf(
  "END",
  "EN",
  "ERROR.*",
  "(CLIENT|SERVER)_ERROR .*",
  "(BUSY|NOTSTARTED|BADCLASS) .*",
);

/** @param lines the whole reply; the last of them decides, the others have to have their form */
export function classOf(command: AdminCommand, lines: readonly string[]): ReplyClass {
  const last = lines.at(-1) ?? "";
  const body = lines.slice(0, -1);
  const { done, refused, body: form } = command;
  if (!body.every((line) => form?.test(line) === true)) return "wrong";
  if (done.test(last)) return "done";
  return refused?.test(last) === true ? "refused" : "wrong";
}
