/**
 * One connection of a replay: sends a batch of requests at once and takes the replies apart.
 *
 * Place: driven by `replay.ts`. Its gets leave as one get of many keys; what they missed, and what
 * the trace sets and deletes by itself, follows as a pipeline. Calls block. Every value that comes
 * has to be one that was set under its key: it begins with the key.
 */
import { addressOf, closeSocket, connectLoopback, receiveSome, sendAll } from "../server/libc.ts";
import { Op, TraceBlock } from "./trace.ts";
import { VALUE_BYTES_MAX } from "./trace-file.ts";

const BUFFER_BYTES = 256 * 1024;
/** More than a command line without its key. */
const LINE_BYTES = 64;
const LF = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const VALUE_HEAD = "VALUE ".length;
const OUT_OF_MEMORY = "SERVER_ERROR out of memory";

const FILLER = Buffer.alloc(VALUE_BYTES_MAX, "v");

export class Lane {
  readonly block: TraceBlock;
  gets = 0;
  hits = 0;
  sets = 0;
  /** Sets for which there was no memory. */
  refused = 0;
  private readonly socket: number;
  private readonly isHit: Uint8Array;
  private request = Buffer.alloc(BUFFER_BYTES);
  private requestLength = 0;
  private received = Buffer.alloc(BUFFER_BYTES);
  private receivedLength = 0;
  /** Replies that are one line each. */
  private linesExpected = 0;

  constructor(port: number, batch: number) {
    this.block = new TraceBlock(batch);
    this.isHit = new Uint8Array(batch);
    this.socket = connectLoopback(port);
  }

  close(): void {
    closeSocket(this.socket);
  }

  sendGets(): void {
    const { block } = this;
    this.requestLength = 0;
    this.isHit.fill(0);
    this.gets = 0;
    this.hits = 0;
    this.reserve(block.keyEnds[block.count]! + block.count + LINE_BYTES);
    this.text("get");
    for (let at = 0; at < block.count; at++) {
      if (block.ops[at] !== Op.GET) continue;
      this.gets++;
      this.request[this.requestLength++] = SPACE;
      this.key(at);
    }
    this.text("\r\n");
    if (this.gets > 0) this.send();
  }

  /** Takes the values, then sends what follows from the misses. */
  receiveGetsAndSend(): void {
    if (this.gets > 0) this.receiveValues();
    const { block } = this;
    this.requestLength = 0;
    this.linesExpected = 0;
    this.sets = 0;
    for (let at = 0; at < block.count; at++) {
      const op = block.ops[at];
      if (op === Op.DELETE) this.delete(at);
      else if (op === Op.SET || this.isHit[at] === 0) this.set(at);
    }
    if (this.linesExpected > 0) this.send();
  }

  /** Takes the replies to sets and deletes. */
  receiveLines(): void {
    this.refused = 0;
    this.receivedLength = 0;
    for (let at = 0; this.linesExpected > 0; this.linesExpected--) {
      const end = this.lineEnd(at);
      const line = this.received.toString("latin1", at, end - 1);
      if (line.startsWith(OUT_OF_MEMORY)) this.refused++;
      else if (!/^(STORED|DELETED|NOT_FOUND)$/.test(line)) throw new Error(`answered: ${line}`);
      at = end + 1;
    }
  }

  // ── Requests ───────────────────────────────────────────────────────────────────────────────────

  private delete(at: number): void {
    this.reserve(this.block.keyBytes(at) + LINE_BYTES);
    this.text("delete ");
    this.key(at);
    this.text("\r\n");
    this.linesExpected++;
  }

  private set(at: number): void {
    const { block } = this;
    const size = block.sizes[at]!;
    const keyBytes = block.keyBytes(at);
    this.reserve(keyBytes + size + LINE_BYTES);
    this.text("set ");
    this.key(at);
    this.text(` 0 ${block.ttls[at]!} ${size}\r\n`);
    const marked = Math.min(keyBytes, size);
    const keyStart = block.keyEnds[at]!;
    block.keys.copy(this.request, this.requestLength, keyStart, keyStart + marked);
    FILLER.copy(this.request, this.requestLength + marked, 0, size - marked);
    this.requestLength += size;
    this.text("\r\n");
    this.sets++;
    this.linesExpected++;
  }

