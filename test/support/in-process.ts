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
import { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import type { Parts } from "../../src/base/parts.ts";
import type { Transport } from "../../src/connection/transport.ts";
import { parseOptions } from "../../src/main/options.ts";
import type { Conversation, Server, Subject } from "./subject.ts";

const FIRST_DESCRIPTOR = 27;

/** Collects what the server sends; takes everything at once, unless told to take less. */
export class MemoryTransport implements Transport {
  /** How many bytes are still taken before the "socket" is full. */
  room = Number.POSITIVE_INFINITY;
  /** A write was cut short: as a socket does, it tells once when it takes more. */
  wantsDrain = false;
  isClosed = false;
  isPaused = false;
  #chunks: Uint8Array[] = [];
  readonly onClose: () => void;

  constructor(onClose: () => void) {
    this.onClose = onClose;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    if (this.isClosed) return -1;
    const taken = Math.min(length, this.room);
    if (taken < length) this.wantsDrain = true;
    this.room -= taken;
    if (taken > 0) this.#chunks.push(bytes.slice(offset, offset + taken));
    return taken;
  }

  writeParts(memory: Uint8Array, parts: Parts): number {
    let sent = 0;
    for (let i = 0; i < parts.count; i++) {
      const wrote = this.write(memory, parts.offset(i), parts.length(i));
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
  readonly isAccepting = true;
  readonly runtimeName = "none";
  /** Lines that `-v` would have printed. */
  log = "";
  #scheduled: (() => void)[] = [];
  #isStopping = false;
  #monotonicMs = 0;
  #nextDescriptor = FIRST_DESCRIPTOR;

  constructor(options: readonly string[], build: CoreBuild = "core") {
    const parsed = parseOptions(["-u", "root", ...options], { WASMCACHED_DEBUG: "1" });
    if (parsed.kind !== "run") throw new Error(`options refused: ${parsed.stderr}`);
    const clock = new Clock(() => this.#monotonicMs, 1_800_000_000);
    const core = new Core(parsed.settings, build, false);
    const log = (text: string): void => {
      this.log += text;
    };
    this.thread = new Thread(core, parsed.settings, clock, this, log, (run) => {
      this.#scheduled.push(run);
    });
    // A listener, so that the figures are those of a server.
    this.thread.countDescriptor(FIRST_DESCRIPTOR - 1);
  }

  get context(): Thread["context"] {
    return this.thread.context;
  }

  /** A connection over a transport that tests can fill up. */
  open(): { connection: Connection; transport: MemoryTransport } {
    const id = this.#nextDescriptor++;
    let transport: MemoryTransport | null = null;
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
    if (this.#isStopping) this.thread.stop();
    while (this.#scheduled.length > 0) {
      const scheduled = this.#scheduled;
      this.#scheduled = [];
      for (const run of scheduled) run();
    }
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
    for (let i = 0; i < seconds; i++) {
      this.#monotonicMs += 1000;
      this.thread.tick();
    }
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.thread.stop();
    return Promise.resolve();
  }

  endpoints(): Iterable<Endpoint> {
    return this.thread.connections;
  }

  /** Takes effect after the command at hand, as in the real server. */
  shutDown(): void {
    this.#isStopping = true;
  }
}

export function inProcessSubject(): Subject {
  return {
    name: "in process",
    native: false,
    open: (options) => Promise.resolve(new LocalServer(options)),
  };
}
