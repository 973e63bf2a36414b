/**
 * Plays a trace against a server, as a cache-aside client would, and counts hits.
 *
 * Place: run by `generator.ts`. The trace is dealt out to several connections, a batch to each, in
 * rounds:
 *
 *     all lanes: send gets ──▶ each lane: take values, send sets of what missed ──▶ all: replies
 *
 * Within a batch the gets come before the sets; a key that misses twice in one batch is set twice.
 * Both servers are treated alike, so what is compared is what they kept.
 */
import { Dialogue } from "../server/dialogue.ts";
import { Lane } from "./lane.ts";
import type { Trace } from "./trace.ts";

export interface ReplayOptions {
  readonly port: number;
  readonly connections: number;
  /** Requests a connection sends at once. */
  readonly batch: number;
  /** Gets and other requests of one window. */
  readonly window: number;
  /** Requests a second; null is as fast as it goes. */
  readonly rate: number | null;
  /** So many requests at the beginning are played at full speed even so. */
  readonly unpaced: number;
}

/** What happened in a stretch of the trace. */
export interface Window {
  gets: number;
  hits: number;
  sets: number;
  refused: number;
  /** Since the beginning of the replay, at the window's end. */
  seconds: number;
}

export interface ReplayResult {
  readonly seconds: number;
  readonly windows: readonly Window[];
  /** Of the server, at the end. */
  readonly stats: Readonly<Record<string, number>>;
}

const STATS = [
  "curr_items",
  "bytes",
  "evictions",
  "limit_maxbytes",
  "total_malloced",
  "slabs_moved",
] as const;

const SLEEP_MIN_MS = 1;

class Replay {
  private readonly options: ReplayOptions;
  private readonly trace: Trace;
  private readonly lanes: readonly Lane[];
  private readonly windows: Window[] = [];
  private readonly started = Bun.nanoseconds();
  private pacedSince = 0;
  private done = 0;

  constructor(trace: Trace, options: ReplayOptions) {
    this.trace = trace;
    this.options = options;
    const { connections, port, batch } = options;
    this.lanes = Array.from({ length: connections }, () => new Lane(port, batch));
  }

  run(): readonly Window[] {
    while (this.round() > 0) this.pace();
    for (const lane of this.lanes) lane.close();
    return this.windows;
  }

  /** The number of requests that were made. */
  private round(): number {
    const { lanes, trace } = this;
    let requests = 0;
    for (const lane of lanes) {
      trace.read(lane.block);
      requests += lane.block.count;
      lane.sendGets();
    }
    if (requests === 0) return 0;
    for (const lane of lanes) lane.receiveGetsAndSend();
    const window = this.windowNow();
    for (const lane of lanes) {
      lane.receiveLines();
      window.gets += lane.gets;
      window.hits += lane.hits;
      window.sets += lane.sets;
      window.refused += lane.refused;
    }
    window.seconds = this.secondsSince(this.started);
    this.done += requests;
    return requests;
  }

  private windowNow(): Window {
    const index = Math.floor(this.done / this.options.window);
    while (this.windows.length <= index) {
      this.windows.push({ gets: 0, hits: 0, sets: 0, refused: 0, seconds: 0 });
    }
    return this.windows[index]!;
  }

  private secondsSince(start: number): number {
    return (Bun.nanoseconds() - start) / 1e9;
  }

  private pace(): void {
    const { rate, unpaced } = this.options;
    if (rate === null || this.done < unpaced) return;
    if (this.pacedSince === 0) this.pacedSince = Bun.nanoseconds();
    const due = ((this.done - unpaced) / rate - this.secondsSince(this.pacedSince)) * 1000;
    if (due >= SLEEP_MIN_MS) Bun.sleepSync(due);
  }
}

export function replay(trace: Trace, options: ReplayOptions): ReplayResult {
  const started = Bun.nanoseconds();
  const windows = new Replay(trace, options).run();
  const seconds = (Bun.nanoseconds() - started) / 1e9;
  const dialogue = new Dialogue(options.port);
  const all = dialogue.stats();
  dialogue.close();
  const stats = Object.fromEntries(STATS.map((name) => [name, Number(all.get(name) ?? 0)]));
  return { seconds, windows, stats };
}

/** Hits of the windows, as a share of their gets. */
export function hitRatio(windows: readonly Window[]): number {
  const gets = windows.reduce((sum, window) => sum + window.gets, 0);
  return windows.reduce((sum, window) => sum + window.hits, 0) / gets;
}
