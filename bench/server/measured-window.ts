/**
 * The warm-up and the measured part of a run, and how busy the generator was in it.
 *
 * Place: driven by both loops. Time is only looked at between polls. The generator never sleeps,
 * so its processor time says nothing; what counts as busy is all time outside streaks of polls
 * that found nothing to do.
 */
import { foreignMicros } from "./core-usage.ts";
import { cpuMicros } from "./cpu-clock.ts";
import type { ClosedResult, LoadTask } from "./task.ts";

/** Without any progress for this long the run fails instead of hanging. */
const STALL_NANOS = 10e9;
/** Looking at the clock costs about a fifth of a poll, so it is done once in this many. */
const POLLS_PER_LOOK = 16;

export class MeasuredWindow {
  /** True between warm-up and end. */
  open = false;
  ended = false;
  private readonly pids: readonly number[];
  private readonly cores: readonly number[];
  private readonly startsAt: number;
  private readonly endsAt: number;
  private requests = 0;
  private looks = 0;
  private idleSince = 0;
  private idleNanos = 0;
  private openedAt = 0;
  private closedAt = 0;
  private serverMicros = 0;
  private foreignMicros = 0;
  private lastProgress: number;

  constructor({ pids, cores, warmUpSeconds, seconds }: LoadTask) {
    this.pids = pids;
    this.cores = cores;
    this.lastProgress = Bun.nanoseconds();
    this.startsAt = this.lastProgress + warmUpSeconds * 1e9;
    this.endsAt = this.startsAt + seconds * 1e9;
  }

  /** To be called after every poll; `worked` is whether there was anything to do. */
  polled(worked: boolean): void {
    const turned = worked === this.idleSince > 0;
    if (!turned && ++this.looks < POLLS_PER_LOOK) return;
    this.looks = 0;
    const now = Bun.nanoseconds();
    if (turned) this.turn(worked, now);
    if (worked) this.lastProgress = now;
    else if (now - this.lastProgress > STALL_NANOS) throw new Error("no answer for 10 s");
    if (!this.open && !this.ended && now >= this.startsAt) this.begin();
    else if (this.open && now >= this.endsAt) this.end();
  }

  /** Answers that come outside the measured part do not count. */
  answered(requests: number): void {
    if (this.open) this.requests += requests;
  }

  result(): ClosedResult {
    const nanos = this.closedAt - this.openedAt;
    return {
      requests: this.requests,
      seconds: nanos / 1e9,
      serverMicros: this.serverMicros,
      foreignMicros: Math.max(0, this.foreignMicros),
      generatorMicros: (nanos - this.idleNanos) / 1e3,
    };
  }

  private turn(worked: boolean, now: number): void {
    if (worked && this.open) this.idleNanos += now - this.idleSince;
    this.idleSince = worked ? 0 : now;
  }

  private begin(): void {
    this.open = true;
    this.foreignMicros = foreignMicros(this.cores, this.pids);
    this.requests = 0;
    this.idleNanos = 0;
    this.openedAt = Bun.nanoseconds();
    if (this.idleSince > 0) this.idleSince = this.openedAt;
    this.serverMicros = cpuMicros(this.pids);
  }

  private end(): void {
    this.serverMicros = cpuMicros(this.pids) - this.serverMicros;
    this.closedAt = Bun.nanoseconds();
    this.foreignMicros = foreignMicros(this.cores, this.pids) - this.foreignMicros;
    if (this.idleSince > 0) this.idleNanos += this.closedAt - this.idleSince;
    this.open = false;
    this.ended = true;
  }
}
