/**
 * A connection of the load: sends pipelines and has their replies taken, can stop reading, can die.
 *
 * Faster than `test/support/text-client.ts`: replies are taken by callbacks as they come, not line
 * by line behind promises. Every wait is bounded, so a server that hangs is a failure.
 */
import type { Batch } from "./batch.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { Socket, SocketHandler } from "bun";
import { Violation } from "./violation.ts";

/** A busy machine with many threads may take its time; a server that hangs takes longer. */
const PATIENCE_MS = 30_000;

/** What all connections of a run together have sent, and how many there were. */
export interface Traffic {
  bytesSent: number;
  connections: number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class LoadClient {
  hasEnded = false;
  #socket: Socket<undefined> | null = null;
  readonly #reader = new ReplyReader();
  readonly #traffic: Traffic;
  #unsent: Uint8Array = new Uint8Array(0);
  #waiting: Waiting | null = null;
  /** What was wrong with bytes that came while nobody waited. */
  #failure: unknown = null;

  private constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** @param place a port, or the path of a socket */
  static async connect(place: number | string, traffic: Traffic): Promise<LoadClient> {
    const client = new LoadClient(traffic);
    const socket = client.#handlers();
    client.#socket =
      typeof place === "string"
        ? await Bun.connect<undefined>({ unix: place, socket })
        : await Bun.connect<undefined>({ hostname: "127.0.0.1", port: place, socket });
    if (typeof place === "number") client.#socket.setNoDelay(true);
    traffic.connections++;
    return client;
  }

  #handlers(): SocketHandler<undefined> {
    return {
      data: (_, bytes) => this.#take(bytes),
      drain: () => this.#flush(),
      end: () => this.#finish("the server ended the connection"),
      close: () => this.#finish("the connection was closed"),
      error: (_, error) => this.#finish(String(error)),
    };
  }

  /** Sends a batch; resolves when all its replies were taken. The batch must stay as it is. */
  async exchange(batch: Batch): Promise<void> {
    const done = this.expect(batch);
    this.send(batch.bytes);
    await done;
  }

  /** Has the replies of a batch taken whose bytes are sent by other means. */
  expect(batch: Batch): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.hasEnded) throw new Violation("the connection had ended before a command was sent");
    this.#reader.expect(batch.expected);
    if (this.#reader.isDone) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      const missing = this.#reader.missing;
      reject(new Violation(`no reply for ${PATIENCE_MS / 1000} s`, { missing }));
    }, PATIENCE_MS);
    this.#waiting = { resolve, reject };
    return promise.finally(() => clearTimeout(timer));
  }

  send(bytes: Uint8Array): void {
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Drops the connection without a farewell, whatever is under way. */
  hangUp(): void {
    this.#socket?.terminate();
    this.#finish("we hung up");
  }

  #flush(): void {
    if (this.#socket === null || this.hasEnded || this.#unsent.length === 0) return;
    const taken = this.#socket.write(this.#unsent);
    if (taken <= 0) return;
    this.#traffic.bytesSent += taken;
    this.#unsent = this.#unsent.subarray(taken);
  }

  #take(bytes: Uint8Array): void {
    try {
      this.#reader.give(Buffer.from(bytes));
    } catch (error) {
      this.#failure = error;
      this.#settle((waiting) => waiting.reject(error));
      return;
    }
    if (this.#reader.isDone) this.#settle((waiting) => waiting.resolve());
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) how(waiting);
  }

  #finish(why: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#socket?.end();
    const missing = this.#reader.missing;
    this.#settle((waiting) => waiting.reject(new Violation(why, { "replies missing": missing })));
  }
}
