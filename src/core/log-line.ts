/**
 * A record of the log as the line that watchers get (specification §2.13).
 */
import type { LineWriter } from "./line-writer.ts";
import { LOG_TTL_NEVER, LogDetail, LogField, LogKind, LogType } from "../../assembly/shared/log.ts";

/** The words of a field, by their number, and what stands before them. */
class Words {
  readonly #texts: readonly Uint8Array[];
  readonly #unknown: Uint8Array;

  constructor(label: string, words: string) {
    this.#texts = words.split(" ").map((word) => Buffer.from(`${label}${word}`));
    this.#unknown = Buffer.from(`${label}unknown`);
  }

  of(index: number): Uint8Array {
    return this.#texts[index] ?? this.#unknown;
  }
}

/** By `Lookup`, `Status`, `StoreMode` and `LogCommand`, `LogTransport`, `CloseReason`. */
const LOOKUPS = new Words(" status=", "not_found found not_found flushed expired");
const STORED = new Words(" status=", "stored not_stored exists not_found too_large no_memory");
const COMMANDS = new Words(" cmd=", "set add replace append prepend cas na null");
const DELETERS = new Words(" cmd=", "delete md");
const TRANSPORTS = new Words(" transport=", "local tcp udp");
const REASONS = new Words(" reason=", "error normal idle_timeout shutdown");
const FETCHED = new Words(" fetch=", "no yes");

const TS = Buffer.from("ts=");
const DOT = Buffer.from(".");
const GID = Buffer.from(" gid=");
const SPACE = Buffer.from(" ");
const ITEM_GET = Buffer.from("type=item_get key=");
const ITEM_STORE = Buffer.from("type=item_store key=");
const EVICTION = Buffer.from("type=eviction key=");
const DELETED = Buffer.from("type=deleted key=");
const CONN_NEW = Buffer.from("type=conn_new rip=");
const CONN_CLOSE = Buffer.from("type=conn_close rip=");
const CONN_ERROR = Buffer.from("type=connerr fd=");
const CONN_TLS_ERROR = Buffer.from("type=conntlserr fd=");
const MSG = Buffer.from(" msg=");
const TTL = Buffer.from(" ttl=");
const NEVER = Buffer.from("-1");
const LA = Buffer.from(" la=");
const CLSID = Buffer.from(" clsid=");
const CFD = Buffer.from(" cfd=");
const SIZE = Buffer.from(" size=");
const RPORT = Buffer.from(" rport=");
const END = Buffer.from("\n");

const MILLION = 1e6;

const KINDS: Readonly<Record<number, LogKind>> = {
  [LogType.ITEM_GET]: LogKind.FETCHES,
  [LogType.ITEM_STORE]: LogKind.MUTATIONS,
  [LogType.EVICTION]: LogKind.EVICTIONS,
  [LogType.DELETED]: LogKind.DELETIONS,
  [LogType.CONN_NEW]: LogKind.CONNECTIONS,
  [LogType.CONN_CLOSE]: LogKind.CONNECTIONS,
  [LogType.CONN_ERROR]: LogKind.CONNECTIONS,
  [LogType.CONN_TLS_ERROR]: LogKind.CONNECTIONS,
  [LogType.SYSTEM]: LogKind.SYSTEM,
};

/** A record in a ring, at this place. */
export class LogRecord {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;

  constructor(buffer: ArrayBufferLike, ringPtr: number, ringSize: number) {
    this.#bytes = new Uint8Array(buffer, ringPtr, ringSize);
    this.#words = new Uint32Array(buffer, ringPtr, ringSize / 4);
    this.#floats = new Float64Array(buffer, ringPtr, ringSize / 8);
  }

