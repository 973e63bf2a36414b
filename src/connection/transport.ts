/**
 * What a connection needs of its socket. The server gives it one over Bun's; tests give it their
 * own.
 */
import type { Parts } from "../base/parts.ts";

export interface Transport {
  /** The connection is a datagram's: nothing is told of its beginning and end. */
  readonly isDatagram?: boolean;
  /**
   * Sends what can be sent now of bytes[offset … offset + length): how many bytes were taken, 0
   * when the socket is full (`Connection.drained` is to be called later), -1 when it is gone.
   */
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** The same for several parts of the core's memories at once, in order. */
  writeParts(memories: readonly Uint8Array[], parts: Parts): number;
  /** No more input for now, and again. */
  pause(): void;
  resume(): void;
  /** Ends the connection; what was written still arrives. */
  close(): void;
}
