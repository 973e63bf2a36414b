/**
 * The worker threads of a server, seen from the main thread.
 *
 * They load side by side, which takes most of a start, and begin one after the other, each with a
 * handshake. They are never terminated: they end by themselves, or with the process.
 *
 * Web workers, not those of node:worker_threads: they take 3 MiB of memory each instead of 10.
 */
import type { Bound, NetworkPlace } from "./listener.ts";
import type {
  ConnectionMessage,
  FromWorker,
  JobMessage,
  StartMessage,
  ToWorker,
} from "./messages.ts";
import type { CoreFacade } from "../core/facade.ts";
import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import type { Logger } from "../core/logger.ts";
import type { Settings } from "../base/settings.ts";
import type { SharedBuffers } from "../base/shared-state.ts";
import { abortProcess } from "./failure.ts";
import { sharesOf } from "../core/start-core.ts";
import { seesMemory, writeToken } from "./shared-memory.ts";

export interface WorkerPoolOptions {
  readonly core: CoreFacade;
  readonly shared: SharedBuffers;
  readonly settings: Settings;
  readonly capacity: number;
  readonly logger: Logger;
  readonly onShutDown: (graceful: boolean) => void;
}

/** Who hears what a worker says of its own accord. */
interface WorkerEvents {
  readonly logger: Logger;
  readonly onShutDown: (graceful: boolean) => void;
  readonly onJob: (message: JobMessage) => void;
}

/** One worker, and what it was asked last. */
class WorkerThread {
  readonly #worker: Worker;
  readonly #name: string;
  #answer: ((message: FromWorker) => void) | null = null;

  constructor(url: URL, name: string, { logger, onShutDown, onJob }: WorkerEvents) {
    this.#name = name;
    this.#worker = new Worker(url);
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "shutDown") onShutDown(data.graceful);
      else if (data.kind === "job") onJob(data);
      else if (data.kind === "watch" || data.kind === "unwatch") {
        logger.receive(data, (watcher, isOver) => this.tell({ kind: "lines", watcher, isOver }));
      } else this.#answer?.(data);
    });
    this.#worker.addEventListener("error", ({ message }) => abortProcess(name, message));
  }

  tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  ask(message: ToWorker): Promise<FromWorker> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.tell(message);
    });
  }

  /** Starts it, and has it prove that it shares the memory. */
  async start(message: StartMessage, core: CoreFacade): Promise<void> {
    const token = writeToken(core);
    const answer = await this.ask(message);
    if (answer.kind === "ready" && seesMemory(core, token, answer.token)) return;
    throw new StartError(
      EXIT_FAILURE,
      `${this.#name} does not see the memory that it shares with the others: use -t 1`,
    );
  }
}

/** Where a kind of thread begins: beside this file, in the bundle too (scripts/bundle.ts). */
function entryUrl(name: string): URL {
  const extension = import.meta.url.endsWith(".js") ? "js" : "ts";
  return new URL(`./${name}.${extension}`, import.meta.url);
}

/** What was bound, or the error that the worker tells of. */
function boundOf(answer: FromWorker): Bound {
  if (answer.kind === "listening") return answer.bound;
  if (answer.kind === "failed") {
    throw Object.assign(new Error(answer.message), { code: answer.code });
  }
  throw new Error(`told to listen, a worker answered: ${answer.kind}`);
}

export class WorkerPool {
  readonly #workers: WorkerThread[] = [];
  #maintenance: WorkerThread | null = null;
  #next = 0;

  /** Starts `settings.threads` workers and the maintenance thread. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool();
    try {
      await pool.#start(options);
    } catch (error) {
      pool.stop();
      throw error;
    }
    return pool;
  }

  async #start(options: WorkerPoolOptions): Promise<void> {
    const { core, shared, settings, capacity } = options;
    const { threads } = settings;
    const message = (thread: number): StartMessage => {
      return { kind: "start", thread, core: sharesOf(core), shared, settings, capacity };
    };
    const events = {
      logger: options.logger,
      onShutDown: options.onShutDown,
      onJob: (message: JobMessage) => this.#takeJob(message),
    };
    const url = entryUrl("worker");
    for (let thread = 1; thread <= threads; thread++) {
      this.#workers.push(new WorkerThread(url, `worker thread ${thread}`, events));
    }
    const maintenance = entryUrl("maintenance-thread");
    this.#maintenance = new WorkerThread(maintenance, "maintenance thread", events);
    for (const [index, worker] of this.#workers.entries()) {
      await worker.start(message(index + 1), core);
    }
    await this.#maintenance.start(message(threads + 1), core);
  }

  #takeJob(message: JobMessage): void {
    const { job } = message;
    if (job.kind === "fail" && job.where === "main") throw new Error("debugfail was asked for");
    this.#maintenance?.tell(message);
  }

  /** Has every worker listen; the first one's socket. Throws what one that cannot says. */
  async listen({ host, port, speech }: NetworkPlace): Promise<Bound> {
    const bound: Bound[] = [];
    for (const worker of this.#workers) {
      bound.push(boundOf(await worker.ask({ kind: "listen", host, port, speech })));
    }
    return bound[0] as Bound;
  }

  /** Has the first worker serve UDP; throws what it says when it cannot. */
  async listenDatagrams(host: string, port: number): Promise<Bound> {
    const [first] = this.#workers as [WorkerThread];
    return boundOf(await first.ask({ kind: "listenDatagrams", host, port }));
  }

  /** Gives an accepted connection to the worker whose turn it is. */
  deal(connection: ConnectionMessage): void {
    this.#workers[this.#next]?.tell(connection);
    this.#next = (this.#next + 1) % this.#workers.length;
  }

  stop(): void {
    for (const worker of this.#workers) worker.tell({ kind: "stop" });
    this.#maintenance?.tell({ kind: "stop" });
  }
}
