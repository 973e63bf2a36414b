/**
 * The logger: takes what all threads have recorded and gives each watcher the lines it asked for.
 * One for each server, on the main thread; it does nothing while nobody watches.
 *
 *     thread's log ring ─┐
 *     thread's log ring ─┼─▶ Logger ─┬─▶ LineRing ─▶ watcher's connection
 *     thread's log ring ─┘           └─▶ LineRing ─▶ watcher's connection
 *
 * Nobody waits for it, and it waits for nobody: a line that does not fit a watcher's ring is
 * skipped and counted, and `skipped=<n>` stands before the next line that does.
 */
import type { Core } from "./core.ts";
import type { CoreFacade } from "./facade.ts";
import { HostCounter, type HostCounters } from "../base/host-counters.ts";
import { LineRing } from "../base/line-ring.ts";
import { LineWriter } from "./line-writer.ts";
import type { LogRecord } from "./log-line.ts";
import { LogRings, type RecordSource } from "./log-rings.ts";
import { MergedLogRings } from "./routed/merged-log-rings.ts";
import type { ToLogger } from "../base/log-client.ts";

/** Records taken before others of this thread have their turn: about a millisecond's work. */
const RECORDS_PER_TURN = 500;

/** Milliseconds from one look to the next: short when there was something, longer and longer when
 * there was not. */
const REST_MIN = 2;
const REST_MAX = 50;

/** More than a line can have, whose longest part is a key of 250 bytes, each as three. */
const LINE_LENGTH_MAX = 2048;

const GREETING = Buffer.from("OK\r\n");

interface Receiver {
  readonly kinds: number;
  readonly lines: LineRing;
  readonly notify: () => void;
  skipped: number;
  hasNews: boolean;
}

export class Logger {
  readonly #rings: RecordSource;
  readonly #counters: HostCounters;
  readonly #line = new LineWriter(LINE_LENGTH_MAX);
  readonly #receivers = new Map<number, Receiver>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #rest = REST_MIN;

  /** @param counters this thread's */
  constructor({ cores }: CoreFacade, counters: HostCounters) {
    const [first, ...others] = cores as readonly [Core, ...Core[]];
    this.#rings = others.length === 0 ? new LogRings(first) : new MergedLogRings(cores);
    this.#counters = counters;
  }

  /**
   * @param notify tells the thread that sent the message of new lines for a watcher; or, at last,
   *   that it `isOver`
   */
  receive(message: ToLogger, notify: (watcher: number, isOver: boolean) => void): void {
    const { watcher } = message;
    if (message.kind === "unwatch") {
      this.#receivers.delete(watcher);
      this.#want();
      // Nothing is written to its ring any more.
      notify(watcher, true);
      return;
    }
    const { kinds } = message;
    const lines = LineRing.join(message.lines);
    // What was recorded until now is for the others.
    while (this.#drain() > 0);
    const tell = (): void => notify(watcher, false);
    this.#receivers.set(watcher, { kinds, lines, notify: tell, skipped: 0, hasNews: true });
    this.#want();
    // Only now: the watcher's thread may look at its ring, and send this, before it is told to.
    lines.push(GREETING);
    this.#tellNews();
  }

  /** Has the threads record what somebody watches, and looks after it if there is anybody. */
  #want(): void {
    let kinds = 0;
    for (const receiver of this.#receivers.values()) kinds |= receiver.kinds;
    this.#rings.want(kinds);
    if (this.#receivers.size === 0) this.stop();
    else if (this.#timer === null) this.#schedule(REST_MIN);
  }

  #schedule(rest: number): void {
    this.#rest = Math.min(rest, REST_MAX);
    this.#timer = setTimeout(() => this.#turn(), this.#rest);
  }

  #turn(): void {
    const taken = this.#drain();
    this.#tellNews();
    if (taken === RECORDS_PER_TURN) this.#schedule(0);
    else this.#schedule(taken > 0 ? REST_MIN : Math.max(this.#rest, 1) * 2);
  }

  /** One turn's records. */
  #drain(): number {
    return this.#rings.drain(RECORDS_PER_TURN, (record, gid) => this.#give(record, gid));
  }

  /** Does at once what is due by and by: for tests. */
  settle(): void {
    while (this.#drain() > 0);
    this.#tellNews();
  }

  #give(record: LogRecord, gid: number): void {
    const { kind } = record;
    const line = this.#line;
    line.clear();
    for (const receiver of this.#receivers.values()) {
      if ((receiver.kinds & kind) === 0) continue;
      if (line.length === 0) record.writeLine(line, gid);
      this.#push(receiver);
    }
  }

  /** Gives a watcher the line at hand. */
  #push(receiver: Receiver): void {
    const { bytes, length } = this.#line;
    const { lines, skipped } = receiver;
    const isTaken =
      skipped === 0
        ? lines.push(bytes, length)
        : lines.push(Buffer.concat([skippedLine(skipped), bytes.subarray(0, length)]));
    if (isTaken) {
      this.#counters.add(HostCounter.WATCHER_SENT, 1);
      receiver.skipped = 0;
      receiver.hasNews = true;
    } else {
      this.#counters.add(HostCounter.WATCHER_SKIPPED, 1);
      receiver.skipped++;
    }
  }

  #tellNews(): void {
    for (const receiver of this.#receivers.values()) {
      // No further line may come for long: what was skipped is told as soon as there is room.
      const { skipped, lines } = receiver;
      if (skipped > 0 && lines.push(skippedLine(skipped))) {
        receiver.skipped = 0;
        receiver.hasNews = true;
      }
      if (receiver.hasNews) receiver.notify();
      receiver.hasNews = false;
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function skippedLine(count: number): Uint8Array {
  return Buffer.from(`skipped=${count}\n`);
}
