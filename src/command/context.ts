/**
 * What the commands of one thread work with: the core, the settings, the clock, where replies go,
 * and what they may tell the server to do.
 */
import type { Clock } from "../base/clock.ts";
import type { CoreFacade } from "../core/facade.ts";
import type { HostCounters } from "../base/host-counters.ts";
import type { Job } from "../core/maintenance.ts";
import type { SharedState } from "../base/shared-state.ts";
import type { LogWriter } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import { MetaRequest } from "./meta-request.ts";
import { Output, type Sink } from "./output.ts";
import type { ReplyStream } from "./reply-stream.ts";
import { PasswordFile } from "../base/password-file.ts";
import { PrefixStats } from "./prefix-stats.ts";
import { Tokens } from "../protocol/tokens.ts";
import type { Watcher } from "../base/log-client.ts";

/** A connection or listener, as `stats conns` shows it. */
export interface Endpoint {
  readonly id: number;
  /** `tcp:1.2.3.4:5`, `tcp6:[::1]:5` */
  readonly address: string;
  /** Null for a listener. */
  readonly listenAddress: string | null;
  readonly stateName: string;
  readonly secondsSinceLastCommand: number;
}

/** What commands may ask of the server that hosts them. */
export interface Host {
  endpoints(): Iterable<Endpoint>;
  /** Has the background do something. */
  start(job: Job): void;
  /** `shutdown`, and `shutdown graceful`. */
  shutDown(graceful: boolean): void;
  /** `watch`: has these kinds (bits of `LogKind`) written to a new watcher; or why not. */
  watch(kinds: number): Watcher | "too many" | "no memory";
  /** `refresh_certs`: reads the certificates anew; the text of what is wrong, or null. */
  refreshCertificates(): string | null;
  /** What stands where memcached names its event library. */
  readonly runtimeName: string;
}

const nobody: Sink = {
  isBlocked: false,
  hasQueuedReplies: false,
  mayWatch: false,
  watch: () => undefined,
  publishState: () => undefined,
  flushOutbox(): void {
    throw new Error("no connection is at work");
  },
};

export class Context {
  readonly core: CoreFacade;
  readonly settings: Settings;
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly host: Host;
  readonly log: LogWriter;
  readonly counters: HostCounters;
  readonly output: Output;
  readonly prefixes: PrefixStats;
  /** Who may authenticate, and how, with `-S`. */
  readonly passwordFile: PasswordFile;
  /** The line being executed, where a command needs it cut. */
  readonly tokens = new Tokens();
  /** The meta command being executed. */
  readonly meta: MetaRequest;
  /** The reply that the last command has begun, for the connection to take. */
  stream: ReplyStream | null = null;
  /** Id of the connection being served, for `-vv` lines. */
  connectionId = 0;
  /** Somebody watches each command (`-vv`, `stats detail`): the hot path asks only this. */
  isObserved = false;

  constructor(
    core: CoreFacade,
    settings: Settings,
    shared: SharedState,
    host: Host,
    log: LogWriter,
  ) {
    this.core = core;
    this.settings = settings;
    this.shared = shared;
    this.clock = shared.clock;
    this.clock.onChange = core.abi.setNow;
    this.counters = shared.counters;
    this.meta = new MetaRequest(core, shared.clock);
    this.host = host;
    this.log = log;
    this.output = new Output(core.outbox, core.outboxPtr, nobody);
    this.prefixes = new PrefixStats(shared.prefixes, settings.prefixDelimiter);
    this.passwordFile = new PasswordFile(settings.saslPasswordFile);
    this.#observe();
  }

  #observe(): void {
    this.isObserved = this.settings.verbosity > 1 || this.settings.detailEnabled;
  }

  /** To be called when a command changed one of the settings that all threads have in common. */
  publishSettings(): void {
    this.shared.live.publish();
    this.#observe();
  }

  /** Takes over what other threads changed. */
  refreshSettings(): void {
    if (this.shared.live.refresh()) this.#observe();
  }
}
