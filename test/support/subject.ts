/**
 * Subject: something that speaks memcached's protocols and can be tested by conversation.
 *
 * Three exist: the native program and our server, both over TCP, and our server in this process.
 * Tests are written against these interfaces only, so one test serves all three.
 */

export interface Subject {
  /** Appears in test names. */
  readonly name: string;
  /** True for the reference program; it is one version behind, see `native-reply` blocks. */
  readonly native: boolean;
  /** How many threads its servers have, where that is more than one. */
  readonly threads?: number;
  /** Starts a server with further command line options; each server is independent. */
  open(options: readonly string[]): Promise<Server>;
}

export interface Server {
  connect(): Promise<Conversation>;
  /** Lets time pass: a fake clock is moved, a real server is waited for. */
  advance(seconds: number): Promise<void>;
  /** Ends the server and every conversation with it; never rejects. */
  stop(): Promise<void>;
}

/** One connection, seen from the client. */
export interface Conversation {
  send(bytes: Uint8Array): void | Promise<void>;
  /** Everything the server sent since the connection was made. */
  received(): Uint8Array;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
  /**
   * True as soon as bytes or the close arrive that were not there when it was called, false when
   * nothing came in time. A subject without a network may answer false at once.
   */
  more(timeoutMs: number): Promise<boolean>;
  /** Ends our direction only: the server reads end of file and may still answer. */
  endInput(): void | Promise<void>;
  /** Drops the connection. */
  hangUp(): void;
}
