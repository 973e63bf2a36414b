/**
 * The ledger: every figure of every kind of `stats` before and after something was done, and what
 * has changed between.
 *
 * The server runs in process, on a clock that only the test moves, so nothing happens on its own.
 * Names are as `stats` has them, with the kind in front: `slabs 1:cmd_set`, `items 1:number`,
 * `settings verbosity`, `sizes 64`, `conns 27:state`; those of `stats` alone have none.
 */
import { LocalServer, type MemoryTransport } from "../support/in-process.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

const KINDS = ["settings", "items", "slabs", "sizes", "conns"] as const;

/** What differs between two looks: by how much, or from what to what. */
export type Changes = Readonly<Record<string, number | string>>;

interface Look {
  readonly figures: ReadonlyMap<string, string>;
  /** Bytes that all clients had sent, and were sent, when `stats` was asked. */
  readonly sent: number;
  readonly received: number;
  readonly seconds: number;
}

/** A client of the server: what it says, and what it was answered. */
export class Client {
  readonly transport: MemoryTransport;
  readonly connection: Connection;
  readonly #server: LocalServer;
  /** Bytes of replies that were read. */
  #seen = 0;
  sent = 0;

  constructor(server: LocalServer) {
    const { connection, transport } = server.open();
    this.#server = server;
    this.connection = connection;
    this.transport = transport;
  }

  /** Sends bytes in one piece; what came back since the last time. */
  send(text: string): string {
    this.sent += text.length;
    this.connection.receive(latin1(text));
    this.#server.settle();
    const all = this.transport.received();
    const reply = fromLatin1(all.subarray(this.#seen));
    this.#seen = all.length;
    return reply;
  }

  /** Sends lines, each ended by CR LF. */
  say(...lines: readonly string[]): string {
    return this.send(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Takes so many bytes more of what the server has to send. */
  take(room: number): void {
    const { transport, connection } = this;
    transport.room = room;
    if (!transport.wantsDrain) return;
    transport.wantsDrain = false;
    connection.drained();
    this.#server.settle();
  }

  get received(): number {
    return this.transport.received().length;
  }
}

export class Ledger {
  readonly server: LocalServer;
  /** Who does things, and who looks. */
  readonly client: Client;
  readonly #observer: Client;
  readonly #clients: Client[] = [];
  #seconds = 0;
  #before: Look;

  readonly #greeting: string;

  /** @param greeting what each client has to say first */
  constructor(options: readonly string[] = [], greeting = "") {
    this.#greeting = greeting;
    this.server = new LocalServer(options);
    this.client = this.connect();
    this.#observer = this.connect();
    this.#before = this.#look();
  }

  connect(greeting = this.#greeting): Client {
    const client = new Client(this.server);
    if (greeting !== "") client.send(greeting);
    this.#clients.push(client);
    return client;
  }

  /** Those who came later. */
  get others(): readonly Client[] {
    return this.#clients.slice(2);
  }

  say(...lines: readonly string[]): string {
    return this.client.say(...lines);
  }

  /** Lets seconds pass, with all that the background does meanwhile. */
  async wait(seconds: number): Promise<void> {
    this.#seconds += seconds;
    await this.server.advance(seconds);
  }

  #stats(kind: string, figures: Map<string, string>): void {
    const text = this.#observer.say(kind === "" ? "stats" : `stats ${kind}`);
    if (!text.endsWith("END\r\n")) throw new Error(`stats ${kind}: ${text}`);
    for (const line of text.split("\r\n").slice(0, -2)) {
      const [, name = "", value = ""] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
      if (name === "") throw new Error(`stats ${kind}: ${line}`);
      const short = name.replace(/^items:/, "");
      figures.set(kind === "" ? name : `${kind} ${short}`, value);
    }
  }

  #look(): Look {
    const sum = (of: (client: Client) => number): number =>
      this.#clients.reduce((all, client) => all + of(client), 0);
    const sent = sum((client) => client.sent);
    const received = sum((client) => client.received);
    const figures = new Map<string, string>();
    for (const kind of ["", ...KINDS]) this.#stats(kind, figures);
    return { figures, sent, received, seconds: this.#seconds };
  }

  /** One figure as it is now. */
  figure(name: string): string | undefined {
    return this.#look().figures.get(name);
  }

  /** All figures as they are now. */
  figures(): ReadonlyMap<string, string> {
    return this.#look().figures;
  }

  /** `stats reset`, by somebody else than the client. */
  reset(): void {
    const reply = this.#observer.say("stats reset");
    if (reply !== "RESET\r\n") throw new Error(`stats reset: ${reply}`);
  }

  /** What comes next is to be seen in `changes`. Its client has just been at work, as it seems. */
  begin(): void {
    this.say("mn");
    this.#before = this.#look();
  }

  /**
   * What has changed since `begin`, but for what each look and each second changes: bytes, time and
   * ages. Those are compared here with what they have to be.
   */
  changes(): Changes {
    const [before, after] = [this.#before, this.#look()];
    const changes: Record<string, number | string> = {};
    for (const name of new Set([...before.figures.keys(), ...after.figures.keys()])) {
      const [from, to] = [before.figures.get(name), after.figures.get(name)];
      const by = difference(from, to);
      // A class that is new comes with zeros.
      if (from !== to && by !== 0) changes[name] = by;
    }
    const seconds = after.seconds - before.seconds;
    const expected: Record<string, number> = {
      bytes_read: after.sent - before.sent,
      bytes_written: after.received - before.received,
      ...(seconds > 0 ? { uptime: seconds, time: seconds } : {}),
    };
    for (const [name, value] of Object.entries(expected)) {
      if (changes[name] !== value) continue;
      delete changes[name];
    }
    for (const name of Object.keys(changes)) {
      const isOfTime = seconds > 0 && /:(age(_hot|_warm)?|secs_since_last_cmd)$/.test(name);
      const isWakeUp = seconds > 0 && name === "lru_maintainer_juggles";
      if (isOfTime || isWakeUp || name.startsWith("rusage_")) delete changes[name];
    }
    return changes;
  }
}

function difference(from: string | undefined, to: string | undefined): number | string {
  const [a, b] = [Number(from ?? 0), Number(to ?? 0)];
  if (Number.isNaN(a) || Number.isNaN(b)) return `${from ?? "none"} → ${to ?? "none"}`;
  // Three digits are as many as any figure has behind its point.
  return Math.round(1000 * (b - a)) / 1000;
}
