/**
 * The closed loop: each connection keeps exactly one batch in flight.
 *
 * Place: one of the two kinds of load a generator process can run. Every byte that arrives is
 * compared with the answer expected on that connection; the first difference ends the run.
 */
import { addressOf, receiveNow, sendNow } from "./libc.ts";
import { MeasuredWindow } from "./measured-window.ts";
import { Poller } from "./poller.ts";
import { Random } from "./random.ts";
import type { Script } from "./script.ts";
import type { ClosedResult, ClosedTask } from "./task.ts";

/** Small enough to stay in the second-level cache while large values stream through it. */
const RECEIVE_BYTES = 256 * 1024;

export class ClosedLoop {
  /** Batches that were sent, for reading back what a set load wrote. */
  readonly sent: Uint8Array;
  private readonly script: Script;
  private readonly poller: Poller;
  private readonly window: MeasuredWindow;
  private readonly random: Random;
  private readonly received = new Uint8Array(RECEIVE_BYTES);
  private readonly receivedAddress = addressOf(this.received);
  private readonly batch: Int32Array;
  /** Bytes of the request still to be sent, and of the answer already received. */
  private readonly unsent: Int32Array;
  private readonly position: Int32Array;
  private inFlight = 0;

  constructor(task: ClosedTask, script: Script) {
    this.script = script;
    this.poller = new Poller(task.port, task.connections);
    this.random = new Random(task.seed);
    this.sent = new Uint8Array(script.batches);
    this.batch = new Int32Array(task.connections);
    this.unsent = new Int32Array(task.connections);
    this.position = new Int32Array(task.connections);
    this.window = new MeasuredWindow(task);
  }

  run(): ClosedResult {
    const { poller, window } = this;
    for (let index = 0; index < this.batch.length; index++) this.start(index);
    while (this.inFlight > 0) {
      const count = poller.poll();
      window.polled(count > 0);
      for (let at = 0; at < count; at++) {
        const index = poller.ready(at);
        if (poller.canSend(at)) this.continueSending(index);
        if (poller.canReceive(at)) this.receive(index);
      }
    }
    poller.close();
    return window.result();
  }

  private start(index: number): void {
    const { script } = this;
    const batch = this.random.below(script.batches);
    this.batch[index] = batch;
    this.sent[batch] = 1;
    this.position[index] = 0;
    this.inFlight++;
    const length = script.requestBytes(batch);
    const taken = Math.max(
      0,
      sendNow(this.poller.sockets[index]!, script.requestAddress(batch), length),
    );
    this.unsent[index] = length - taken;
    if (taken < length) this.poller.watchRoom(index, true);
  }

  private continueSending(index: number): void {
    const { script } = this;
    const batch = this.batch[index]!;
    const left = this.unsent[index]!;
    const from = script.requestAddress(batch) + script.requestBytes(batch) - left;
    const taken = Math.max(0, sendNow(this.poller.sockets[index]!, from, left));
    this.unsent[index] = left - taken;
    if (taken === left) this.poller.watchRoom(index, false);
  }

  private receive(index: number): void {
    const { script } = this;
    const length = receiveNow(this.poller.sockets[index]!, this.receivedAddress, RECEIVE_BYTES);
    if (length < 0) return;
    const batch = this.batch[index]!;
    const position = this.position[index]!;
    if (!script.matches(batch, position, this.receivedAddress, length)) {
      const text = Buffer.from(this.received.subarray(0, Math.min(length, 200))).toString("latin1");
      throw new Error(`a wrong answer, at byte ${position}: ${JSON.stringify(text)}`);
    }
    this.position[index] = position + length;
    if (position + length < script.answerBytes(batch)) return;
    this.inFlight--;
    this.window.answered(script.requestsPerBatch);
    if (!this.window.ended) this.start(index);
  }
}
