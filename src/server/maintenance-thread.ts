/**
 * The maintenance thread's entry. Works off what the store wants done in the
 * background, and sleeps in between.
 */
import { Core } from "../core/core.ts";
import { Maintenance } from "../core/maintenance.ts";
import type { StartMessage, StopMessage } from "./messages.ts";
import { abortProcess } from "./failure.ts";
import { joinShared } from "../base/shared-state.ts";
import { stderrWriter } from "../base/log.ts";
import { unixMicroseconds } from "./wall-clock.ts";

declare const self: Worker;

let timer: ReturnType<typeof setTimeout> | null = null;

/** Time between two looks when there is nothing to do. */
const REST_MS = 1000;

function run({ thread, core: share, shared: buffers, settings }: StartMessage): void {
  const core = Core.join(share, thread);
  const shared = joinShared(buffers, settings, thread);
  core.events.clock = unixMicroseconds;
  const maintenance = new Maintenance(core, settings, stderrWriter);
  const work = (): void => {
    try {
      shared.live.refresh();
      // Between two slices the locks are free, and messages come in.
      timer = setTimeout(work, maintenance.slice() ? 0 : REST_MS);
    } catch (error) {
      abortProcess("maintenance thread", error);
    }
  };
  self.postMessage({ kind: "ready", token: core.abi.token() });
  work();
}

function stop(): void {
  if (timer !== null) clearTimeout(timer);
  self.removeEventListener("message", receive);
}

function receive({ data }: MessageEvent<StartMessage | StopMessage>): void {
  if (data.kind === "start") run(data);
  else stop();
}

self.addEventListener("message", receive);
