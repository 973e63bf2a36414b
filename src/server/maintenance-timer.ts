/**
 * Calls maintenance as often as it wants to be called, from the thread that makes this.
 */
import type { Background } from "../core/maintenance-group.ts";
import type { Job } from "../core/maintenance.ts";
import type { SharedState } from "../base/shared-state.ts";

export class MaintenanceTimer {
  readonly #maintenance: Background;
  readonly #shared: SharedState;
  readonly #onFailure: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(maintenance: Background, shared: SharedState, onFailure: (error: unknown) => void) {
    this.#maintenance = maintenance;
    this.#shared = shared;
    this.#onFailure = onFailure;
  }

  /** To be called once at start, and when there is a job: the next slice comes at once. */
  start(job?: Job): void {
    if (job !== undefined) this.#maintenance.start(job);
    this.stop();
    this.#timer = setTimeout(() => this.#work(), 0);
  }

  #work(): void {
    try {
      this.#shared.live.refresh();
      const wait = this.#maintenance.slice(this.#shared.clock.now);
      // Between two slices the locks are free, and what else the thread has to do is done.
      this.#timer = setTimeout(() => this.#work(), wait);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
