/**
 * The log of a store over several memories, as its host writes it.
 *
 * Each memory has log rings and numbers of its own. So that lines can be told in order all the same
 * (merged-log-rings.ts), no two records of a thread in different memories have the same time: each
 * call gets a later one, if need be by a microsecond.
 */
import type { Core } from "../core.ts";
import { EventLog } from "../event-log.ts";

export class RoutedEvents extends EventLog {
  readonly #cores: readonly Core[];
  #connection = 0;

  /** @param cores this thread's, the front first: the host's own records are written there */
  constructor(cores: readonly [Core, ...Core[]], thread: number) {
    const [front] = cores;
    super(front.abi, front.bytes.buffer, thread);
    this.#cores = cores;
  }

  override set clock(clock: () => number) {
    let last = 0;
    const rising = (): number => {
      last = Math.max(clock(), last + 1);
      return last;
    };
    super.clock = rising;
    for (const core of this.#cores) core.events.clock = rising;
  }

  override begin(connectionId: number): void {
    this.#connection = connectionId;
  }

  /** What the memory's core records now happens now. */
  stamp(memory: number): void {
    (this.#cores[memory] as Core).events.begin(this.#connection);
  }
}
