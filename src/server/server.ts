/**
 * The server: the store, the threads, the addresses it listens on, the clock, and the end.
 *
 *     -t 1   main thread: event loop, clock, maintenance
 *
 *     -t N   main thread: clock, signals, hand-over
 *              ├── worker 1 … N: an event loop each   ─┐
 *              └── maintenance thread                 ─┴── one core memory, one SharedState
 */
import { type Acceptor, LocalAcceptor, WorkerAcceptor } from "./acceptor.ts";
import type { Bound, Place } from "./listener.ts";
import { EX_OSERR, StartError } from "../base/start-error.ts";
import type { ListenAddress, Settings } from "../base/settings.ts";
import { type SharedState, sharedBuffers, startShared } from "../base/shared-state.ts";
import { Clock } from "../base/clock.ts";
import { Core } from "../core/core.ts";
import { EventLoop } from "./event-loop.ts";
import type { LogWriter } from "../base/log.ts";
import { Maintenance } from "../core/maintenance.ts";
import { WorkerPool } from "./worker-pool.ts";
import { abortProcess } from "./failure.ts";
import { adviseHugePages } from "./process/huge-pages.ts";
import { descriptorMargin } from "./process/file-limit.ts";
import { errorText } from "./process/error-text.ts";
import { numericHosts } from "./addresses.ts";
import { openListenerEntry } from "../connection/endpoints.ts";
import { slabClassTable } from "../core/class-table.ts";
import { unlinkStaleSocket } from "./unix-socket.ts";

const PROTOCOL_NAMES = { auto: "auto-negotiate", ascii: "ascii", binary: "binary" } as const;
/** Threads of the core beside the workers: the main thread (index 0) and the maintenance thread. */
const OTHER_THREADS = 2;

/** Slices of maintenance at each tick, where no thread of its own does it. */
const SLICES_PER_TICK = 16;

/** Called once when a client asked the server to stop. */
export type OnStop = (graceful: boolean) => void;

export class Server {
  readonly #settings: Settings;
  readonly #capacity: number;
  readonly #log: LogWriter;
  readonly #onStop: OnStop;
  readonly #core: Core;
  readonly #shared: SharedState;
  #acceptor: Acceptor | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param capacity connections that may be open at once: `-c`, or fewer */
  constructor(settings: Settings, capacity: number, log: LogWriter, onStop: OnStop) {
    const { threads } = settings;
    const isThreaded = threads > 1;
    const areas = isThreaded ? threads + OTHER_THREADS : 1;
    const build = settings.debugCore ? "core.debug" : isThreaded ? "core.threads" : "core";
    this.#settings = settings;
    this.#capacity = capacity;
    this.#log = log;
    this.#onStop = onStop;
    this.#core = Core.start(settings, build, areas);
    const clock = Clock.start(() => performance.now(), Date.now() / 1000);
    this.#core.abi.setNow(clock.now);
    const descriptors = capacity + descriptorMargin(threads);
    this.#shared = startShared(settings, clock, areas, descriptors);
    if (settings.verbosity > 1) log(slabClassTable(this.#core));
    if (settings.preallocate) {
      const warning = adviseHugePages(this.#core.bytes);
      if (warning !== null) log(`${warning}\n`);
    }
  }

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
    const { listen, socketPath } = this.#settings;
    this.#acceptor = this.#settings.threads > 1 ? await this.#startWorkers() : this.#startLoop();
    const bound: Bound[] = [];
    if (socketPath !== null) {
      bound.push(await this.#listenOnPath(socketPath));
    } else {
      const entries = listen.length > 0 ? listen : [{ host: null, port: null }];
      for (const entry of entries) bound.push(...(await this.#listenOn(entry)));
    }
    return bound;
  }

  #startLoop(): Acceptor {
    const loop = new EventLoop({
      core: this.#core,
      settings: this.#settings,
      shared: this.#shared,
      log: this.#log,
      capacity: this.#capacity,
      onShutDown: this.#onStop,
      onFailure: (error) => abortProcess("main thread", error),
    });
    const maintenance = new Maintenance(this.#core, this.#settings, this.#log);
    this.#timer = setInterval(() => {
      this.#tick();
      for (let i = 0; i < SLICES_PER_TICK && maintenance.slice(); i++);
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
      onShutDown: this.#onStop,
    });
    this.#timer = setInterval(() => this.#tick(), 1000);
    return new WorkerAcceptor(pool, this.#settings.backlog);
  }

  /** Time goes on, for all threads. */
  #tick(): void {
    this.#shared.clock.tick();
    this.#core.abi.setNow(this.#shared.clock.now);
  }

  // ── Addresses ──────────────────────────────────────────────────────────────────────────────────

  async #listenOn({ host, port }: ListenAddress): Promise<Bound[]> {
    const wanted = port ?? this.#settings.port;
    let free = wanted < 0 ? 0 : wanted;
    const bound: Bound[] = [];
    let failure: unknown = null;
    for (const address of await this.#resolve(host)) {
      try {
        const listener = await this.#open({ host: address, port: free });
        // Every family of an ephemeral port gets the same number, where it is free.
        free = listener.port;
        bound.push(listener);
      } catch (error) {
        failure ??= error;
      }
    }
    if (bound.length === 0) this.#failToListen(wanted, failure);
    return bound;
  }

  async #resolve(host: string | null): Promise<string[]> {
    try {
      return await numericHosts(host);
    } catch (error) {
      this.#log(`getaddrinfo(): ${errorText(error)}\n`);
      return this.#failToListen(this.#settings.port, error);
    }
  }

  #failToListen(port: number, cause: unknown): never {
    const { listenText } = this.#settings;
    const reason = errorText(cause);
    const what = listenText === null ? `TCP port ${port}` : `one of interface(s) ${listenText}`;
    throw new StartError(EX_OSERR, `failed to listen on ${what}: ${reason}`);
  }

  /** `-s`: a socket that a dead server left behind makes way; the file has the modes of `-a`. */
  async #listenOnPath(path: string): Promise<Bound> {
    unlinkStaleSocket(path);
    const before = process.umask(~this.#settings.unixMask & 0o777);
    try {
      return await this.#open({ path });
    } catch (error) {
      const reason = errorText(error);
      throw new StartError(EX_OSERR, `failed to listen on UNIX socket: ${path}: ${reason}`);
    } finally {
      process.umask(before);
    }
  }

  async #open(place: Place): Promise<Bound> {
    if (this.#acceptor === null) throw new Error("the server was not started");
    const bound = await this.#acceptor.listen(place);
    openListenerEntry(this.#shared, bound.id, bound.address);
    const { verbosity, bindingProtocol } = this.#settings;
    if (verbosity > 1) {
      this.#log(`<${bound.id} server listening (${PROTOCOL_NAMES[bindingProtocol]})\n`);
    }
    return bound;
  }

  /** Drops every connection and stops listening. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#acceptor?.stop();
    this.#acceptor = null;
  }
}
