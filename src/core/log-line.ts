/**
 * A record of the log as the line that watchers get (specification §2.13).
 */
import { LOG_TTL_NEVER, LogDetail, LogField, LogKind, LogType } from "../../assembly/shared/log.ts";

/** By `Lookup`, `Status`, `StoreMode` and `LogCommand`, `LogTransport`, `CloseReason`. */
const LOOKUPS = ["not_found", "found", "not_found", "flushed", "expired"];
const STORED = ["stored", "not_stored", "exists", "not_found", "too_large", "no_memory"];
const COMMANDS = ["set", "add", "replace", "append", "prepend", "cas", "na", "null"];
const DELETERS = ["delete", "md"];
const TRANSPORTS = ["local", "tcp", "udp"];
const REASONS = ["error", "normal", "idle_timeout", "shutdown"];

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

/** Each byte as it stands in a text, and in a key. */
const PLAIN = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(byte));
const ENCODED = PLAIN.map((char, byte) => {
  const isPlain = /[A-Za-z0-9\-._~]/.test(char);
  return isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

function name(names: readonly string[], index: number): string {
  return names[index] ?? "unknown";
}

/** Time as it is shown: the records of one event have the same. */
let shownMicros = -1;
let shown = "";

function timeText(micros: number): string {
  if (micros !== shownMicros) {
    shownMicros = micros;
    shown = `${Math.floor(micros / 1e6)}.${micros % 1e6}`;
  }
  return shown;
}

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

  /** Put together a byte at a time: for a key's length that is the quickest way. */
  #textBy(shown: readonly string[]): string {
    const length = this.#bytes[this.at + LogField.TEXT_LENGTH] as number;
    const start = this.at + LogField.TEXT;
    let text = "";
    for (let at = start; at < start + length; at++) text += shown[this.#bytes[at] as number];
    return text;
  }

  get #text(): string {
    return this.#textBy(PLAIN);
  }

  get #key(): string {
    return this.#textBy(ENCODED);
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

  /** With its LF; one byte a character. */
  line(): string {
    const micros = this.#floats[(this.at + LogField.TIME) >>> 3] as number;
    return `ts=${timeText(micros)} gid=${this.gid} ${this.#event()}\n`;
  }

  #event(): string {
    switch (this.type) {
      case LogType.ITEM_GET:
        return `type=item_get key=${this.#key} status=${name(LOOKUPS, this.#status)} ${this.#item}`;
      case LogType.ITEM_STORE:
        return this.#store();
      case LogType.EVICTION:
        return this.#eviction();
      case LogType.DELETED:
        return `type=deleted key=${this.#key} cmd=${name(DELETERS, this.#command)} ${this.#size}`;
      case LogType.CONN_NEW:
        return `type=conn_new ${this.#peer} ${this.#cfd}`;
      case LogType.CONN_CLOSE:
        return `type=conn_close ${this.#peer} reason=${name(REASONS, this.#status)} ${this.#cfd}`;
      case LogType.CONN_ERROR:
        return `type=connerr fd=${this.#connection} msg=${this.#text}`;
      case LogType.CONN_TLS_ERROR:
        return `type=conntlserr fd=${this.#connection} msg=${this.#text}`;
      default:
        return this.#text;
    }
  }

  #store(): string {
    const status = name(STORED, this.#status);
    const command = name(COMMANDS, this.#command);
    const ttl = this.#u32(LogField.TTL);
    const left = ttl === LOG_TTL_NEVER ? 0 : ttl;
    return (
      `type=item_store key=${this.#key} status=${status} cmd=${command} ttl=${left} ` + this.#item
    );
  }

  #eviction(): string {
    const fetched = (this.#u32(LogField.DETAIL) & LogDetail.FETCHED) === 0 ? "no" : "yes";
    const ttl = this.#u32(LogField.TTL);
    const left = ttl === LOG_TTL_NEVER ? -1 : ttl;
    const idle = this.#u32(LogField.IDLE);
    return `type=eviction key=${this.#key} fetch=${fetched} ttl=${left} la=${idle} ${this.#size}`;
  }

  get #connection(): number {
    return this.#u32(LogField.CONNECTION);
  }

  get #cfd(): string {
    return `cfd=${this.#connection}`;
  }

  get #peer(): string {
    const port = this.#u32(LogField.NUMBER);
    return `rip=${this.#text} rport=${port} transport=${name(TRANSPORTS, this.#command)}`;
  }

  get #size(): string {
    return `clsid=${this.#classId} size=${this.#u32(LogField.NUMBER)}`;
  }

  get #item(): string {
    return `clsid=${this.#classId} ${this.#cfd} size=${this.#u32(LogField.NUMBER)}`;
  }
}
