/**
 * The logger, without a server.
 *
 * Goal: whoever has read the greeting misses nothing from then on, although the thread of a watcher
 * may look at its ring at any moment. Method: a ring that looks for itself what is recorded when it
 * gets the greeting; one memory, and several.
 */
import { expect, spyOn, test } from "bun:test";
import { HostCounters } from "../../src/base/host-counters.ts";
import { LineRing } from "../../src/base/line-ring.ts";
import { LogArea, LogKind } from "../../assembly/shared/log.ts";
import { Logger } from "../../src/core/logger.ts";
import { defaultSettings } from "../../src/base/settings.ts";
import { startCore } from "../../src/core/start-core.ts";

const WATCHER = 1;

test.each([1, 3])("the greeting comes when all of %d memories record", (memoriesLeast) => {
  const settings = { ...defaultSettings(), memoriesLeast, memoryLimit: 16 * 1024 * 1024 };
  const core = startCore(settings, "core.server", 1, false);
  const logger = new Logger(core, HostCounters.start(1));
  const wanted = (): number[] => {
    return core.cores.map(({ abi, bytes }) => {
      return new DataView(bytes.buffer).getUint32(abi.logPtr(0) + LogArea.KINDS, true);
    });
  };
  const atGreeting: number[][] = [];
  using push = spyOn(LineRing.prototype, "push").mockImplementation(() => {
    atGreeting.push(wanted());
    return true;
  });
  const lines = LineRing.start(1024).shared;
  const kinds = LogKind.MUTATIONS;
  logger.receive({ kind: "watch", watcher: WATCHER, kinds, lines }, () => undefined);
  logger.receive({ kind: "unwatch", watcher: WATCHER }, () => undefined);
  expect(push).toHaveBeenCalledTimes(1);
  expect(atGreeting).toEqual([Array.from({ length: memoriesLeast }, () => kinds)]);
  expect(wanted().every((word) => word === 0)).toBe(true);
});