  private text(text: string): void {
    for (let at = 0; at < text.length; at++) {
      this.request[this.requestLength++] = text.charCodeAt(at);
    }
  }

  private key(at: number): void {
    const { keys, keyEnds } = this.block;
    const end = keyEnds[at + 1]!;
    for (let from = keyEnds[at]!; from < end; from++) {
      this.request[this.requestLength++] = keys[from]!;
    }
  }

  private reserve(length: number): void {
    const needed = this.requestLength + length;
    if (needed > this.request.length) this.request = enlarged(this.request, needed);
  }

  private send(): void {
    sendAll(this.socket, addressOf(this.request), this.requestLength);
  }

  // ── Replies ────────────────────────────────────────────────────────────────────────────────────

  private receiveValues(): void {
    this.receivedLength = 0;
    let at = 0;
    let request = 0;
    for (;;) {
      const end = this.lineEnd(at);
      if (end - at < VALUE_HEAD || this.received[at] !== FIRST_OF_VALUE) break;
      const keyStart = at + VALUE_HEAD;
      const keyEnd = this.received.indexOf(SPACE, keyStart);
      while (!this.isKey(request, keyStart, keyEnd)) {
        if (++request >= this.block.count) throw new Error(`not asked for: ${this.line(at, end)}`);
      }
      const size = this.numberBefore(end - 1);
      const valueEnd = end + 1 + size;
      this.receiveUpTo(valueEnd + 2);
      this.checkValue(request, end + 1, size);
      this.isHit[request++] = 1;
      this.hits++;
      at = valueEnd + 2;
    }
    const last = this.line(at, this.lineEnd(at));
    if (last !== "END") throw new Error(`a get was answered with ${last}`);
  }

  private isKey(request: number, start: number, end: number): boolean {
    const { block } = this;
    if (block.ops[request] !== Op.GET || block.keyBytes(request) !== end - start) return false;
    return this.matches(request, start, end - start);
  }

  private checkValue(request: number, start: number, size: number): void {
    const marked = Math.min(size, this.block.keyBytes(request));
    if (this.matches(request, start, marked)) return;
    throw new Error(`a wrong value of ${this.block.keyText(request)}`);
  }

  /** Whether the bytes received at `start` are those the key begins with. */
  private matches(request: number, start: number, length: number): boolean {
    const { keys, keyEnds } = this.block;
    const from = keyEnds[request]!;
    for (let at = 0; at < length; at++) {
      if (this.received[start + at] !== keys[from + at]) return false;
    }
    return true;
  }

  private numberBefore(end: number): number {
    let value = 0;
    let unit = 1;
    for (let at = end - 1; this.received[at] !== SPACE; at--) {
      value += (this.received[at]! - ZERO) * unit;
      unit *= 10;
    }
    return value;
  }

  /** The place of the next LF. */
  private lineEnd(from: number): number {
    for (let at = from; ; at++) {
      this.receiveUpTo(at + 1);
      if (this.received[at] === LF) return at;
    }
  }

  private line(start: number, end: number): string {
    return this.received.toString("latin1", start, end - 1);
  }

  private receiveUpTo(length: number): void {
    if (length > this.received.length) this.received = enlarged(this.received, length);
    while (this.receivedLength < length) {
      const room = this.received.length - this.receivedLength;
      const into = addressOf(this.received) + this.receivedLength;
      this.receivedLength += receiveSome(this.socket, into, room);
    }
  }
}

const FIRST_OF_VALUE = "V".charCodeAt(0);

function enlarged(buffer: Buffer, length: number): Buffer<ArrayBuffer> {
  const larger = Buffer.alloc(Math.max(length, buffer.length * 2));
  buffer.copy(larger);
  return larger;
}
