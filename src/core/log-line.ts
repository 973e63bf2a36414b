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

/** Each byte of a key as it is shown. */
const SHOWN = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCodePoint(byte);
  const isPlain = /[A-Za-z0-9\-._~]/.test(char);
  return isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

function name(names: readonly string[], index: number): string {
  return names[index] ?? "unknown";
}

/** A record at an address of linear memory. */
export class LogRecord {
  at = 0;
  readonly #view: DataView;

  constructor(buffer: ArrayBufferLike) {
    this.#view = new DataView(buffer);
  }

  #u32(field: LogField): number {
    return this.#view.getUint32(this.at + field, true);
  }

  get length(): number {
    return this.#view.getUint16(this.at + LogField.LENGTH, true);
  }

  get type(): number {
    return this.#view.getUint8(this.at + LogField.TYPE);
  }

  get kind(): number {
    return KINDS[this.type] ?? 0;
  }

  get gid(): number {
    return this.#u32(LogField.GID) + this.#u32(LogField.GID + 4) * 2 ** 32;
  }

  #textOf(show: (byte: number) => string): string {
    const length = this.#view.getUint8(this.at + LogField.TEXT_LENGTH);
    let text = "";
    for (let i = 0; i < length; i++) text += show(this.#view.getUint8(this.at + LogField.TEXT + i));
    return text;
  }

  get #key(): string {
    return this.#textOf((byte) => SHOWN[byte] as string);
  }

  get #text(): string {
    return this.#textOf((byte) => String.fromCodePoint(byte));
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
    const micros = this.#view.getFloat64(this.at + LogField.TIME, true);
    const ts = `${Math.floor(micros / 1e6)}.${micros % 1e6}`;
    return `ts=${ts} gid=${this.gid} ${this.#event()}\n`;
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
