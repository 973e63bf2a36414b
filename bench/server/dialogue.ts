/**
 * One connection that waits for each answer: filling, reading back, counting items.
 *
 * Place: the parts of a generator process that are not measured. Calls block; a server that stays
 * silent for ten seconds makes them fail.
 */
import { addressOf, closeSocket, connectLoopback, receiveSome, sendAll } from "./libc.ts";
import type { Script } from "./script.ts";

const RECEIVE_BYTES = 256 * 1024;

export class Dialogue {
  private readonly socket: number;
  private readonly received = Buffer.alloc(RECEIVE_BYTES);
  private readonly receivedAddress = addressOf(this.received);

  constructor(port: number) {
    this.socket = connectLoopback(port);
  }

  /** Sends a batch and checks its answer. */
  exchange(script: Script, batch: number): void {
    sendAll(this.socket, script.requestAddress(batch), script.requestBytes(batch));
    const total = script.answerBytes(batch);
    for (let done = 0; done < total;) {
      const length = receiveSome(this.socket, this.receivedAddress, RECEIVE_BYTES);
      if (!script.matches(batch, done, this.receivedAddress, length)) {
        const text = this.received.toString("latin1", 0, Math.min(length, 200));
        throw new Error(`a wrong answer, at byte ${done}: ${JSON.stringify(text)}`);
      }
      done += length;
    }
  }

  /** Sends bytes and returns the lines of the answer, which is known by their number. */
  exchangeLines(request: Uint8Array, lines: number): string[] {
    sendAll(this.socket, addressOf(request), request.length);
    const found: string[] = [];
    let rest = "";
    while (found.length < lines) {
      const length = receiveSome(this.socket, this.receivedAddress, RECEIVE_BYTES);
      const parts = (rest + this.received.toString("latin1", 0, length)).split("\r\n");
      rest = parts.pop() ?? "";
      found.push(...parts);
    }
    return found;
  }

  /** The statistics of the server, or those of one kind, by name. */
  stats(what = ""): Map<string, string> {
    const request = Buffer.from(`stats ${what}`.trim() + "\r\n", "latin1");
    sendAll(this.socket, addressOf(request), request.length);
    let text = "";
    while (!text.endsWith("END\r\n")) {
      const length = receiveSome(this.socket, this.receivedAddress, RECEIVE_BYTES);
      text += this.received.toString("latin1", 0, length);
    }
    const found = new Map<string, string>();
    for (const line of text.split("\r\n")) {
      const [, name, value] = line.split(" ");
      if (name !== undefined && value !== undefined) found.set(name, value);
    }
    return found;
  }

  close(): void {
    closeSocket(this.socket);
  }
}
