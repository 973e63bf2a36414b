/**
 * The closed loop against both servers by turns.
 *
 *     native │warm-up│ slice │   afterwards   │warm-up│ slice │
 *     ours   │  afterwards   │warm-up│ slice  │  afterwards   │warm-up│ slice │ …
 *                    ╰───────── a pair ───────╯
 *
 * Place: one of the kinds of load a generator process can run. What a machine shares with others
 * changes its pace by half, for seconds at a time: two runs of seconds may meet two machines. The
 * slices of a pair are so short, and so close together, that they nearly always meet the same one.
 *
 * What a server does while the other one has its turn, such as collecting its garbage, is work that
 * its requests have left: it counts as theirs.
 */
import { ClosedLoop } from "./closed-loop.ts";
import type { Run } from "./comparison.ts";
import type { Script } from "./script.ts";
import type { ClosedResult, ClosedTask, PairedResult, PairedTask } from "./task.ts";
import type { Side } from "./server-process.ts";
import { cpuMicros } from "./cpu-clock.ts";
import { foreignMicros } from "./core-usage.ts";

const SLICE_SECONDS = 0.5;
/** The other server has just had the caches. */
const SLICE_WARM_UP_SECONDS = 0.05;

/** A slice's result, to which what is done afterwards is added. */
type Slice = { -readonly [Key in keyof ClosedResult]: ClosedResult[Key] };

export class PairedLoop {
  /** Batches that each server was sent, for reading back what a set load wrote. */
  readonly sent: Readonly<Record<Side, Uint8Array>>;
  readonly #task: PairedTask;
  readonly #script: Script;
  readonly #pids: readonly number[];
  /** Each side's last slice, and its processor time when that had ended. */
  readonly #last = new Map<Side, { readonly slice: Slice; readonly micros: number }>();

  constructor(task: PairedTask, script: Script) {
    this.#task = task;
    this.#script = script;
    const { native, ours } = task.servers;
    this.#pids = [...native.pids, ...ours.pids];
    const { batches } = script;
    this.sent = { native: new Uint8Array(batches), ours: new Uint8Array(batches) };
  }

  async run(): Promise<PairedResult> {
    const { cores, seconds, warmUpSeconds } = this.#task;
    // By turns too: that clients come and go makes a just-in-time compiler think again.
    for (let slice = 0; slice * SLICE_SECONDS < warmUpSeconds; slice++) {
      this.#measure("native", slice);
      this.#measure("ours", slice);
    }
    const start = Bun.nanoseconds();
    const foreign = foreignMicros(cores, this.#pids);
    const runs: Run<ClosedResult>[] = [];
    while (runs.length * SLICE_SECONDS < seconds) {
      const native = this.#measure("native", runs.length);
      runs.push({ native, ours: this.#measure("ours", runs.length) });
    }
    await Bun.sleep((SLICE_WARM_UP_SECONDS + SLICE_SECONDS) * 1000);
    this.#addAfterwards("native");
    this.#addAfterwards("ours");
    return {
      runs,
      seconds: (Bun.nanoseconds() - start) / 1e9,
      foreignMicros: Math.max(0, foreignMicros(cores, this.#pids) - foreign),
    };
  }

  #measure(side: Side, index: number): ClosedResult {
    const { servers, seed, cores, ...rest } = this.#task;
    const { port, pids } = servers[side];
    const task: ClosedTask = {
      ...rest,
      port,
      pids,
      cores,
      mode: "closed",
      seed: seed * 1000 + index,
      seconds: SLICE_SECONDS,
      warmUpSeconds: SLICE_WARM_UP_SECONDS,
    };
    this.#addAfterwards(side);
    const others = cpuMicros(this.#pids) - cpuMicros(pids);
    const loop = new ClosedLoop(task, this.#script);
    const slice: Slice = loop.run();
    // The other server is none of those who disturb.
    slice.foreignMicros -= cpuMicros(this.#pids) - cpuMicros(pids) - others;
    slice.foreignMicros = Math.max(0, slice.foreignMicros);
    this.#last.set(side, { slice, micros: cpuMicros(pids) });
    const all = this.sent[side];
    for (const [batch, isSent] of loop.sent.entries()) if (isSent !== 0) all[batch] = 1;
    return slice;
  }

  /** What a side has done since its last slice. */
  #addAfterwards(side: Side): void {
    const last = this.#last.get(side);
    if (last === undefined) return;
    last.slice.serverMicros += cpuMicros(this.#task.servers[side].pids) - last.micros;
  }
}
