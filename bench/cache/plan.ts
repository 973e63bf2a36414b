/**
 * What is measured, in which order, and what is not.
 *
 * Place: made by `main.ts` out of the options.
 */
import type { Options, Sizes } from "./options.ts";
import {
  LIBRARIES,
  LRU_CACHE,
  MAP,
  OURS,
  OURS_BYTES_MAX,
  bytesFor,
  libraryOf,
} from "./libraries.ts";
import type { Scene, Task, ValueKind } from "./task.ts";

export interface Step {
  readonly title: string;
  readonly task: Task;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Scenes that are not measured, each with the reason. */
  readonly leftOut: readonly string[];
}

const VALUE_BYTES = [32, 1024] as const;
export const SMALL_VALUE_BYTES = VALUE_BYTES[0];
const KINDS: readonly ValueKind[] = ["text", "bytes"];

/** What live objects take beside the value: its header, the key, entries of tables. */
const OBJECT_EXTRA = 200;
/** More than that is not asked of a machine that others use as well. */
const HEAP_BYTES_MAX = 8 * 1024 ** 3;

const KIND_TITLES: Readonly<Record<ValueKind, string>> = { text: "strings", bytes: "bytes" };

export const entriesTitle = (entries: number): string => entries.toLocaleString("en-US");

export function sceneTitle({ entries, valueBytes, kind }: Scene): string {
  const length = valueBytes === 1024 ? "1 KiB" : `${valueBytes} bytes`;
  const values = kind === "text" ? `${KIND_TITLES.text} of ${length}` : `${length} each, as bytes`;
  return `${entriesTitle(entries)} entries, ${values}`;
}

/** All sizes of values in one scene each, smallest first. */
function scenesOf(entries: readonly number[]): Scene[] {
  return entries.flatMap((count) =>
    VALUE_BYTES.flatMap((valueBytes) =>
      KINDS.map((kind) => ({ entries: count, valueBytes, kind })),
    ),
  );
}

function reasonAgainst(scene: Scene): string | null {
  const heap = scene.entries * (scene.valueBytes + OBJECT_EXTRA);
  const isTooLarge = bytesFor(scene) > OURS_BYTES_MAX;
  if (heap <= HEAP_BYTES_MAX && !isTooLarge) return null;
  const gibibytes = (heap / 1024 ** 3).toFixed(0);
  const ours = isTooLarge ? ", and ours ends at 4 GiB" : "";
  return `a Map of live objects would take some ${gibibytes} GiB, too much for this machine${ours}`;
}

/** Resident memory on the way is asked for where the plot takes it from. */
function checkpointsOf({ entries, valueBytes, kind }: Scene, largest: number): number[] {
  const isPlotted = entries === largest && valueBytes === SMALL_VALUE_BYTES && kind === "text";
  const shares = isPlotted ? [0.1, 0.25, 0.5, 1] : [1];
  return shares.map((share) => Math.round(entries * share));
}

function libraryStep(scene: Scene, library: string, sizes: Sizes, minCpuMs: number): Step {
  const { draws } = sizes;
  const checkpoints = checkpointsOf(scene, Math.max(...sizes.entries));
  return {
    title: `${sceneTitle(scene)}: ${libraryOf(library).title}`,
    task: { mode: "library", library, ...scene, draws, minCpuMs, checkpoints },
  };
}

/** A library is asked for by `extra` scenes only when it is compared in memory alone. */
function librarySteps({ libraries }: Options, sizes: Sizes, scenes: readonly Scene[]): Step[] {
  return scenes.flatMap((scene) => {
    const isForLimits =
      scene.entries === sizes.limitEntries && scene.valueBytes === SMALL_VALUE_BYTES;
    return LIBRARIES.filter(({ name }) => libraries.includes(name))
      .filter(({ isExtra = false }) => !isExtra || isForLimits)
      .map(({ name, isExtra = false }) =>
        libraryStep(scene, name, sizes, isExtra ? 0 : sizes.minCpuMs),
      );
  });
}

function pauseSteps({ libraries }: Options, { sets, kept }: Sizes): Step[] {
  return [kept, sets].flatMap((entries) =>
    [OURS, LRU_CACHE, MAP]
      // A Map never forgets.
      .filter((name) => libraries.includes(name) && (name !== MAP || entries === sets))
      .map((library): Step => {
        const what = `${entriesTitle(sets)} sets, ${entriesTitle(entries)} kept`;
        return {
          title: `${what}: ${libraryOf(library).title}`,
          task: { mode: "pause", library, sets, kept: entries },
        };
      }),
  );
}

/** In as many bytes as the cache takes whose gets are held to a limit. */
function waitingStep({ limitEntries: entries, minCpuMs }: Sizes): Step {
  const bytes = bytesFor({ entries, valueBytes: SMALL_VALUE_BYTES });
  return { title: "waiting for memory", task: { mode: "waiting", bytes, minCpuMs } };
}

export function planOf(options: Options, sizes: Sizes, hasNative: boolean): Plan {
  const scenes = scenesOf(sizes.entries);
  const has = (part: string): boolean => options.parts.has(part);
  const steps: Step[] = [];
  if (has("libraries")) {
    const fitting = scenes.filter((scene) => reasonAgainst(scene) === null);
    steps.push(...librarySteps(options, sizes, fitting));
  }
  if (has("waiting")) steps.push(waitingStep(sizes));
  if (has("pause")) steps.push(...pauseSteps(options, sizes));
  if (has("limit")) {
    const { maxBytes } = sizes;
    steps.push({ title: "growth within maxBytes", task: { mode: "limit", maxBytes } });
  }
  if (has("native") && hasNative) {
    const { limitEntries: entries, nativeSeconds: seconds } = sizes;
    steps.push({ title: "native memcached", task: { mode: "native", entries, seconds } });
  }
  const leftOut = scenes.flatMap((scene) => {
    const reason = reasonAgainst(scene);
    return reason === null ? [] : [`${sceneTitle(scene)}: ${reason}`];
  });
  return { steps, leftOut };
}
