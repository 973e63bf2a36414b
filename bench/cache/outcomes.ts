/**
 * What a run has brought so far, and how the report finds it again.
 *
 * Place: filled by `main.ts`, read by the report and the plots.
 */
import type {
  LibraryResult,
  LibraryTask,
  LimitResult,
  LimitTask,
  NativeResult,
  PauseResult,
  PauseTask,
  Scene,
  Times,
  WaitingTask,
} from "./task.ts";

export interface LibraryOutcome {
  readonly task: LibraryTask;
  readonly result: LibraryResult;
}

export interface PauseOutcome {
  readonly task: PauseTask;
  readonly result: PauseResult;
}

export class Outcomes {
  readonly libraries: LibraryOutcome[] = [];
  readonly pauses: PauseOutcome[] = [];
  /** Steps that failed, each with its error. */
  readonly failures: string[] = [];
  limit: { readonly task: LimitTask; readonly result: LimitResult } | null = null;
  native: NativeResult | null = null;
  waiting: { readonly task: WaitingTask; readonly result: Times } | null = null;

  /** Those of a scene, in the order in which they were measured. */
  of({ entries, valueBytes, kind }: Scene): LibraryOutcome[] {
    return this.libraries.filter(
      ({ task }) =>
        task.entries === entries && task.valueBytes === valueBytes && task.kind === kind,
    );
  }

  find(scene: Scene, library: string): LibraryResult | null {
    return this.of(scene).find(({ task }) => task.library === library)?.result ?? null;
  }

  /** Every scene that was measured, once. */
  get scenes(): Scene[] {
    const scenes: Scene[] = [];
    for (const { task } of this.libraries) {
      const { entries, valueBytes, kind } = task;
      const isNew = this.of(task)[0]?.task === task;
      if (isNew) scenes.push({ entries, valueBytes, kind });
    }
    return scenes;
  }

  pause(library: string, kept: number): PauseResult | null {
    const found = this.pauses.find(({ task }) => task.library === library && task.kept === kept);
    return found?.result ?? null;
  }
}

/** Bytes for each entry that a filled cache has made resident. */
export function bytesPerEntry(result: LibraryResult): number {
  const last = result.resident.at(-1);
  return last === undefined ? Number.NaN : last.bytes / last.entries;
}
