/**
 * A client for tests: sends bytes, takes replies apart in order, can stop reading altogether.
 *
 *     chunks from the socket ──▶ #arrived ──▶ line() · take(n) · rest()
 *
 * Every wait is bounded and fails with what had arrived instead. While `pause` is in force nothing
 * is read, so the server sees a client that does not take its replies.
 */
import type { Socket } from "bun";
import { latin1, readable } from "./bytes.ts";
import { PATIENCE_MS, inTime } from "./waiting.ts";

const LF = 0x0a;

export class TextClient {
  /** Whether the server (or `hangUp`) ended the connection. */
  hasEnded = false;
  #socket: Socket<undefined> | null = null;
  #arrived: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #unsent: Uint8Array = new Uint8Array(0);
  #endAfterUnsent = false;
  #peerName: string | null = null;
  #wake: () => void = () => undefined;

  static connect(port: number, hostname = "127.0.0.1"): Promise<TextClient> {
    return TextClient.#open(`connection to port ${port}`, { hostname, port });
  }

  /** Over TLS; the server's certificate is taken whatever it is. */
  static connectTls(port: number, tls: Bun.TLSOptions = {}): Promise<TextClient> {
    const where = { hostname: "127.0.0.1", port, tls: { rejectUnauthorized: false, ...tls } };
    return TextClient.#open(`TLS connection to port ${port}`, where);
  }

  /** Over a Unix socket. */
  static connectPath(unix: string): Promise<TextClient> {
    return TextClient.#open(`connection to ${unix}`, { unix });
  }

  static async #open(
    what: string,
    where: { hostname: string; port: number; tls?: Bun.TLSOptions } | { unix: string },
  ): Promise<TextClient> {
    const client = new TextClient();
    const socket = await inTime(
      what,
      Bun.connect<undefined>({
        ...(where as { unix: string }),
        allowHalfOpen: true,
        socket: {
          data: (_, bytes) => {
            client.#chunks.push(Buffer.from(bytes));
            client.#wake();
          },
          drain: () => client.#flush(),
          ...("tls" in where ? { handshake: (socket) => client.#greeted(socket) } : {}),
          end: () => client.#finish(),
          close: () => client.#finish(),
          // A reset shows as a close; what had arrived before stays readable.
          error: () => client.#finish(),
        },
      }),
    );
    socket.setNoDelay(true);
    client.#socket = socket;
    return client;
  }

  /** What the server's certificate is for, once the handshake is done. */
  async peerName(): Promise<string> {
    await this.#wait("the handshake", () => this.#peerName !== null);
    return this.#peerName ?? "";
  }

  #greeted(socket: Socket<undefined>): void {
    this.#peerName = socket.getPeerCertificate().subject.CN as string;
    this.#flush();
    this.#wake();
  }

  /** Queues text (one byte per character) or bytes; the socket takes them as it can. */
  send(what: string | Uint8Array): void {
    const bytes = typeof what === "string" ? latin1(what) : what;
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  /** How many bytes wait because the socket takes no more. */
  get unsentLength(): number {
    return this.#unsent.length;
  }

  /** Sends a command and takes a reply of one line. */
  ask(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return this.line();
  }

  /** Sends a command and takes its reply up to and with the line `last`. */
  async askAll(command: string, last = "END"): Promise<string[]> {
    this.send(`${command}\r\n`);
    const lines = [await this.line()];
    while (lines.at(-1) !== last) lines.push(await this.line());
    return lines;
  }

  /** The next line, without its CR LF. */
  async line(): Promise<string> {
    let end = -1;
    await this.#wait("a line", () => (end = this.#all().indexOf(LF)) >= 0);
    const line = this.#cut(end + 1).toString("latin1");
    return line.replace(/\r?\n$/, "");
  }

  /** The next `length` bytes. */
  async take(length: number, patienceMs = PATIENCE_MS): Promise<Buffer> {
    const enough = (): boolean => this.arrivedLength >= length;
    await this.#wait(`${length} bytes`, enough, patienceMs);
    return this.#cut(length);
  }

  /** The next bytes as text, as many as `expected` has: what a test then compares with it. */
  async text(length: number): Promise<string> {
    return (await this.take(length)).toString("latin1");
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    await this.#wait("the end of the connection", () => this.hasEnded);
    return this.#cut(this.arrivedLength).toString("latin1");
  }

  /** Bytes that arrived and were not taken yet. */
  get arrivedLength(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, this.#arrived.length);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Ends our direction, once everything was sent: the server may still answer. */
  endInput(): void {
    this.#endAfterUnsent = true;
    this.#flush();
  }

  /** Drops the connection without a farewell. */
  hangUp(): void {
    this.#socket?.terminate();
    this.#finish();
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket === null || this.hasEnded) return;
    if (this.#unsent.length > 0) {
      const taken = socket.write(this.#unsent);
      if (taken > 0) this.#unsent = this.#unsent.subarray(taken);
    }
    if (this.#unsent.length === 0 && this.#endAfterUnsent) {
      this.#endAfterUnsent = false;
      socket.shutdown();
    }
  }

  #finish(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#socket?.end();
    this.#wake();
  }

  #all(): Buffer {
    if (this.#chunks.length > 0) {
      this.#arrived = Buffer.concat([this.#arrived, ...this.#chunks]);
      this.#chunks = [];
    }
    return this.#arrived;
  }

  #cut(length: number): Buffer {
    const all = this.#all();
    this.#arrived = all.subarray(length);
    return all.subarray(0, length);
  }

  async #wait(what: string, isThere: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!isThere()) {
      const left = deadline - performance.now();
      if (this.hasEnded || left <= 0) {
        const why = this.hasEnded ? "the connection ended" : "nothing came in time";
        const size = this.arrivedLength;
        throw new Error(
          `no ${what}: ${why}; ${size} bytes arrived:\n${readable(this.#all(), 300)}`,
        );
      }
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await inTime(what, woken, left).catch(() => undefined);
    }
  }
}
