/**
 * The open loop: requests leave at times fixed beforehand, whatever the answers do.
 *
 * Place: the other kind of load. Arrivals are a seeded Poisson process; each goes to a connection
 * drawn at random, behind whatever is still unanswered there. Latency counts from the scheduled
 * time, so that a stall of the server is charged to every request that should have been sent
 * during it.
 *
 * On a virtual machine the core of the generator itself is taken away now and then, for
 * milliseconds. The loop sees these pauses as gaps in its own time, which no server can cause,
 * since it never waits for one. There is a second set of figures without the requests that were
 * due in such a pause or in the burst that makes up for it.
 */
import { addressOf, receiveNow, sendNow } from "./libc.ts";
import { MeasuredWindow } from "./measured-window.ts";
import { Poller } from "./poller.ts";
import { Random } from "./random.ts";
import type { Script } from "./script.ts";
import { median, percentile } from "./statistics.ts";
import type { Latencies, OpenResult, OpenTask } from "./task.ts";

const RECEIVE_BYTES = 64 * 1024;
/** Unanswered requests a connection may pile up; a power of two. */
const QUEUE = 8192;
/** A turn of the loop never takes this long of itself: then the core was taken from it. */
const PAUSE_NANOS = 300e3;
/** Requests sent in one turn of the loop; more of them wait until answers were taken. */
const BURST = 16;
/** The run is also looked at in slices of this length, see `typicalP999`. */
const SLICE_NANOS = 50e6;
/** Requests due this shortly before a pause may have had their answers lie around in it. */
const BEFORE_PAUSE_NANOS = 100e3;

function latenciesOf(sorted: Float64Array): Latencies {
  return {
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
  };
}

export class OpenLoop {
  private readonly script: Script;
  private readonly poller: Poller;
  private readonly window: MeasuredWindow;
  private readonly random: Random;
  private readonly meanGap: number;
  private readonly received = new Uint8Array(RECEIVE_BYTES);
  private readonly receivedAddress = addressOf(this.received);
  /** Per connection a ring of unanswered requests: their batch and their scheduled time. */
  private readonly batches: Int32Array;
  private readonly times: Float64Array;
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly position: Int32Array;
  private readonly latencies: Float64Array;
  private readonly undisturbed: Float64Array;
  private answered = 0;
  private kept = 0;
  private readonly slices: number[] = [];
  private sliceFrom = 0;
  private sliceEnd = 0;
  private pauseFrom = 0;
  private pauseTo = 0;
  private inFlight = 0;

  constructor(task: OpenTask, script: Script) {
    const count = task.connections;
    this.script = script;
    this.poller = new Poller(task.port, count);
    this.random = new Random(task.seed);
    this.meanGap = 1e9 / task.requestsPerSecond;
    this.batches = new Int32Array(count * QUEUE);
    this.times = new Float64Array(count * QUEUE);
    this.heads = new Int32Array(count);
    this.tails = new Int32Array(count);
    this.position = new Int32Array(count);
    const samples = Math.ceil(task.requestsPerSecond * task.seconds * 1.5) + 10_000;
    this.latencies = new Float64Array(samples);
    this.undisturbed = new Float64Array(samples);
    this.window = new MeasuredWindow(task);
  }

  run(): OpenResult {
    const { poller, window } = this;
    let due = Bun.nanoseconds();
    let turned = due;
    while (!window.ended || this.inFlight > 0) {
      const turn = Bun.nanoseconds();
      if (turn - turned > PAUSE_NANOS) this.notePause(turned, turn);
      turned = turn;
      let worked = false;
      for (let burst = 0; burst < BURST && due <= Bun.nanoseconds() && !window.ended; burst++) {
        this.send(due);
        due -= Math.log(1 - this.random.fraction()) * this.meanGap;
        worked = true;
      }
      const count = poller.poll();
      for (let at = 0; at < count; at++) this.receive(poller.ready(at));
      window.polled(worked || count > 0);
    }
    poller.close();
    this.endSlice(this.answered);
    const latencies = this.latencies.subarray(0, this.answered).sort();
    const undisturbed = this.undisturbed.subarray(0, this.kept).sort();
    return {
      ...window.result(),
      all: latenciesOf(latencies),
      undisturbed: latenciesOf(undisturbed),
      typicalP999: median(this.slices),
      disturbedShare: 1 - this.kept / this.answered,
    };
  }

  /** Takes the 99.9th percentile of the slice; its samples are still in order of arrival. */
  private endSlice(to: number): void {
    const samples = this.latencies.slice(this.sliceFrom, to).sort();
    if (samples.length > 0) this.slices.push(percentile(samples, 0.999));
    this.sliceFrom = to;
  }

  private notePause(from: number, to: number): void {
    // A pause that follows on the burst of the one before counts together with it.
    this.pauseFrom = from > this.pauseTo ? from - BEFORE_PAUSE_NANOS : this.pauseFrom;
    this.pauseTo = to + (to - from);
  }

  private send(due: number): void {
    const { script } = this;
    const index = this.random.below(this.heads.length);
    const batch = this.random.below(script.batches);
    const tail = this.tails[index]!;
    if (tail - this.heads[index]! >= QUEUE)
      throw new Error("the server cannot keep up with the rate");
    const slot = index * QUEUE + (tail & (QUEUE - 1));
    this.batches[slot] = batch;
    // A negative time marks a request of the warm-up.
    this.times[slot] = this.window.open ? due : -1;
    this.tails[index] = tail + 1;
    this.inFlight++;
    const length = script.requestBytes(batch);
    const taken = sendNow(this.poller.sockets[index]!, script.requestAddress(batch), length);
    if (taken !== length) throw new Error("the server does not read its requests");
  }

  private receive(index: number): void {
    const { script } = this;
    const length = receiveNow(this.poller.sockets[index]!, this.receivedAddress, RECEIVE_BYTES);
    if (length < 0) return;
    const now = Bun.nanoseconds();
    for (let done = 0; done < length;) {
      const head = this.heads[index]!;
      if (head === this.tails[index]) throw new Error("an answer nobody asked for");
      const slot = index * QUEUE + (head & (QUEUE - 1));
      const batch = this.batches[slot]!;
      const position = this.position[index]!;
      const left = script.answerBytes(batch) - position;
      const part = Math.min(left, length - done);
      if (!script.matches(batch, position, this.receivedAddress + done, part)) {
        throw new Error("a wrong answer");
      }
      done += part;
      this.position[index] = part === left ? 0 : position + part;
      if (part === left) this.complete(index, this.times[slot]!, now);
    }
  }

  private complete(index: number, due: number, now: number): void {
    this.heads[index] = this.heads[index]! + 1;
    this.inFlight--;
    this.window.answered(1);
    if (due < 0) return;
    if (now > this.sliceEnd) {
      this.endSlice(this.answered);
      this.sliceEnd = now + SLICE_NANOS;
    }
    const latency = (now - due) / 1e3;
    this.latencies[this.answered++] = latency;
    if (due < this.pauseFrom || due > this.pauseTo) this.undisturbed[this.kept++] = latency;
  }
}
