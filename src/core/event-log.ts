/**
 * What a thread's host writes to its log ring: who is being served and when, which the core's own
 * records tell too; and what happens to connections.
 */
import {
  LOG_TEXT_MAX,
  LogArea,
  LogDetail,
  LogKind,
  LogTransport,
  LogType,
} from "../../assembly/shared/log.ts";
import type { CoreExports } from "./abi.ts";

interface Peer {
  readonly host: string;
  readonly port: number;
  readonly transport: LogTransport;
}

/** `tcp:1.2.3.4:5`, `tcp6:[::1]:5` or `unix:/path`, as memcached tells them in lines of the log. */
function peerOf(address: string): Peer {
  if (address.startsWith("unix:")) return { host: "unix", port: 0, transport: LogTransport.LOCAL };
  const end = address.lastIndexOf(":");
  const host = address.slice(address.indexOf(":") + 1, end).replaceAll(/[[\]]/g, "");
  return { host, port: Number(address.slice(end + 1)), transport: LogTransport.TCP };
}

export class EventLog {
  readonly #abi: CoreExports;
  readonly #words: Uint32Array;
  readonly #time: Float64Array;
  readonly #text: Uint8Array;
  #clock: () => number = () => 0;

  constructor(abi: CoreExports, buffer: ArrayBufferLike, thread: number) {
    const ptr = abi.logPtr(thread);
    this.#abi = abi;
    this.#words = new Uint32Array(buffer, ptr, LogArea.LENGTH / 4);
    this.#time = new Float64Array(buffer, ptr + LogArea.TIME, 1);
    this.#text = new Uint8Array(buffer, ptr + LogArea.TEXT, LOG_TEXT_MAX);
  }

  /** Unix time in microseconds: to be set by whoever has a clock. */
  set clock(clock: () => number) {
    this.#clock = clock;
  }

  #wants(kind: LogKind): boolean {
    return ((this.#words[LogArea.KINDS] as number) & kind) !== 0;
  }

  /** What is recorded from now on happens for this connection, at this moment. */
  begin(connectionId: number): void {
    if (this.#words[LogArea.KINDS] !== 0) this.#stamp(connectionId);
  }

  #stamp(connectionId: number): void {
    this.#time[0] = this.#clock();
    this.#words[LogArea.CONNECTION / 4] = connectionId;
  }

  #write(type: LogType, detail: number, id: number, number: number, text: string): void {
    this.#stamp(id);
    const { written } = new TextEncoder().encodeInto(text, this.#text);
    this.#abi.logEvent(type, detail, number, written);
  }

  connectionOpened(id: number, address: string): void {
    if (!this.#wants(LogKind.CONNECTIONS)) return;
    const { host, port, transport } = peerOf(address);
    this.#write(LogType.CONN_NEW, transport << LogDetail.COMMAND_SHIFT, id, port, host);
  }

  /** @param reason a `CloseReason` */
  connectionClosed(id: number, address: string, reason: number): void {
    if (!this.#wants(LogKind.CONNECTIONS)) return;
    const { host, port, transport } = peerOf(address);
    const detail = reason | (transport << LogDetail.COMMAND_SHIFT);
    this.#write(LogType.CONN_CLOSE, detail, id, port, host);
  }

  /** The system has ended a connection, and says why. */
  connectionFailed(id: number, message: string): void {
    if (this.#wants(LogKind.CONNECTIONS)) this.#write(LogType.CONN_ERROR, 0, id, 0, message);
  }

  tlsFailed(id: number, message: string): void {
    if (this.#wants(LogKind.CONNECTIONS)) this.#write(LogType.CONN_TLS_ERROR, 0, id, 0, message);
  }

  /** @param line from `type=` on, without its end */
  system(line: string): void {
    if (this.#wants(LogKind.SYSTEM)) this.#write(LogType.SYSTEM, 0, 0, 0, line);
  }
}
