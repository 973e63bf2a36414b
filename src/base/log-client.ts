/**
 * A thread's side of the log: its watchers, and what it says to the logger about them.
 *
 *     connection ── watch ──▶ LogClient ── watch, unwatch ──▶ Logger (core/logger.ts)
 *         ▲                      ▲                               │
 *         └────── onLines ───────┴─────────── lines ─────────────┤
 *         ▲                                                      │ writes
 *         └──────────────────── reads ◀── LineRing ◀─────────────┘
 *
 * All that can wait for a watcher who does not read is in its ring, `-o watcher_logbuf_size`.
 */
import { LineRing } from "./line-ring.ts";
import type { Watchers } from "./watchers.ts";

/** A line has at most about 900 bytes: each of a key's 250 may take three. */
const RING_SIZE_MIN = 1024;

export interface WatchMessage {
  readonly kind: "watch";
  readonly watcher: number;
  /** Bits of `LogKind`. */
  readonly kinds: number;
  readonly lines: SharedArrayBuffer;
}

export interface UnwatchMessage {
  readonly kind: "unwatch";
  readonly watcher: number;
}

export type ToLogger = WatchMessage | UnwatchMessage;

/** Told to the thread of a watcher: there is something in its ring. */
export interface LinesMessage {
  readonly kind: "lines";
  readonly watcher: number;
  /** The logger has forgotten the watcher, who has gone. */
  readonly isOver: boolean;
}

export interface Watcher {
  readonly lines: LineRing;
  /** Called when there may be lines. */
  onLines: () => void;
  /** The connection has ended. To be called once. */
  close(): void;
}

export class LogClient {
  readonly #watchers: Watchers;
  readonly #ringSize: number;
  readonly #tell: (message: ToLogger) => void;
  readonly #open = new Map<number, Watcher>();
  /** Rings of watchers that have gone, until the logger says that it writes to them no more. */
  readonly #closing = new Map<number, LineRing>();
  /**
   * Rings to use again. They are the engine's to free, and it is in no hurry: who came and went
   * many times would leave gigabytes behind.
   */
  readonly #free: LineRing[] = [];

  /** @param ringSize bytes that may wait for each watcher */
  constructor(watchers: Watchers, ringSize: number, tell: (message: ToLogger) => void) {
    this.#watchers = watchers;
    this.#ringSize = Math.max(ringSize, RING_SIZE_MIN);
    this.#tell = tell;
  }

  /** A new watcher, which the logger greets; or why there is none. */
  open(kinds: number): Watcher | "too many" | "no memory" {
    const id = this.#watchers.admit();
    if (id === 0) return "too many";
    let lines: LineRing;
    try {
      lines = this.#free.pop() ?? LineRing.start(this.#ringSize);
    } catch {
      this.#watchers.discharge();
      return "no memory";
    }
    const close = (): void => {
      this.#open.delete(id);
      this.#closing.set(id, lines);
      this.#watchers.discharge();
      this.#tell({ kind: "unwatch", watcher: id });
    };
    const watcher: Watcher = { lines, onLines: () => undefined, close };
    this.#open.set(id, watcher);
    this.#tell({ kind: "watch", watcher: id, kinds, lines: lines.shared });
    return watcher;
  }

  /** The logger says so; or that a watcher who has gone is forgotten. */
  linesCame(id: number, isOver: boolean): void {
    const ring = this.#closing.get(id);
    if (!isOver || ring === undefined) {
      this.#open.get(id)?.onLines();
      return;
    }
    this.#closing.delete(id);
    ring.clear();
    this.#free.push(ring);
  }
}
