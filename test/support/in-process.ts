/**
 * The in-process subject: our server without a socket, on a clock that only `advance` moves.
 *
 * What it keeps:
 * - `open(options)` takes command line words and starts with an empty store and the clock at the
 *   instant of a server start (uptime 2, next CAS unique 2).
 * - after `await send(bytes)` everything the server answers to those bytes is in `received()`, and
 *   `closed` is up to date; `more` may therefore answer false at once.
 * - one `send` is one read of the server.
 * - `advance(n)` moves the clock n seconds and runs what a running server would have run meanwhile.
 */
import type { Connection } from "../../src/connection/connection.ts";
import { Thread } from "../../src/connection/thread.ts";
import type { Endpoint, Host } from "../../src/command/context.ts";
import { Clock } from "../../src/base/clock.ts";
import { LogClient, type Watcher } from "../../src/base/log-client.ts";
import { Logger } from "../../src/core/logger.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import { type Background, maintenanceGroup } from "../../src/core/maintenance-group.ts";
import { type Job, Maintenance } from "../../src/core/maintenance.ts";
import type { Parts } from "../../src/base/parts.ts";
import type { Transport } from "../../src/connection/transport.ts";
import { endpoints, openListenerEntry } from "../../src/connection/endpoints.ts";
import { loadAuthFile } from "../../src/server/auth-file.ts";
import { parseOptions } from "../../src/main/options.ts";
import { slabClassTable } from "../../src/core/class-table.ts";
import { startCore } from "../../src/core/start-core.ts";
import { startShared } from "../../src/base/shared-state.ts";
import type { Conversation, Server, Subject } from "./subject.ts";
import { UsedMemories } from "./used-memory.ts";

const FIRST_DESCRIPTOR = 27;

/** Milliseconds of a slice of maintenance. */
const SLICE_MS = 10;

/** More than any test looks at: tables of the size of a real server's take milliseconds to make. */
const DESCRIPTORS = 2048;
const PREFIXES = 1024;

/** Collects what the server sends; takes everything at once, unless told to take less. */
export class MemoryTransport implements Transport {
  /** How many bytes are still taken before the "socket" is full. */
  room = Number.POSITIVE_INFINITY;
  /** A write was cut short: as a socket does, it tells once when it takes more. */
  wantsDrain = false;
  isClosed = false;
  isPaused = false;
  /** How often it was written to: system calls, were it a socket. */
  writes = 0;
  #chunks: Uint8Array[] = [];
  readonly onClose: () => void;

  constructor(onClose: () => void) {
    this.onClose = onClose;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    this.writes++;
    return this.#take(bytes, offset, length);
  }

  #take(bytes: Uint8Array, offset: number, length: number): number {
    if (this.isClosed) return -1;
    const taken = Math.min(length, this.room);
    if (taken < length) this.wantsDrain = true;
    this.room -= taken;
    if (taken > 0) this.#chunks.push(bytes.slice(offset, offset + taken));
    return taken;
  }

  writeParts(memories: readonly Uint8Array[], parts: Parts): number {
    this.writes++;
    let sent = 0;
    for (let i = 0; i < parts.count; i++) {
      const memory = memories[parts.memory(i)] as Uint8Array;
      const wrote = this.#take(memory, parts.offset(i), parts.length(i));
      if (wrote < 0) return -1;
      sent += wrote;
      if (wrote < parts.length(i)) break;
    }
    return sent;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.isClosed = true;
    this.onClose();
  }

  received(): Uint8Array {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? new Uint8Array(0);
  }
}

/** One thread's worth of server. */
export class LocalServer implements Server, Host {
  readonly thread: Thread;
  readonly runtimeName = "none";
  /** Lines that `-v` would have printed. */
  log = "";
  #scheduled: (() => void)[] = [];
  #isStopping = false;
  /** Its memories may be another server's by now. */
  #hasStopped = false;
  /** How far the background has come within this second. */
  #maintainedMs = 0;
  #monotonicMs = 0;
  #nextDescriptor = FIRST_DESCRIPTOR;
  readonly #maintenance: Background;
  readonly #logger: Logger;
  readonly #logClient: LogClient;
  readonly #used: UsedMemories | null;