  #u32(field: LogField): number {
    return this.#words[(this.at + field) >>> 2] as number;
  }

  get length(): number {
    return this.#u32(LogField.LENGTH) & 0xffff;
  }

  get type(): number {
    return this.#bytes[this.at + LogField.TYPE] as number;
  }

  get kind(): number {
    return KINDS[this.type] ?? 0;
  }

  get gid(): number {
    return this.#u32(LogField.GID) + this.#u32(LogField.GID + 4) * 2 ** 32;
  }

  get #status(): number {
    return this.#u32(LogField.DETAIL) & LogDetail.STATUS_MASK;
  }

  get #command(): number {
    return (this.#u32(LogField.DETAIL) >>> LogDetail.COMMAND_SHIFT) & LogDetail.STATUS_MASK;
  }

  get #classId(): number {
    return (this.#u32(LogField.DETAIL) >>> LogDetail.CLASS_SHIFT) & LogDetail.STATUS_MASK;
  }

  /** Unix time in microseconds. */
  get time(): number {
    return this.#floats[(this.at + LogField.TIME) >>> 3] as number;
  }

  /**
   * Writes the line, with its LF; `out` has room for 2 KiB.
   *
   * @param gid the number to show
   */
  writeLine(out: LineWriter, gid = this.gid): void {
    const micros = this.time;
    out.put(TS);
    out.putNumber(Math.floor(micros / MILLION));
    out.put(DOT);
    out.putNumber(Math.floor(micros % MILLION));
    out.put(GID);
    out.putNumber(gid);
    out.put(SPACE);
    this.#putEvent(out);
    out.put(END);
  }

  #putEvent(out: LineWriter): void {
    switch (this.type) {
      case LogType.ITEM_GET:
        this.#putKey(out, ITEM_GET);
        out.put(LOOKUPS.of(this.#status));
        this.#putItem(out);
        break;
      case LogType.ITEM_STORE:
        this.#putStore(out);
        break;
      case LogType.EVICTION:
        this.#putEviction(out);
        break;
      case LogType.DELETED:
        this.#putKey(out, DELETED);
        out.put(DELETERS.of(this.#command));
        this.#putSize(out);
        break;
      case LogType.CONN_NEW:
        this.#putPeer(out, CONN_NEW);
        this.#putField(out, CFD, LogField.CONNECTION);
        break;
      case LogType.CONN_CLOSE:
        this.#putPeer(out, CONN_CLOSE);
        out.put(REASONS.of(this.#status));
        this.#putField(out, CFD, LogField.CONNECTION);
        break;
      case LogType.CONN_ERROR:
        this.#putError(out, CONN_ERROR);
        break;
      case LogType.CONN_TLS_ERROR:
        this.#putError(out, CONN_TLS_ERROR);
        break;
      default:
        this.#putText(out);
    }
  }

  #putField(out: LineWriter, label: Uint8Array, field: LogField): void {
    out.put(label);
    out.putNumber(this.#u32(field));
  }

  #putKey(out: LineWriter, label: Uint8Array): void {
    out.put(label);
    const start = this.at + LogField.TEXT;
    out.putKey(this.#bytes, start, start + this.#textLength);
  }

  #putText(out: LineWriter): void {
    const start = this.at + LogField.TEXT;
    out.putBytes(this.#bytes, start, start + this.#textLength);
  }

  get #textLength(): number {
    return this.#bytes[this.at + LogField.TEXT_LENGTH] as number;
  }

  #putStore(out: LineWriter): void {
    this.#putKey(out, ITEM_STORE);
    out.put(STORED.of(this.#status));
    out.put(COMMANDS.of(this.#command));
    const ttl = this.#u32(LogField.TTL);
    out.put(TTL);
    out.putNumber(ttl === LOG_TTL_NEVER ? 0 : ttl);
    this.#putItem(out);
  }

  #putEviction(out: LineWriter): void {
    this.#putKey(out, EVICTION);
    out.put(FETCHED.of((this.#u32(LogField.DETAIL) & LogDetail.FETCHED) === 0 ? 0 : 1));
    const ttl = this.#u32(LogField.TTL);
    out.put(TTL);
    if (ttl === LOG_TTL_NEVER) out.put(NEVER);
    else out.putNumber(ttl);
    this.#putField(out, LA, LogField.IDLE);
    this.#putSize(out);
  }

  #putError(out: LineWriter, label: Uint8Array): void {
    this.#putField(out, label, LogField.CONNECTION);
    out.put(MSG);
    this.#putText(out);
  }

  #putPeer(out: LineWriter, label: Uint8Array): void {
    out.put(label);
    this.#putText(out);
    this.#putField(out, RPORT, LogField.NUMBER);
    out.put(TRANSPORTS.of(this.#command));
  }

  #putSize(out: LineWriter): void {
    out.put(CLSID);
    out.putNumber(this.#classId);
    this.#putField(out, SIZE, LogField.NUMBER);
  }

  #putItem(out: LineWriter): void {
    out.put(CLSID);
    out.putNumber(this.#classId);
    this.#putField(out, CFD, LogField.CONNECTION);
    this.#putField(out, SIZE, LogField.NUMBER);
  }
}
