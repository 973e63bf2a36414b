/**
 * The batches of a load: the bytes to send and the bytes that must come back.
 *
 * Place: written before a run starts, read by the loops while it runs. A batch is what a
 * connection sends at once: one request, several pipelined ones, or one get of many keys. Its
 * answer is made of up to three pieces (`head`, a window of the value pool, `tail`), so that large
 * values need not be copied out once per key. After construction nothing here changes or moves.
 * Answers of the binary protocol hold CAS uniques, which nobody can know beforehand: those bytes,
 * and only those, are passed over.
 */
import { DataSet, type DataSetSpec } from "./data-set.ts";
import { addressOf, equalBytes, type Address } from "./libc.ts";
import {
  CAS_END,
  CAS_START,
  GET,
  GETKQ,
  HEADER_BYTES,
  NOOP,
  SET,
  hitBytes,
  putDone,
  putGet,
  putHit,
  putSet,
} from "./packets.ts";
import { Random } from "./random.ts";
import { Writer } from "./writer.ts";

/** What one batch consists of. */
export interface BatchShape {
  readonly command:
    "get" | "multiget" | "set" | "mg" | "ms" | "binary get" | "binary multiget" | "binary set";
  /** Keys per batch; a multiget is one request however many keys it has. */
  readonly keysPerBatch: number;
}

/** Whether a load stores: it then changes the values of its data set. */
export function isStoring({ command }: BatchShape): boolean {
  return command === "set" || command === "ms" || command === "binary set";
}

/** Values from here on are compared with the pool instead of with a copy in the answer. */
const POOLED_VALUE_BYTES = 1024;
/** Batches of several keys are written for about this many keys altogether. */
const KEYS_WRITTEN = 250_000;
const POOLED_TAIL = "\r\nEND\r\n";

/** The length of each answer of a binary script; 0 for text. */
function packetBytesOf({ command }: BatchShape, data: DataSet): number {
  if (!command.startsWith("binary")) return 0;
  if (command === "binary set") return HEADER_BYTES;
  const opcode = command === "binary multiget" ? GETKQ : GET;
  return hitBytes(opcode, data.key(0).length, data.valueBytes);
}

export class Script {
  readonly batches: number;
  readonly requestsPerBatch: number;
  readonly shape: BatchShape;
  /** The keys of batch b are at `keyIndexes[b * keysPerBatch]` and after. */
  readonly keyIndexes: Int32Array;
  private readonly data: DataSet;
  private readonly requests: Writer;
  private readonly requestEnds: Int32Array;
  private readonly heads: Writer;
  private readonly headEnds: Int32Array;
  private readonly bodyStarts: Int32Array;
  private readonly bodyBytes: number;
  private readonly tail: Buffer;
  /** In a binary script every answer has this length, but for a noop's at the end; else 0. */
  private readonly packetBytes: number;
  private readonly requestsAddress: Address;
  private readonly headsAddress: Address;
  private readonly poolAddress: Address;
  private readonly tailAddress: Address;

  /** Keys come in order when `random` is null, each exactly once. */
  constructor(spec: DataSetSpec, version: number, shape: BatchShape, random: Random | null) {
    const perBatch = shape.keysPerBatch;
    this.data = new DataSet(spec, version);
    this.shape = shape;
    this.requestsPerBatch = shape.command.endsWith("multiget") ? 1 : perBatch;
    this.packetBytes = packetBytesOf(shape, this.data);
    // With one key per batch there is a batch for each key, and the loop picks them at random.
    const shuffled = random !== null && perBatch > 1;
    this.batches = Math.ceil((shuffled ? KEYS_WRITTEN : spec.keys) / perBatch);
    const total = this.batches * perBatch;
    this.keyIndexes = new Int32Array(total);
    for (let at = 0; at < total; at++) {
      this.keyIndexes[at] = shuffled ? random.below(spec.keys) : at % spec.keys;
    }
    const pooled = shape.command === "get" && spec.valueBytes >= POOLED_VALUE_BYTES;
    if (pooled && perBatch > 1) throw new Error("large values are read one at a time");
    this.bodyBytes = pooled ? spec.valueBytes : 0;
    this.tail = Buffer.from(pooled ? POOLED_TAIL : "", "latin1");
    this.requests = new Writer(total * (64 + (isStoring(shape) ? spec.valueBytes : 0)));
    const copied = isStoring(shape) || pooled ? 0 : spec.valueBytes;
    this.heads = new Writer(total * (64 + copied));
    this.requestEnds = new Int32Array(this.batches + 1);
    this.headEnds = new Int32Array(this.batches + 1);
    this.bodyStarts = new Int32Array(this.batches);
    for (let batch = 0; batch < this.batches; batch++) this.write(batch);
    this.requestsAddress = addressOf(this.requests.bytes);
    this.headsAddress = addressOf(this.heads.bytes);
    this.poolAddress = addressOf(this.data.pool);
    this.tailAddress = pooled ? addressOf(this.tail) : 0;
  }

  requestAddress(batch: number): Address {
    return this.requestsAddress + this.requestEnds[batch]!;
  }

  requestBytes(batch: number): number {
    return this.requestEnds[batch + 1]! - this.requestEnds[batch]!;
  }

