/**
 * The server: the store, the threads, the addresses it listens on, the clock, and the end.
 *
 *     -t 1   main thread: event loop, clock, maintenance
 *
 *     -t N   main thread: clock, signals, hand-over
 *              ├── worker 1 … N: an event loop each   ─┐
 *              └── maintenance thread                 ─┴── the core's memory, one SharedState
 */
import { type Acceptor, LocalAcceptor, WorkerAcceptor } from "./acceptor.ts";
import type { Bound, Place, Speech } from "./listener.ts";
import { EXIT_FAILURE, EX_OSERR, EX_USAGE, StartError } from "../base/start-error.ts";
import type { ListenAddress, Settings } from "../base/settings.ts";
import { type SharedState, sharedBuffers, startShared } from "../base/shared-state.ts";
import { Clock } from "../base/clock.ts";
import type { CoreFacade } from "../core/facade.ts";
import { EventLoop } from "./event-loop.ts";
import { Logger } from "../core/logger.ts";
import type { LogWriter } from "../base/log.ts";
import { MaintenanceTimer } from "./maintenance-timer.ts";
import { OldGarbage } from "./process/old-garbage.ts";
import { WorkerPool } from "./worker-pool.ts";
import {
  type Certificates,
  loadCertificates,
  publishCertificates,
  refreshCertificates,
} from "./tls/certificates.ts";
import { failMainThread } from "./failure.ts";
import { loadAuthFile } from "./auth-file.ts";
import { adviseHugePages } from "./process/huge-pages.ts";
import { descriptorMargin } from "./process/file-limit.ts";
import { errorText } from "./process/error-text.ts";
import { numericHosts } from "./addresses.ts";
import { openListenerEntry } from "../connection/endpoints.ts";
import { slabClassTable } from "../core/class-table.ts";
import { startCore } from "../core/start-core.ts";
import { startMaintenance } from "./start-maintenance.ts";
import { unlinkStaleSocket } from "./unix-socket.ts";

const PROTOCOL_NAMES = { auto: "auto-negotiate", ascii: "ascii", binary: "binary" } as const;
/** Threads of the core beside the workers: the main thread (index 0) and the maintenance thread. */
const OTHER_THREADS = 2;

/** Milliseconds that maintenance may take at once where clients wait for the same thread. */
const SLICE_MS = 0.3;

/** The certificates of `-Z`, or null without it. Throws a StartError when they are no good. */
export function startCertificates({ tls }: Settings): Certificates | null {
  if (!tls.enabled) return null;
  const loaded = loadCertificates(tls);
  if (typeof loaded === "string") throw new StartError(EX_USAGE, loaded);
  return loaded;
}

/** Called once when a client asked the server to stop. */
export type OnStop = (graceful: boolean) => void;

export class Server {
  readonly #settings: Settings;
  readonly #capacity: number;
  readonly #log: LogWriter;
  readonly #onStop: OnStop;
  readonly #core: CoreFacade;
  readonly #shared: SharedState;
  readonly #logger: Logger;
  #acceptor: Acceptor | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  /** Where no thread of its own does maintenance. */
  #maintenanceTimer: MaintenanceTimer | null = null;

