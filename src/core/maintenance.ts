/**
 * Maintenance: what is done in the background, slice by slice. One caller for each store, a thread
 * of its own or a timer.
 */
import type { Core } from "./core.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import type { LogWriter } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";

/** Buckets of a growing hash table that a slice splits: less than a millisecond of work. */
const EXPAND_PER_SLICE = 4096;

export class Maintenance {
  readonly #core: Core;
  readonly #settings: Settings;
  readonly #log: LogWriter;
  #wasExpanding = false;

  constructor(core: Core, settings: Settings, log: LogWriter) {
    this.#core = core;
    this.#settings = settings;
    this.#log = log;
  }

  /** Does one slice; true when there is more to do at once. */
  slice(): boolean {
    const isExpanding = this.#core.gauge(Gauge.IS_EXPANDING) !== 0;
    if (this.#settings.verbosity > 1 && isExpanding !== this.#wasExpanding) {
      this.#log(`Hash table expansion ${isExpanding ? "starting" : "done"}\n`);
    }
    this.#wasExpanding = isExpanding;
    if (isExpanding) this.#core.abi.expand(EXPAND_PER_SLICE);
    return isExpanding;
  }
}
