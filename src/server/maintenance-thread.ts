/**
 * The maintenance thread's entry. Works off what the store wants done in the
 * background, and sleeps in between.
 */
import type { JobMessage, StartMessage, StopMessage } from "./messages.ts";
import { startMaintenance } from "./start-maintenance.ts";
import { MaintenanceTimer } from "./maintenance-timer.ts";
import { OldGarbage } from "./process/old-garbage.ts";
import { abortProcess } from "./failure.ts";
import { answerToken } from "./shared-memory.ts";
import { joinCore } from "../core/start-core.ts";
import { joinShared } from "../base/shared-state.ts";
import { stderrWriter } from "../base/log.ts";
import { unixMicroseconds } from "./wall-clock.ts";

declare const self: Worker;

/** Nobody waits for this thread, but jobs are taken between two slices. */
const SLICE_MS = 10;

let timer: MaintenanceTimer | null = null;
let everyMinute: ReturnType<typeof setInterval> | null = null;

function run({ thread, core: shares, shared: buffers, settings }: StartMessage): void {
  const core = joinCore(shares, thread);
  const shared = joinShared(buffers, settings, thread);
  core.events.clock = unixMicroseconds;
  const maintenance = startMaintenance(core, settings, shared.counters, stderrWriter, SLICE_MS);
  timer = new MaintenanceTimer(maintenance, shared, (error) =>
    abortProcess("maintenance thread", error),
  );
  self.postMessage({ kind: "ready", token: answerToken(core) });
  timer.start();
  const oldGarbage = new OldGarbage();
  everyMinute = setInterval(() => oldGarbage.tick(), 60_000);
}

function stop(): void {
  timer?.stop();
  if (everyMinute !== null) clearInterval(everyMinute);
  self.removeEventListener("message", receive);
}

function receive({ data }: MessageEvent<StartMessage | JobMessage | StopMessage>): void {
  if (data.kind === "start") run(data);
  else if (data.kind === "job") timer?.start(data.job);
  else stop();
}

self.addEventListener("message", receive);