  /**
   * @param capacity connections that may be open at once: `-c`, or fewer
   * @param certificates read beforehand, if need be as another user
   */
  constructor(
    settings: Settings,
    capacity: number,
    log: LogWriter,
    onStop: OnStop,
    certificates = startCertificates(settings),
  ) {
    const { threads } = settings;
    const isThreaded = threads > 1;
    const areas = isThreaded ? threads + OTHER_THREADS : 1;
    const build = settings.debugCore ? "core.debug" : isThreaded ? "core.threads" : "core.server";
    this.#settings = settings;
    this.#capacity = capacity;
    this.#log = log;
    this.#onStop = onStop;
    this.#core = startCore(settings, build, areas);
    const clock = Clock.start(() => performance.now(), Date.now() / 1000);
    clock.onChange = this.#core.abi.setNow;
    clock.onChange(clock.now);
    const descriptors = capacity + descriptorMargin(threads);
    this.#shared = startShared(settings, clock, areas, descriptors);
    this.#logger = new Logger(this.#core, this.#shared.counters);
    if (certificates !== null) {
      const failure = publishCertificates(certificates, this.#shared.certificates, clock.now);
      if (failure !== null) throw new StartError(EX_USAGE, failure);
    }
    const failure = this.#loadUsers();
    if (failure !== null) throw new StartError(EXIT_FAILURE, failure);
    if (settings.verbosity > 1) log(slabClassTable(this.#core));
    for (const { bytes, abi } of this.#core.cores) {
      const warning = adviseHugePages(bytes, abi.tablePtr() >>> 0);
      if (warning !== null && settings.preallocate) log(`${warning}\n`);
    }
  }

  /** The main thread's facade of the store, for a program that has the server inside. */
  get core(): CoreFacade {
    return this.#core;
  }

  /** Internal seconds. */
  readonly now = (): number => this.#shared.clock.now;

  /**
   * Starts the threads and binds every address. Throws a StartError when one gave no socket; what
   * was started ends then.
   */
  async listen(): Promise<readonly Bound[]> {
    try {
      return await this.#startListening();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  async #startListening(): Promise<readonly Bound[]> {
    const { listen, socketPath, port, udpPort } = this.#settings;
    this.#acceptor = this.#settings.threads > 1 ? await this.#startWorkers() : this.#startLoop();
    if (socketPath !== null) return [await this.#listenOnPath(socketPath)];
    const entries = listen.length > 0 ? listen : [{ host: null, port: null }];
    const bound: Bound[] = [];
    // Without UDP a port 0 is any free one: a server that nobody can reach is of no use.
    if (port !== 0 || udpPort === 0) {
      for (const entry of entries) bound.push(...(await this.#listenOn(entry)));
    }
    if (udpPort !== 0) {
      for (const entry of entries) bound.push(...(await this.#listenDatagrams(entry)));
    }
    return bound;
  }

  #startLoop(): Acceptor {
    const loop: EventLoop = new EventLoop({
      core: this.#core,
      settings: this.#settings,
      shared: this.#shared,
      log: this.#log,
      capacity: this.#capacity,
      tellLogger: (message) => {
        this.#logger.receive(message, (watcher, isOver) => loop.linesCame(watcher, isOver));
      },
      onShutDown: this.#onStop,
      onJob: (job) => maintenanceTimer.start(job),
      onFailure: failMainThread,
    });
    const { counters } = this.#shared;
    const maintenance = startMaintenance(this.#core, this.#settings, counters, this.#log, SLICE_MS);
    const maintenanceTimer = new MaintenanceTimer(maintenance, this.#shared, failMainThread);
    maintenanceTimer.start();
    this.#maintenanceTimer = maintenanceTimer;
    this.#timer = setInterval(() => {
      this.#tick();
      loop.tick();
    }, 1000);
    return new LocalAcceptor(loop);
  }

  async #startWorkers(): Promise<Acceptor> {
    const pool = await WorkerPool.start({
      core: this.#core,
      shared: sharedBuffers(this.#shared),
      settings: this.#settings,
      capacity: this.#capacity,
      logger: this.#logger,
      onShutDown: this.#onStop,
    });
    const oldGarbage = new OldGarbage();
    this.#timer = setInterval(() => {
      this.#tick();
      oldGarbage.tick();
    }, 1000);
    return new WorkerAcceptor(pool, this.#settings, this.#shared, this.#capacity);
  }

  /** Time goes on, for all threads. */
  #tick(): void {
    this.#shared.clock.tick();
  }

  // ── Addresses ──────────────────────────────────────────────────────────────────────────────────

  async #listenOn(entry: ListenAddress): Promise<Bound[]> {
    const wanted = entry.port ?? this.#settings.port;
    const speech = this.#speech(entry);
    return await this.#bindAll("TCP", entry.host, wanted, (address, free) =>
      this.#open({ host: address, port: free, speech }),
    );
  }

  async #listenDatagrams({ host, port }: ListenAddress): Promise<Bound[]> {
    const wanted = port ?? this.#settings.udpPort;
    return await this.#bindAll("UDP", host, wanted, async (address, free) => {
      const bound = await this.#started.listenDatagrams(address, free);
      this.#announce(bound, "udp");
      return bound;
    });
  }

  /** Binds every address of a host; one that is bound is enough. */
  async #bindAll(
    what: "TCP" | "UDP",
    host: string | null,
    wanted: number,
    bind: (address: string, port: number) => Promise<Bound>,
  ): Promise<Bound[]> {
    let free = wanted < 0 ? 0 : wanted;
    const bound: Bound[] = [];
    let failure: unknown = null;
    for (const address of await this.#resolve(host)) {
      try {
        const listener = await bind(address, free);
        // Every family of an ephemeral port gets the same number, where it is free.
        free = listener.port;
        bound.push(listener);
      } catch (error) {
        failure ??= error;
      }
    }
    if (bound.length === 0) this.#failToListen(`${what} port ${wanted}`, failure);
    return bound;
  }

