/**
 * A worker thread's entry. Serves connections over the shared store until told
 * to stop; see messages.ts for what is said.
 */
import { EventLoop } from "./event-loop.ts";
import type {
  FromWorker,
  ListenDatagramsMessage,
  ListenMessage,
  StartMessage,
  ToWorker,
} from "./messages.ts";
import { abortProcess } from "./failure.ts";
import { answerToken } from "./shared-memory.ts";
import { joinCore } from "../core/start-core.ts";
import { joinShared } from "../base/shared-state.ts";
import { stderrWriter } from "../base/log.ts";

declare const self: Worker;

let loop: EventLoop | null = null;
let timer: ReturnType<typeof setInterval> | null = null;
let threadName = "worker thread";

function tell(message: FromWorker): void {
  self.postMessage(message);
}

function fail(error: unknown): never {
  return abortProcess(threadName, error);
}

function start({ thread, core: shares, shared, settings, capacity }: StartMessage): void {
  threadName = `worker thread ${thread}`;
  const core = joinCore(shares, thread);
  loop = new EventLoop({
    core,
    settings,
    shared: joinShared(shared, settings, thread),
    log: stderrWriter,
    capacity,
    tellLogger: tell,
    onShutDown: (graceful) => tell({ kind: "shutDown", graceful }),
    onJob: (job) => tell({ kind: "job", job }),
    onFailure: fail,
  });
  timer = setInterval(() => loop?.tick(), 1000);
  tell({ kind: "ready", token: answerToken(core) });
}

function tellFailure(error: unknown): void {
  const { code = "", message } = error as NodeJS.ErrnoException;
  tell({ kind: "failed", code, message });
}

function listen({ host, port, speech }: ListenMessage): void {
  try {
    if (loop === null) throw new Error("told to listen before it was started");
    const { id, address, port: boundPort } = loop.listen({ host, port, speech }, true);
    tell({ kind: "listening", bound: { id, address, port: boundPort } });
  } catch (error) {
    tellFailure(error);
  }
}

async function listenDatagrams({ host, port }: ListenDatagramsMessage): Promise<void> {
  try {
    if (loop === null) throw new Error("told to listen before it was started");
    const { id, address, port: boundPort } = await loop.listenDatagrams(host, port);
    tell({ kind: "listening", bound: { id, address, port: boundPort } });
  } catch (error) {
    tellFailure(error);
  }
}

function stop(): void {
  loop?.stop();
  if (timer !== null) clearInterval(timer);
  // Nothing is left that could happen: the thread ends.
  self.removeEventListener("message", receive);
}

function obey(message: ToWorker): void {
  switch (message.kind) {
    case "start":
      start(message);
      break;
    case "listen":
      listen(message);
      break;
    case "listenDatagrams":
      void listenDatagrams(message);
      break;
    case "connection":
      loop?.adopt(message);
      break;
    case "lines":
      loop?.linesCame(message.watcher, message.isOver);
      break;
    case "stop":
      stop();
      break;
    default:
      throw new Error(`told what is not for a worker: ${message.kind}`);
  }
}

function receive({ data }: MessageEvent<ToWorker>): void {
  try {
    obey(data);
  } catch (error) {
    fail(error);
  }
}

self.addEventListener("message", receive);
process.on("uncaughtException", fail);
