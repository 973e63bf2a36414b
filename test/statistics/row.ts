/**
 * Rows of the table of statistics: what is done, and every figure that moves by it.
 */
import type { Changes, Ledger } from "./ledger.ts";

/** Lines for the server, in one piece; seconds that pass; or anything else. */
export type Step = readonly string[] | number | ((ledger: Ledger) => unknown);

/** As many as it takes: that depends on how often the background tries. */
export const MORE = "more";

export interface Row {
  /** What is done. */
  readonly title: string;
  /** Options of the server, a word each. */
  readonly options?: readonly string[];
  /** What each client says first. */
  readonly greeting?: string;
  /** What was there before. */
  readonly given?: readonly Step[];
  readonly when: readonly Step[];
  /** Every figure that moves, and no other one does. MORE stands for any amount. */
  readonly moves: Changes;
}

/** Takes the steps one after the other. */
export async function take(ledger: Ledger, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (typeof step === "number") await ledger.wait(step);
    else if (typeof step === "function") await step(ledger);
    else ledger.say(...step);
  }
}

/** The changes with any amount in the place of those that are to be so. */
export function roughly(changes: Changes, expected: Changes): Changes {
  return Object.fromEntries(
    Object.entries(changes).map(([name, by]) => {
      const isAny = expected[name] === MORE && typeof by === "number" && by > 0;
      return [name, isAny ? MORE : by];
    }),
  );
}

/** `set` of so many bytes. */
export function set(key: string, length = 1, exptime = 0): readonly string[] {
  return [`set ${key} 0 ${exptime} ${length}`, "v".repeat(length)];
}

/** Sum of several changes. */
export function all(...changes: readonly Changes[]): Changes {
  const sum: Record<string, number | string> = {};
  for (const change of changes) {
    for (const [name, by] of Object.entries(change)) {
      const before = sum[name] ?? 0;
      const after = typeof by === "number" && typeof before === "number" ? before + by : by;
      if (after === 0) delete sum[name];
      else sum[name] = after;
    }
  }
  return sum;
}

/** The same change so many times. */
export function times(count: number, changes: Changes): Changes {
  return all(...Array.from({ length: count }, () => changes));
}

/** A command that stores: its item was allocated, whatever came of it. */
export function stored(classId = 1): Changes {
  return { cmd_set: 1, [`slabs ${classId}:cmd_set`]: 1 };
}

/** A chunk of the class is in use. */
export function chunk(classId = 1): Changes {
  return { [`slabs ${classId}:used_chunks`]: 1, [`slabs ${classId}:free_chunks`]: -1 };
}

/** An item that is there now and was not; of this size, in HOT. */
export function linked(size: number, classId = 1, segment = "hot"): Changes {
  return all(chunk(classId), {
    bytes: size,
    curr_items: 1,
    total_items: 1,
    [`items ${classId}:number`]: 1,
    [`items ${classId}:number_${segment}`]: 1,
    [`items ${classId}:mem_requested`]: size,
  });
}

/** The contrary of some changes. */
export function less(changes: Changes): Changes {
  return Object.fromEntries(
    Object.entries(changes).map(([name, by]) => [name, typeof by === "number" ? -by : by]),
  );
}

/** An item that is there no more; nothing counts links backwards. */
export function unlinked(size: number, classId = 1, segment = "hot"): Changes {
  return all(less(linked(size, classId, segment)), { total_items: 1 });
}

/** A hit on an item of this segment. */
export function hit(classId = 1, segment = "hot"): Changes {
  return {
    cmd_get: 1,
    get_hits: 1,
    [`slabs ${classId}:get_hits`]: 1,
    [`items ${classId}:hits_to_${segment}`]: 1,
  };
}
