/**
 * The maintenance of a server's store: one for each of its memories.
 */
import { type Background, maintenanceGroup } from "../core/maintenance-group.ts";
import type { CoreFacade } from "../core/facade.ts";
import type { HostCounters } from "../base/host-counters.ts";
import type { LogWriter } from "../base/log.ts";
import { Maintenance } from "../core/maintenance.ts";
import type { Settings } from "../base/settings.ts";
import { discardMemory } from "./process/discard.ts";

/** The clock of this thread: how long something takes. */
const clock = (): number => performance.now();

/** @param sliceMs how long one slice may take, about */
export function startMaintenance(
  { cores }: CoreFacade,
  settings: Settings,
  counters: HostCounters,
  log: LogWriter,
  sliceMs: number,
): Background {
  const members = cores.map((core) => {
    const discard = (ptr: number, length: number): void => {
      discardMemory(core.bytes, ptr, length);
    };
    return new Maintenance(core, settings, counters, log, sliceMs, clock, discard);
  });
  return maintenanceGroup(members, clock);
}
