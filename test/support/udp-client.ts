/**
 * A UDP client for tests: frames requests as memcached wants them, keeps the datagrams that come.
 */
import { inTime, until } from "./waiting.ts";

const HEADER = 8;

export interface Frame {
  readonly id: number;
  readonly number: number;
  readonly count: number;
  readonly reserved: number;
}

export interface Datagram extends Frame {
  readonly payload: string;
}

export class UdpClient implements Disposable {
  readonly #socket: Bun.udp.Socket<"buffer">;
  readonly #port: number;
  readonly #host: string;
  readonly #arrived: Datagram[];
  #nextId = 1;

  private constructor(
    socket: Bun.udp.Socket<"buffer">,
    port: number,
    host: string,
    arrived: Datagram[],
  ) {
    this.#socket = socket;
    this.#port = port;
    this.#host = host;
    this.#arrived = arrived;
  }

  static async open(port: number, host = "127.0.0.1"): Promise<UdpClient> {
    const arrived: Datagram[] = [];
    const socket = await inTime(
      "a UDP socket",
      Bun.udpSocket({
        hostname: host,
        socket: {
          data: (_socket, bytes) => void arrived.push(parse(bytes)),
          error: () => undefined,
        },
      }),
    );
    return new UdpClient(socket, port, host, arrived);
  }

  /** Sends one datagram; returns the id of its request. */
  send(payload: string | Uint8Array, frame: Partial<Frame> = {}): number {
    const id = frame.id ?? this.#nextId++;
    const header = Buffer.alloc(HEADER);
    header.writeUInt16BE(id, 0);
    header.writeUInt16BE(frame.number ?? 0, 2);
    header.writeUInt16BE(frame.count ?? 1, 4);
    header.writeUInt16BE(frame.reserved ?? 0, 6);
    const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
    this.sendRaw(Buffer.concat([header, body]));
    return id;
  }

  sendRaw(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, this.#host);
  }

  /** The datagrams that answer request `id`, once there are `count` of them. */
  async answers(id: number, count: number): Promise<Datagram[]> {
    const ofRequest = (): Datagram[] => this.#arrived.filter((datagram) => datagram.id === id);
    await until(`${count} datagrams`, () => ofRequest().length >= count);
    return ofRequest();
  }

  /** The payloads that answer a request, in order of arrival. */
  async ask(payload: string, count = 1): Promise<string[]> {
    const answers = await this.answers(this.send(payload), count);
    return answers.map((answer) => answer.payload);
  }

  /**
   * What answers a request, as one text: everything that came before the answer to another one
   * sent after it.
   */
  async everything(payload: string): Promise<string> {
    const id = this.send(payload);
    await this.answers(this.send("version\r\n"), 1);
    return (await this.answers(id, 0)).map((answer) => answer.payload).join("");
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

function parse(bytes: Buffer): Datagram {
  return {
    id: bytes.readUInt16BE(0),
    number: bytes.readUInt16BE(2),
    count: bytes.readUInt16BE(4),
    reserved: bytes.readUInt16BE(6),
    payload: bytes.subarray(HEADER).toString("latin1"),
  };
}