  /**
   * Every port is for TLS with `-Z`, and for the protocol of `-B`, but for those that a prefix
   * excepts.
   */
  #speech({ tls, protocol }: ListenAddress): Speech {
    const { tls: settings, bindingProtocol } = this.#settings;
    const isPlain = !settings.enabled || tls === "plain";
    return { tls: isPlain ? undefined : (tls ?? "default"), protocol: protocol ?? bindingProtocol };
  }

  async #resolve(host: string | null): Promise<string[]> {
    try {
      return await numericHosts(host);
    } catch (error) {
      this.#log(`getaddrinfo(): ${errorText(error)}\n`);
      return this.#failToListen(`TCP port ${this.#settings.port}`, error);
    }
  }

  #failToListen(port: string, cause: unknown): never {
    const { listenText } = this.#settings;
    const reason = errorText(cause);
    const what = listenText === null ? port : `one of interface(s) ${listenText}`;
    throw new StartError(EX_OSERR, `failed to listen on ${what}: ${reason}`);
  }

  /** `-s`: a socket that a dead server left behind makes way; the file has the modes of `-a`. */
  async #listenOnPath(path: string): Promise<Bound> {
    unlinkStaleSocket(path);
    const before = process.umask(~this.#settings.unixMask & 0o777);
    try {
      const speech = { tls: undefined, protocol: this.#settings.bindingProtocol };
      return await this.#open({ path, speech });
    } catch (error) {
      const reason = errorText(error);
      throw new StartError(EX_OSERR, `failed to listen on UNIX socket: ${path}: ${reason}`);
    } finally {
      process.umask(before);
    }
  }

  async #open(place: Place): Promise<Bound> {
    const bound = await this.#started.listen(place);
    this.#announce(bound, PROTOCOL_NAMES[place.speech.protocol]);
    return bound;
  }

  get #started(): Acceptor {
    if (this.#acceptor === null) throw new Error("the server was not started");
    return this.#acceptor;
  }

  #announce({ id, address }: Bound, protocol: string): void {
    openListenerEntry(this.#shared, id, address);
    if (this.#settings.verbosity > 1) this.#log(`<${id} server listening (${protocol})\n`);
  }

  /** SIGHUP: what was read from files at start is read again. */
  reload(): void {
    const users = this.#loadUsers();
    if (users !== null) this.#log(`${users}\n`);
    const { tls } = this.#settings;
    if (!tls.enabled) return;
    const failure = refreshCertificates(tls, this.#shared.certificates, this.#shared.clock.now);
    if (failure !== null) this.#log(`Could not reload TLS certificates on SIGHUP: ${failure}\n`);
  }

  /** The text of what is wrong with the file of `-Y`, or null. */
  #loadUsers(): string | null {
    const { authFile } = this.#settings;
    if (authFile === null) return null;
    return loadAuthFile(authFile, this.#shared.users, this.#shared.clock.now);
  }

  /** Drops every connection and stops listening. */
  stop(): void {
    this.#maintenanceTimer?.stop();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#acceptor?.stop();
    this.#acceptor = null;
    this.#logger.stop();
  }
}
