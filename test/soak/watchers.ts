/**
 * Connections that watch the server's log for a while, read it or not, and go.
 *
 * A watcher that stops reading must cost the server nothing but the lines it drops.
 */
import type { Progress } from "../torture/progress.ts";
import { Violation } from "../torture/violation.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/waiting.ts";
import type { Tally } from "./tally.ts";

const STREAMS = ["fetchers", "mutations", "evictions", "sysevents", "connevents", "deletions"];
const LINE = /^(ts=\d+\.\d+ gid=\d+ type=\S+.*|skipped=\d+)$/;
/** Batches of the load that a watcher stays for, at most. */
const STAY_MAX = 200;
const PATIENCE_MS = 20_000;

export interface WatcherOptions {
  readonly port: number;
  readonly progress: Progress;
  readonly tally: Tally;
}

/** Lines of the log as they come; the first line is the reply. */
class Watcher {
  reply: string | null = null;
  odd: string | null = null;
  lines = 0;
  #rest = "";

  take(bytes: Uint8Array): void {
    const parts = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.replace(/\r$/, "");
      if (this.reply === null) this.reply = line;
      else if (LINE.test(line)) this.lines++;
      else this.odd ??= line;
    }
  }
}

/** A line of the reply that ends the connection's ordinary life, or says that it cannot be. */
async function watchOnce(random: Random, options: WatcherOptions): Promise<void> {
  const { port, progress, tally } = options;
  const watcher = new Watcher();
  const socket = await Bun.connect<undefined>({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_, bytes) => watcher.take(bytes) },
  });
  const streams = Array.from({ length: 1 + random.below(3) }, () => random.pick(STREAMS));
  socket.write(`watch ${streams.join(" ")}\r\n`);
  await until("the reply to watch", () => watcher.reply !== null, PATIENCE_MS);
  const reply = watcher.reply ?? "";
  if (reply === "OK") tally.add("watch", "done");
  else if (reply.startsWith("WATCHER_TOO_MANY")) tally.add("watch", "refused");
  else throw new Violation("the reply to watch", { streams: streams.join(" "), reply });
  if (random.oneIn(3)) socket.pause();
  await progress.after(1 + random.below(STAY_MAX));
  socket.terminate();
  tally.watchedLines += watcher.lines;
  if (reply === "OK" && watcher.odd !== null) {
    throw new Violation("a line of the log", { line: watcher.odd });
  }
}

export async function watch(seed: number, options: WatcherOptions): Promise<void> {
  const random = new Random(seed);
  while (!options.progress.isOver) await watchOnce(random, options);
}
