/**
 * Maintenance of a store over several memories: each has its own, and they take turns.
 */
import type { Job, Maintenance } from "./maintenance.ts";

/** What has to be called now and then: see `Maintenance`. */
export type Background = Pick<Maintenance, "start" | "slice">;

class MaintenanceGroup implements Background {
  readonly #members: readonly Background[];
  readonly #clock: () => number;
  /** When each wants to be called again. */
  readonly #dueAt: number[];

  /** @param clock milliseconds of a clock that never goes back */
  constructor(members: readonly Background[], clock: () => number) {
    this.#members = members;
    this.#clock = clock;
    this.#dueAt = members.map(() => 0);
  }

  /** Whatever is asked for concerns all memories. */
  start(job: Job): void {
    for (const member of this.#members) member.start(job);
    this.#dueAt.fill(0);
  }

  /** A slice of the one that is due first. Milliseconds until the next one is wanted. */
  slice(seconds: number): number {
    const first = this.#dueAt.indexOf(Math.min(...this.#dueAt));
    const now = this.#clock();
    if ((this.#dueAt[first] as number) <= now) {
      const wait = (this.#members[first] as Background).slice(seconds);
      this.#dueAt[first] = this.#clock() + wait;
    }
    return Math.max(0, Math.min(...this.#dueAt) - this.#clock());
  }
}

/** The maintenance of a store, given that of each memory. */
export function maintenanceGroup(members: readonly Background[], clock: () => number): Background {
  const [only, ...others] = members as readonly [Background, ...Background[]];
  return others.length === 0 ? only : new MaintenanceGroup(members, clock);
}
