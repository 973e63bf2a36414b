/**
 * The results of a run as Markdown.
 *
 * Place: on the terminal, and as a file of bench/results.
 */
import type { Machine } from "../server/machine.ts";
import { type Row, count, table, verdict } from "../support/tables.ts";
import { LIBRARIES, MAP, OURS, libraryOf } from "./libraries.ts";
import { type Limit, isMet, limitsOf } from "./limits.ts";
import type { Sizes } from "./options.ts";
import { type Outcomes, bytesPerEntry } from "./outcomes.ts";
import { SMALL_VALUE_BYTES, entriesTitle, sceneTitle } from "./plan.ts";
import { OPERATIONS, type Operation, type Scene } from "./task.ts";

export interface RunFacts {
  readonly machine: Machine;
  readonly command: string;
  readonly seconds: number;
  /** Load averages of the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
  readonly versions: Readonly<Record<string, string>>;
}

/** Figures below that say nothing of memory: the process itself wavers by as much. */
const ENTRIES_FOR_MEMORY = 500_000;

const nanoseconds = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

function headText(facts: RunFacts): string {
  const { machine, command, seconds, load, versions } = facts;
  const [before, after] = load.map((value) => value.toFixed(2));
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# The embedded cache, ${machine.date}, ${machine.commit}

- processor: ${machine.cpu}; kernel ${machine.kernel}; Bun ${machine.bun}
- load average of the machine before and after: ${before}, ${after}${loadRemark(load)}
- ${libraries.join(", ")}; ${machine.native === "" ? "no native memcached" : machine.native}
- command: \`${command}\`, ${(seconds / 60).toFixed(1)} minutes; each library and size in a process
  of its own, not pinned to a core, so that the garbage collector may use the other one
- keys of 16 bytes; nanoseconds for one call, means, so that what the collector takes is in them;
  every set is given a value made for it, which a cache of live objects keeps: what making it takes
  is in the column beside`;
}

/** The run itself is a load of one. */
function loadRemark([before, after]: RunFacts["load"]): string {
  return before > 0.7 || after > 2 ? ": **it was busy with other things**" : "";
}

function limitsText(limits: readonly Limit[]): string {
  if (limits.length === 0) return "";
  const rows = limits.map((limit): Row => {
    const { what, how, measured, most, unit } = limit;
    const digits = unit === "" ? 3 : 0;
    return [
      what,
      how,
      `${measured.toFixed(digits)}${unit}`,
      `${most}${unit}`,
      verdict(isMet(limit)),
    ];
  });
  return `## Limits

${table(["limit", "from", "measured", "at most", "met"], rows)}`;
}

function waitingText({ waiting }: Outcomes): string {
  if (waiting === null) return "";
  const { bytes } = waiting.task;
  const mebibytes = (bytes / 1024 ** 2).toFixed(0);
  const load = nanoseconds(waiting.result.mean);
  const two = nanoseconds(2 * waiting.result.mean);
  return `## Waiting for memory

One load that waits for another, anywhere in ${mebibytes} MiB, takes ${load} ns on this machine. A
lookup of any item has at least two of them, one for the bucket and one for the item: ${two} ns
before a byte is compared or copied.`;
}

function nativeText(outcomes: Outcomes, { limitEntries }: Sizes): string {
  const { native } = outcomes;
  if (native === null) {
    return `## Beside native memcached

Skipped: memcached is not installed, or was not asked for.`;
  }
  const scene = { entries: limitEntries, valueBytes: SMALL_VALUE_BYTES, kind: "text" } as const;
  const times = outcomes.find(scene, OURS)?.times ?? null;
  const rows = Object.entries(native).map(([way, rate]): Row => {
    const mean = times?.[operationLike(way)].mean;
    if (mean === undefined) return [way, count(rate), "–", "–"];
    const ours = 1e9 / mean;
    return [way, count(rate), count(ours), `${(ours / rate).toFixed(1)}×`];
  });
  return `## Beside native memcached

${entriesTitle(limitEntries)} entries of 32 bytes as strings, operations per second: one client over
a Unix socket, with blocking system calls and requests that lie ready, which is as fast as a local
client can be; and calls of the embedded cache in one process.

${table(["asked by", "native", "embedded", "ratio"], rows)}`;
}

/** What the embedded cache does beside it: a request for many keys is compared with getMany. */
function operationLike(way: string): Operation {
  if (way.startsWith("set")) return "set";
  return way === "get of 50 keys" ? "50 at once" : "get hit";
}

function pausesText({ pauses }: Outcomes): string {
  if (pauses.length === 0) return "";
  const rows = pauses.map(({ task, result }): Row => [
    `${libraryOf(task.library).title}, ${entriesTitle(task.kept)} kept`,
    result.longest.toFixed(1),
    result.median.toFixed(2),
    result.seconds.toFixed(1),
  ]);
  return `## Pauses

${entriesTitle(pauses[0]?.task.sets ?? 0)} sets of new keys with strings of 32 bytes, 200 in each
turn of the event loop; milliseconds of the longest turn and of the median one, and seconds in all.

${table(["", "longest", "median", "seconds"], rows)}`;
}

/** How many times as long ours takes as a Map, in each scene. */
function mapText(outcomes: Outcomes): string {
  const rows: Row[] = [];
  for (const scene of outcomes.scenes) {
    const ours = outcomes.find(scene, OURS)?.times ?? null;
    const map = outcomes.find(scene, MAP)?.times ?? null;
    if (ours === null || map === null) continue;
    const ratios = OPERATIONS.map((operation) => ours[operation].mean / map[operation].mean);
    rows.push([sceneTitle(scene), ...ratios.map(ratioText)]);
  }
  if (rows.length === 0) return "";
  return `## Where a Map of live objects wins

Time of ours / time of a Map, whose keys are strings too. Above 1, in bold, the Map is faster: it
hands out the object it was given, where ours makes a copy, and it has no limit and no order of use.

${table(["", ...OPERATIONS], rows)}`;
}

function ratioText(ratio: number): string {
  return ratio > 1 ? `**${ratio.toFixed(2)}**` : ratio.toFixed(2);
}

function sceneText(outcomes: Outcomes, scene: Scene): string {
  const rows = outcomes.of(scene).map(({ task, result }): Row => {
    const { times, making } = result;
    const memory = scene.entries >= ENTRIES_FOR_MEMORY ? count(bytesPerEntry(result)) : "–";
    const cells = OPERATIONS.map((name) => (times === null ? "–" : nanoseconds(times[name].mean)));
    const value = making === null ? "–" : nanoseconds(making.mean);
    return [libraryOf(task.library).title].concat(cells, value, memory);
  });
  return `### ${sceneTitle(scene)}

${table(["", ...OPERATIONS, "value alone", "bytes per entry"], rows)}`;
}

function librariesText(outcomes: Outcomes): string {
  const scenes = outcomes.scenes.map((scene) => sceneText(outcomes, scene));
  if (scenes.length === 0) return "";
  return `## Libraries

Hits and sets go to any item alike, popular and mixed (90 % get, 10 % set) by Zipf 0.99. At once
is a get of 50 keys that are known together, each: ours has \`getMany\` for it, others have none.
Bytes per entry are growth of the process: keys, values and all around them; in small caches it
cannot be told from the process's own.

${scenes.join("\n\n")}`;
}

function listText(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `## ${title}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

export function reportText(
  facts: RunFacts,
  outcomes: Outcomes,
  sizes: Sizes,
  leftOut: readonly string[],
): string {
  const parts = [
    headText(facts),
    limitsText(limitsOf(outcomes, sizes)),
    waitingText(outcomes),
    nativeText(outcomes, sizes),
    pausesText(outcomes),
    mapText(outcomes),
    librariesText(outcomes),
    listText("Left out", leftOut),
    listText("Failed", outcomes.failures),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Packages that a report names, with the versions that package.json pins. */
export function versionsIn(dependencies: Readonly<Record<string, string>>): Record<string, string> {
  const names = [...LIBRARIES.map(({ name }) => name), "mitata"];
  const known = names.filter((name) => dependencies[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, dependencies[name] ?? ""]));
}