  /** The bytes to send, for who cannot send from an address. */
  request(batch: number): Uint8Array {
    return this.requests.bytes.subarray(this.requestEnds[batch]!, this.requestEnds[batch + 1]!);
  }

  answerBytes(batch: number): number {
    const head = this.headEnds[batch + 1]! - this.headEnds[batch]!;
    return head + this.bodyBytes + this.tail.length;
  }

  /** Whether `length` received bytes are the answer's bytes from `position` on. */
  matches(batch: number, position: number, received: Address, length: number): boolean {
    const headStart = this.headEnds[batch]!;
    const headBytes = this.headEnds[batch + 1]! - headStart;
    if (this.bodyBytes === 0) {
      if (position + length > headBytes) return false;
      if (this.packetBytes > 0) return this.packetsMatch(headStart, position, received, length);
      return equalBytes(this.headsAddress + headStart + position, received, length);
    }
    let from = position;
    let at = received;
    const end = received + length;
    const pieces = this.poolAddress + this.bodyStarts[batch]!;
    while (at < end) {
      const inBody = from - headBytes;
      const inTail = inBody - this.bodyBytes;
      let source = this.tailAddress + inTail;
      let left = this.tail.length - inTail;
      if (inBody < 0) {
        source = this.headsAddress + headStart + from;
        left = -inBody;
      } else if (inTail < 0) {
        source = pieces + inBody;
        left = -inTail;
      }
      const piece = Math.min(left, end - at);
      if (piece <= 0 || !equalBytes(source, at, piece)) return false;
      from += piece;
      at += piece;
    }
    return true;
  }

  /** The same, but for the CAS unique of each packet. */
  private packetsMatch(
    headStart: number,
    position: number,
    received: Address,
    length: number,
  ): boolean {
    for (let at = 0; at < length;) {
      const inPacket = (position + at) % this.packetBytes;
      if (inPacket >= CAS_START && inPacket < CAS_END) {
        at += CAS_END - inPacket;
        continue;
      }
      const next = inPacket < CAS_START ? CAS_START : this.packetBytes;
      const piece = Math.min(next - inPacket, length - at);
      const expected = this.headsAddress + headStart + position + at;
      if (!equalBytes(expected, received + at, piece)) return false;
      at += piece;
    }
    return true;
  }

  private write(batch: number): void {
    if (this.packetBytes > 0) this.writePackets(batch);
    else this.writeLines(batch);
    this.requestEnds[batch + 1] = this.requests.length;
    this.headEnds[batch + 1] = this.heads.length;
  }

  private writePackets(batch: number): void {
    const { shape, data, requests, heads } = this;
    const isQuiet = shape.command === "binary multiget";
    const opcode = isQuiet ? GETKQ : GET;
    const first = batch * shape.keysPerBatch;
    for (let at = first; at < first + shape.keysPerBatch; at++) {
      const index = this.keyIndexes[at]!;
      const from = data.valueOffset(index);
      if (isStoring(shape)) {
        putSet(requests, data.key(index), data.valueBytes);
        requests.copy(data.pool, from, from + data.valueBytes);
        putDone(heads, SET);
      } else {
        putGet(requests, opcode, data.key(index));
        putHit(heads, opcode, isQuiet ? data.key(index) : "", data.valueBytes);
        heads.copy(data.pool, from, from + data.valueBytes);
      }
    }
    if (!isQuiet) return;
    putGet(requests, NOOP, "");
    putDone(heads, NOOP);
  }

  private writeLines(batch: number): void {
    const { shape } = this;
    const first = batch * shape.keysPerBatch;
    if (shape.command === "multiget") this.requests.text("get");
    for (let at = first; at < first + shape.keysPerBatch; at++) {
      const index = this.keyIndexes[at]!;
      if (shape.command === "multiget") this.requests.text(` ${this.data.key(index)}`);
      if (shape.command === "get") this.requests.text(`get ${this.data.key(index)}\r\n`);
      if (shape.command === "mg") this.requests.text(`mg ${this.data.key(index)} v\r\n`);
      if (isStoring(shape)) this.writeSet(index);
      else this.writeValue(batch, index);
    }
    if (shape.command === "multiget") {
      this.requests.text("\r\n");
      this.heads.text("END\r\n");
    }
  }

  private writeSet(index: number): void {
    const { data } = this;
    const from = data.valueOffset(index);
    const isMeta = this.shape.command === "ms";
    const head = isMeta ? `ms ${data.key(index)}` : `set ${data.key(index)} 0 0`;
    this.requests.text(`${head} ${data.valueBytes}\r\n`);
    this.requests.copy(data.pool, from, from + data.valueBytes);
    this.requests.text("\r\n");
    this.heads.text(isMeta ? "HD\r\n" : "STORED\r\n");
  }

  private writeValue(batch: number, index: number): void {
    const { data } = this;
    const from = data.valueOffset(index);
    const isMeta = this.shape.command === "mg";
    const head = isMeta ? "VA" : `VALUE ${data.key(index)} 0`;
    this.heads.text(`${head} ${data.valueBytes}\r\n`);
    this.bodyStarts[batch] = from;
    if (this.bodyBytes > 0) return;
    this.heads.copy(data.pool, from, from + data.valueBytes);
    this.heads.text(this.shape.command === "get" ? POOLED_TAIL : "\r\n");
  }
}
