/**
 * The workloads of a run, with the weights of their turns.
 */
import { CasCells } from "./cas-cells.ts";
import { Counters } from "./counters.ts";
import { Flood } from "./flood.ts";
import { LiveSettings } from "./live-settings.ts";
import { Logs } from "./logs.ts";
import type { Plan } from "./plan.ts";
import { Races } from "./races.ts";
import { Random } from "../support/random.ts";
import { Registers } from "./registers.ts";
import { SharedSlots } from "./shared-slots.ts";
import { Storms } from "./storms.ts";
import type { Tally } from "./batch.ts";
import { type Workload, World } from "./workload.ts";
import { largeLength, mixedLength, smallLength } from "./value-lengths.ts";

export interface Works {
  readonly counters: Counters;
  readonly registers: Registers;
  readonly large: SharedSlots;
  readonly storms: Storms;
  readonly flood: Flood;
  readonly all: readonly Workload[];
  /** Those that take part in each batch. */
  readonly weighted: readonly (readonly [Workload, number])[];
}

export function worksOf(plan: Plan, tally: Tally): Works {
  const { seed, isExact, connections, floodKeys, memoryMiB, hasEverything } = plan;
  const world = new World(isExact, connections);
  const counters = new Counters(world, 9);
  const registers = new Registers(world, 3 * connections, mixedLength);
  const large = new SharedSlots(world, "large", 8, largeLength);
  const storms = new Storms(world, counters, tally, new Random(seed));
  const flood = new Flood(world, tally, floodKeys);
  const weighted: (readonly [Workload, number])[] = [
    [counters, 5],
    [registers, 8],
    [new CasCells(world, 4), 3],
    [new Logs(world, 4, 20_000), 3],
    [new SharedSlots(world, "small", 12, smallLength), 6],
    [large, 0.3],
    [flood, 2],
    // With less memory there would be no page to move.
    [new LiveSettings(memoryMiB, isExact || hasEverything), 0.5],
  ];
  if (isExact) weighted.push([new Races(world, 2000, 5), 2]);
  const all = [...weighted.map(([workload]) => workload), storms];
  return { counters, registers, large, storms, flood, all, weighted };
}
