/**
 * The closed loop over TLS: each connection keeps exactly one batch in flight.
 *
 * Place: the load of the TLS figures, in a generator process like the others. The kernel's sockets
 * of `closed-loop.ts` cannot speak TLS, so these are Bun's: there is an event loop between two
 * answers, and the generator does as much TLS as the server. Only the server's processor time is
 * the figure; what the generator took is told from its own. Every byte is compared here too.
 */
import type { Socket } from "bun";
import { cpuMicros } from "./cpu-clock.ts";
import { addressOf } from "./libc.ts";
import { MeasuredWindow } from "./measured-window.ts";
import { Random } from "./random.ts";
import type { Script } from "./script.ts";
import type { ClosedResult, TlsTask } from "./task.ts";

/** Without any answer for this long the run fails. */
const STALL_MILLIS = 10_000;

/** One connection: the batch in flight, and how much of its answer has come. */
interface Exchange {
  batch: number;
  position: number;
}

type TlsSocket = Socket<Exchange>;

export class TlsLoop {
  private readonly task: TlsTask;
  private readonly script: Script;
  private readonly random: Random;
  private window: MeasuredWindow;
  private readonly sockets: TlsSocket[] = [];
  private answers = 0;
  private inFlight = 0;
  private generatorMicros = 0;
  private isWindowOpen = false;
  private finish: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  constructor(task: TlsTask, script: Script) {
    this.task = task;
    this.script = script;
    this.random = new Random(task.seed);
    this.window = new MeasuredWindow(task);
  }

  async run(): Promise<ClosedResult> {
    const ended = new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    let answersBefore = -1;
    const watch = setInterval(() => {
      if (this.answers === answersBefore) this.fail(new Error("no answer for 10 s"));
      answersBefore = this.answers;
    }, STALL_MILLIS);
    try {
      for (let index = 0; index < this.task.connections; index++) await this.connect();
      // Its time runs from here: handshakes take a while.
      this.window = new MeasuredWindow(this.task);
      for (const socket of this.sockets) this.start(socket);
      await ended;
    } finally {
      clearInterval(watch);
      for (const socket of this.sockets) socket.terminate();
    }
    return { ...this.window.result(), generatorMicros: this.generatorMicros };
  }

  /** Resolves when the handshake is done. */
  private async connect(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.fail = reject;
      void Bun.connect<Exchange>({
        hostname: "127.0.0.1",
        port: this.task.port,
        // The certificate is one that the benchmark has made for itself.
        tls: { rejectUnauthorized: false },
        data: { batch: 0, position: 0 },
        socket: {
          // Also called where the certificate is not trusted; a handshake that fails closes.
          handshake: (socket) => {
            socket.setNoDelay(true);
            this.sockets.push(socket);
            resolve();
          },
          data: (socket, bytes) => this.receive(socket, bytes),
          close: () => this.fail(new Error("the server closed the connection")),
          error: (_socket, error) => this.fail(error),
        },
      }).catch(reject);
    });
  }

  private start(socket: TlsSocket): void {
    const batch = this.random.below(this.script.batches);
    socket.data.batch = batch;
    socket.data.position = 0;
    this.inFlight++;
    const request = this.script.request(batch);
    // A request is far smaller than a socket's buffer.
    if (socket.write(request) !== request.length) this.fail(new Error("a request was cut short"));
  }

  private receive(socket: TlsSocket, bytes: Uint8Array): void {
    const exchange = socket.data;
    const { batch, position } = exchange;
    if (!this.script.matches(batch, position, addressOf(bytes), bytes.length)) {
      const text = Buffer.from(bytes.subarray(0, 200)).toString("latin1");
      this.fail(new Error(`a wrong answer, at byte ${position}: ${JSON.stringify(text)}`));
      return;
    }
    exchange.position += bytes.length;
    if (exchange.position < this.script.answerBytes(batch)) return;
    this.inFlight--;
    this.answers++;
    this.window.answered(this.script.requestsPerBatch);
    this.window.polled(true);
    this.readOwnClock();
    if (!this.window.ended) this.start(socket);
    else if (this.inFlight === 0) this.finish();
  }

  /** The generator's own processor time between the beginning and the end of the window. */
  private readOwnClock(): void {
    if (this.window.open === this.isWindowOpen) return;
    this.isWindowOpen = this.window.open;
    this.generatorMicros = cpuMicros([process.pid]) - this.generatorMicros;
  }
}
