/**
 * The closed loop against both servers by turns.
 *
 *     native │warm-up│ slice │               │warm-up│ slice │
 *     ours                   │warm-up│ slice │               │warm-up│ slice │ …
 *                    ╰──── a pair ───╯               ╰──── a pair ───╯
 *
 * Place: one of the kinds of load a generator process can run. What a machine shares with others
 * changes its pace by half, for seconds at a time: two runs of seconds may meet two machines. The
 * slices of a pair are so short, and so close together, that they nearly always meet the same one.
 */
import { ClosedLoop } from "./closed-loop.ts";
import type { Script } from "./script.ts";
import type { ClosedResult, ClosedTask, PairedResult, PairedTask } from "./task.ts";
import type { Run } from "./comparison.ts";
import type { Side } from "./server-process.ts";
import { foreignMicros } from "./core-usage.ts";

const SLICE_SECONDS = 0.25;
/** The other server has just had the caches. */
const SLICE_WARM_UP_SECONDS = 0.05;

export class PairedLoop {
  readonly #task: PairedTask;
  readonly #script: Script;
  /** Batches that each server was sent, for reading back what a set load wrote. */
  readonly sent: Readonly<Record<Side, Uint8Array>>;

  constructor(task: PairedTask, script: Script) {
    this.#task = task;
    this.#script = script;
    const { batches } = script;
    this.sent = { native: new Uint8Array(batches), ours: new Uint8Array(batches) };
  }

  run(): PairedResult {
    const { cores, servers, seconds, warmUpSeconds } = this.#task;
    const pids = [...servers.native.pids, ...servers.ours.pids];
    this.#measure("native", 0, warmUpSeconds);
    this.#measure("ours", 0, warmUpSeconds);
    const start = Bun.nanoseconds();
    const foreign = foreignMicros(cores, pids);
    const runs: Run<ClosedResult>[] = [];
    while (runs.length * SLICE_SECONDS < seconds) {
      const native = this.#measure("native", runs.length, SLICE_WARM_UP_SECONDS);
      runs.push({ native, ours: this.#measure("ours", runs.length, SLICE_WARM_UP_SECONDS) });
    }
    return {
      runs,
      seconds: (Bun.nanoseconds() - start) / 1e9,
      foreignMicros: Math.max(0, foreignMicros(cores, pids) - foreign),
    };
  }

  #measure(side: Side, slice: number, warmUpSeconds: number): ClosedResult {
    const { servers, seed, ...rest } = this.#task;
    const task: ClosedTask = {
      ...rest,
      ...servers[side],
      mode: "closed",
      seed: seed * 1000 + slice,
      seconds: SLICE_SECONDS,
      warmUpSeconds,
    };
    const loop = new ClosedLoop(task, this.#script);
    const result = loop.run();
    const all = this.sent[side];
    for (const [batch, isSent] of loop.sent.entries()) if (isSent !== 0) all[batch] = 1;
    return result;
  }
}
