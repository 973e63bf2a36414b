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
import { Connection } from "../../src/connection/connection.ts";
import { HeldPool } from "../../src/connection/held-replies.ts";
import { Context, type Endpoint, type Host } from "../../src/command/context.ts";
import { Clock } from "../../src/base/clock.ts";
import { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import { HostCounters } from "../../src/base/host-counters.ts";
import type { Parts } from "../../src/base/parts.ts";
import type { Transport } from "../../src/connection/transport.ts";
import { parseOptions } from "../../src/main/options.ts";
import type { Conversation, Server, Subject } from "./subject.ts";

const FIRST_DESCRIPTOR = 27;
const EXPAND_PER_TICK = 65536;

/** Collects what the server sends; takes everything at once, unless told to take less. */
export class MemoryTransport implements Transport {
  /** How many bytes are still taken before the "socket" is full. */
  room = Number.POSITIVE_INFINITY;
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
  readonly context: Context;
  readonly isAccepting = true;
  /** Lines that `-v` would have printed. */
  log = "";
  readonly #connections = new Set<Connection>();
  readonly #heldPool = new HeldPool();
  #turns: Connection[] = [];
  #isStopping = false;
  #monotonicMs = 0;
  #nextDescriptor = FIRST_DESCRIPTOR;

  constructor(options: readonly string[], build: CoreBuild = "core") {
    const parsed = parseOptions(["-u", "root", ...options], { WASMCACHED_DEBUG: "1" });
    if (parsed.kind !== "run") throw new Error(`options refused: ${parsed.stderr}`);
    const clock = new Clock(() => this.#monotonicMs, 1_800_000_000);
    const core = new Core(parsed.settings, build, false);
    const counters = new HostCounters();
    const log = (text: string): void => {
      this.log += text;
    };
    // A listener, so that the figures are those of a server.
    counters.currentConnections = 1;
    counters.totalConnections = 1;
    counters.descriptorsSeen.add(this.#nextDescriptor - 1);
    this.context = new Context(core, parsed.settings, clock, this, log, counters);
  }

  /** A connection over a transport that tests can fill up. */
  open(): { connection: Connection; transport: MemoryTransport } {
    const { counters } = this.context;
    const id = this.#nextDescriptor++;
    const transport = new MemoryTransport(() => {
      if (this.#connections.delete(connection)) counters.currentConnections--;
    });
    const connection = new Connection(
      id,
      `tcp:127.0.0.1:${40000 + id}`,
      "tcp:127.0.0.1:11211",
      this.context,
      transport,
      (yielding) => this.#turns.push(yielding),
      this.#heldPool,
    );
    this.#connections.add(connection);
    counters.currentConnections++;
    counters.totalConnections++;
    counters.descriptorsSeen.add(id);
    return { connection, transport };
  }

  /** Gives every connection that used up its credits its next turns, until none asks for more. */
  settle(): void {
    if (this.#isStopping) for (const connection of this.#connections) connection.gone();
    while (this.#turns.length > 0) {
      const turns = this.#turns;
      this.#turns = [];
      for (const connection of turns) connection.proceed();
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
      this.context.tick();
      this.context.core.abi.expand(EXPAND_PER_TICK);
    }
    return Promise.resolve();
  }

  stop(): Promise<void> {
    for (const connection of this.#connections) connection.gone();
    return Promise.resolve();
  }

  endpoints(): Iterable<Endpoint> {
    return this.#connections;
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
