/**
 * One thread of the server without its sockets: a core, a context, and connections whose replies go
 * nowhere. The clock stands still.
 */
import { defaultSettings, type Settings } from "../../src/base/settings.ts";
import { Clock } from "../../src/base/clock.ts";
import type { Connection } from "../../src/connection/connection.ts";
import type { Host } from "../../src/command/context.ts";
import { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import { Thread } from "../../src/connection/thread.ts";
import type { Parts } from "../../src/base/parts.ts";
import type { Transport } from "../../src/connection/transport.ts";
import type { Digest } from "./digest.ts";
import { startShared } from "../../src/base/shared-state.ts";

const DESCRIPTORS = 8;

/** A core of its own; the address space for growing is not taken. */
export function startCore(settings: Partial<Settings>, build: CoreBuild = "core.server"): Core {
  const core = Core.start({ ...defaultSettings(), ...settings }, build, 1, false);
  core.abi.setNow(1);
  return core;
}

/** Takes everything at once and forgets it, but for its length and, if asked to, its hash. */
export class NullTransport implements Transport {
  length = 0;
  digest: Digest | null = null;

  write(bytes: Uint8Array, offset: number, length: number): number {
    this.length += length;
    this.digest?.addBytes(bytes.subarray(offset, offset + length));
    return length;
  }

  writeParts(memories: readonly Uint8Array[], parts: Parts): number {
    let sent = 0;
    for (let i = 0; i < parts.count; i++) {
      const memory = memories[parts.memory(i)] as Uint8Array;
      sent += this.write(memory, parts.offset(i), parts.length(i));
    }
    return sent;
  }

  pause(): void {}
  resume(): void {}
  close(): void {
    throw new Error("no request of a benchmark closes its connection");
  }
}

const HOST: Host = {
  endpoints: () => [],
  start: () => {},
  shutDown: () => {},
  watch: () => "too many",
  refreshCertificates: () => null,
  runtimeName: "none",
};

/** A thread with one connection. */
export class LocalThread {
  readonly thread: Thread;
  readonly transport = new NullTransport();
  readonly #connection: Connection;
  #turn: (() => void) | null = null;

  constructor(settings: Partial<Settings>) {
    const all = { ...defaultSettings(), ...settings };
    const core = Core.start(all, "core.server", 1, false);
    const clock = Clock.start(() => 0, 1_800_000_000);
    core.abi.setNow(clock.now);
    this.thread = new Thread(
      core,
      all,
      startShared(all, clock, 1, DESCRIPTORS),
      HOST,
      () => {},
      (run) => (this.#turn = run),
    );
    this.#connection = this.thread.connect(1, "tcp:a", "tcp:b", () => this.transport);
  }

  get context(): Thread["context"] {
    return this.thread.context;
  }

  /** One read's worth of bytes, worked off to its end. Returns the length of the replies. */
  receive(bytes: Uint8Array): number {
    this.transport.length = 0;
    this.#connection.receive(bytes);
    while (this.#turn !== null) {
      const turn = this.#turn;
      this.#turn = null;
      turn();
    }
    return this.transport.length;
  }
}
