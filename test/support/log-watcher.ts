/**
 * A client that watches: it reads lines of the log and takes away what differs from run to run.
 */
import type { LiveServer } from "./live-server.ts";
import type { TextClient } from "./text-client.ts";

const START = /^ts=(\d+)\.(\d{1,6}) gid=(\d+) /;

export class LogWatcher {
  readonly client: TextClient;
  /** Of the last line. */
  gid = 0;
  microseconds = 0;

  private constructor(client: TextClient) {
    this.client = client;
  }

  /** Resolves when the server has said OK: nothing is missed from then on. */
  static async start(server: LiveServer, streams: string): Promise<LogWatcher> {
    return LogWatcher.over(await server.connect(), streams);
  }

  static async over(client: TextClient, streams: string): Promise<LogWatcher> {
    const answer = await client.ask(`watch ${streams}`.trim());
    if (answer !== "OK") throw new Error(`the watcher was told: ${answer}`);
    return new LogWatcher(client);
  }

  /** The next line from `type=` on. Throws where time or number run backwards. */
  async next(): Promise<string> {
    const line = await this.client.line();
    const [start = "", seconds, micros, gid] = START.exec(line) ?? [];
    const now = Number(seconds) * 1e6 + Number(micros);
    if (start === "" || Number(gid) <= this.gid || now < this.microseconds) {
      throw new Error(`after gid ${this.gid}, time ${this.microseconds}: ${line}`);
    }
    this.gid = Number(gid);
    this.microseconds = now;
    return line.slice(start.length);
  }

  /** So many lines, with descriptors and ports taken out. */
  async take(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      lines.push((await this.next()).replaceAll(/\b(c?fd|rport)=\d+/g, "$1=*"));
    }
    return lines;
  }

  /** Everything up to the first line that has this in it. */
  async until(mark: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const [line = ""] = await this.take(1);
      lines.push(line);
      if (line.includes(mark)) return lines;
    }
  }
}