  /**
   * @param memories that the store is over, at least
   * @param used where its memories come from and go when it stops; without it they are its own
   */
  constructor(
    options: readonly string[],
    build: CoreBuild = "core.server",
    memories = 1,
    used: UsedMemories | null = null,
  ) {
    const parsed = parseOptions(["-u", "root", ...options], {
      WASMCACHED_DEBUG: "1",
      WASMCACHED_MEMORIES: String(memories),
      MEMCACHED_SASL_PWDB: process.env["MEMCACHED_SASL_PWDB"],
    });
    if (parsed.kind !== "run") throw new Error(`options refused: ${parsed.stderr}`);
    const { settings } = parsed;
    const clock = Clock.start(() => this.#monotonicMs, 1_800_000_000);
    const core = startCore(settings, build, 1, false, used?.take);
    this.#used = used;
    core.abi.setNow(clock.now);
    core.events.clock = () => clock.unixNow * 1e6;
    const shared = startShared(settings, clock, 1, DESCRIPTORS, PREFIXES);
    if (settings.authFile !== null) {
      const failure = loadAuthFile(settings.authFile, shared.users, clock.now);
      if (failure !== null) throw new Error(failure);
    }
    const log = (text: string): void => {
      this.log += text;
    };
    if (settings.verbosity > 1) log(slabClassTable(core));
    this.thread = new Thread(core, settings, shared, this, log, (run) => {
      this.#scheduled.push(run);
    });
    const clockMs = (): number => this.#monotonicMs + this.#maintainedMs;
    const { counters } = shared;
    this.#maintenance = maintenanceGroup(
      core.cores.map((one) => new Maintenance(one, settings, counters, log, SLICE_MS, clockMs)),
      clockMs,
    );
    this.#logger = new Logger(core, shared.counters);
    this.#logClient = new LogClient(shared.watchers, settings.watcherLogBufferSize, (message) => {
      this.#logger.receive(message, (watcher, isOver) =>
        this.#logClient.linesCame(watcher, isOver),
      );
    });
    // A listener, so that the figures are those of a server.
    openListenerEntry(shared, FIRST_DESCRIPTOR - 1, "tcp:127.0.0.1:11211");
  }

  get context(): Thread["context"] {
    return this.thread.context;
  }

  /** A connection over a transport that tests can fill up. */
  open(): { connection: Connection; transport: MemoryTransport } {
    this.#mustRun();
    const id = this.#nextDescriptor++;
    let transport: MemoryTransport | null = null;
    this.thread.context.shared.connections.admit(Number.MAX_SAFE_INTEGER);
    const connection = this.thread.connect(
      id,
      `tcp:127.0.0.1:${40000 + id}`,
      "tcp:127.0.0.1:11211",
      (forget) => (transport = new MemoryTransport(forget)),
    );
    if (transport === null) throw new Error("the thread asked for no transport");
    return { connection, transport };
  }

  /** Gives every connection that used up its credits its next turns, until none asks for more. */
  settle(): void {
    this.#mustRun();
    if (this.#isStopping) this.thread.stop();
    while (this.#scheduled.length > 0) {
      const scheduled = this.#scheduled;
      this.#scheduled = [];
      for (const run of scheduled) run();
    }
    this.#logger.settle();
  }

  connect(): Promise<Conversation> {
    const { connection, transport } = this.open();
    return Promise.resolve({
      send: (bytes: Uint8Array): void => {
        if (transport.isClosed) return;
        connection.receive(bytes.slice());
        this.settle();
      },
      received: (): Uint8Array => transport.received(),
      get closed(): boolean {
        return transport.isClosed;
      },
      more: (): Promise<boolean> => Promise.resolve(false),
      endInput: (): void => {
        connection.inputEnded();
        this.settle();
      },
      hangUp: (): void => connection.gone(),
    });
  }

  advance(seconds: number): Promise<void> {
    this.#mustRun();
    for (let i = 0; i < seconds; i++) {
      this.#monotonicMs += 1000;
      this.context.clock.tick();
      this.#maintain();
      this.thread.tick();
    }
    return Promise.resolve();
  }

  /** Lets the background do all that it wants to do within the next tenth of a second. */
  #maintain(): void {
    for (this.#maintainedMs = 0; this.#maintainedMs < 100;) {
      this.#maintainedMs += Math.max(0.01, this.#maintenance.slice(this.context.clock.now));
    }
  }

  #mustRun(): void {
    if (this.#hasStopped) throw new Error("this server has stopped");
  }

  stop(): Promise<void> {
    if (this.#hasStopped) return Promise.resolve();
    this.thread.stop();
    this.#logger.stop();
    this.#hasStopped = true;
    for (const { share } of this.context.core.cores) this.#used?.giveBack(share.memory);
    return Promise.resolve();
  }

  endpoints(): Iterable<Endpoint> {
    return endpoints(this.context.shared);
  }

  watch(kinds: number): Watcher | "too many" | "no memory" {
    return this.#logClient.open(kinds);
  }

  refreshCertificates(): string {
    return "Error TLS not enabled";
  }

  start(job: Job): void {
    this.#maintenance.start(job);
    this.#maintain();
  }

  /** Takes effect after the command at hand, as in the real server. */
  shutDown(): void {
    this.#isStopping = true;
  }
}

/** @param memories that the store is over, at least */
export function inProcessSubject(memories = 1): Subject {
  const used = new UsedMemories();
  return {
    name: memories === 1 ? "in process" : `in process, ${memories} memories`,
    native: false,
    open: (options) => Promise.resolve(new LocalServer(options, "core.server", memories, used)),
  };
}
