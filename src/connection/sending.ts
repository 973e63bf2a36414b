/**
 * A connection's way out: the outbox goes to the socket, and what that does not take waits.
 */
import type { Context } from "../command/context.ts";
import { HostCounter } from "../base/host-counters.ts";
import { Outbound } from "./outbound.ts";
import type { Parts } from "../base/parts.ts";
import type { Transport } from "./transport.ts";

export class Sending {
  /** The socket is gone: nothing is sent any more. */
  isGone = false;
  readonly #context: Context;
  readonly #transport: Transport;
  readonly #outbound: Outbound;

  constructor(context: Context, transport: Transport) {
    this.#context = context;
    this.#transport = transport;
    this.#outbound = new Outbound(context.core);
  }

  /** Something waits until the socket takes more. */
  get isBlocked(): boolean {
    return !this.#outbound.isEmpty;
  }

  /** The socket takes more. */
  goOn(): void {
    this.#sent(this.#outbound.send(this.#transport));
  }

  /** All that waits is given up. */
  clear(): void {
    this.#outbound.clear();
  }

  /** Takes everything that is in the outbox. */
  flush(): void {
    const { output } = this.#context;
    if (output.parts.count > 0) this.#flushParts();
    else if (output.end > 0) this.flushTo(output.end);
    output.reset();
  }

  /** The outbox's beginning, where there are no values from items. */
  flushTo(end: number): void {
    const { output } = this.#context;
    if (!this.isGone) {
      const taken = this.isBlocked ? 0 : this.#transport.write(output.bytes, 0, end);
      this.#sent(taken);
      if (taken >= 0) this.#outbound.pushCopy(output.bytes, taken, end);
    }
    output.dropTo(end);
  }

  /** Runs of the outbox and values from items, in one write. */
  #flushParts(): void {
    const { output, core } = this.#context;
    const { parts } = output;
    output.closeRun();
    if (parts.hasRuns) {
      this.#flushRuns(parts);
      return;
    }
    let taken = 0;
    if (!this.isBlocked && !this.isGone) {
      taken = this.#transport.writeParts(core.memories, parts);
      this.#sent(taken);
    }
    for (let i = 0; i < parts.count; i++) {
      const itemPtr = parts.itemPtr(i);
      const length = parts.length(i);
      const start = parts.address(i) + Math.min(taken, length);
      const end = parts.address(i) + length;
      taken = Math.max(0, taken - length);
      if (itemPtr === 0) this.#outbound.pushCopy(core.bytes, start, end);
      else if (start === end || this.isGone) core.abi.release(itemPtr);
      else this.#outbound.pushItem(start, end, itemPtr);
    }
  }

  /** The same where values in chunks are among them: all goes by the queue. */
  #flushRuns(parts: Parts): void {
    const outbound = this.#outbound;
    const wasBlocked = this.isBlocked;
    for (let i = 0; i < parts.count; i++) {
      const itemPtr = parts.itemPtr(i);
      const start = parts.address(i);
      const end = start + parts.length(i);
      if (itemPtr === 0) outbound.lend(start, end);
      else if (start === 0) outbound.pushRuns(itemPtr);
      else outbound.pushItem(start, end, itemPtr);
    }
    if (!wasBlocked && !this.isGone) this.goOn();
    outbound.keepLent();
  }

  #sent(taken: number): void {
    if (taken < 0) this.isGone = true;
    else this.#context.counters.add(HostCounter.BYTES_WRITTEN, taken);
  }
}
