/**
 * Starting a server's store, over as many memories as its limit takes; and joining it from another
 * thread.
 */
import { type CoreBuild, type CoreShare, type MemorySource } from "./load.ts";
import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import { memoryCount, settingsShares } from "./routed/plan.ts";
import { Core } from "./core.ts";
import type { CoreFacade } from "./facade.ts";
import { RoutedCore } from "./routed/routed-core.ts";
import type { Settings } from "../base/settings.ts";

const MEBIBYTE = 1024 * 1024;

const CAS_FIRST = 2;

/**
 * The high half of how far the CAS uniques of one memory are from those of the next one: 2^44. So
 * no two items have the same, and those of 512 memories are below 2^53: as far as numbers are exact
 * to clients that make numbers of them.
 */
const CAS_SPAN_HIGH = 2 ** 12;

/** What other threads need to join: one for each memory. Can be posted to them. */
export type CoreShares = readonly CoreShare[];

export function sharesOf(core: CoreFacade): CoreShares {
  return core.cores.map(({ share }) => share);
}

function facadeOf(cores: readonly Core[], thread: number): CoreFacade {
  const [first, ...others] = cores as readonly [Core, ...Core[]];
  return others.length === 0 ? first : new RoutedCore([first, ...others], thread);
}

/**
 * A fresh store; see `Core.start`.
 *
 * @throws StartError where the system does not give that much address space
 */
export function startCore(
  settings: Settings,
  build: CoreBuild,
  threads = 1,
  mayGrowLimit = true,
  take?: MemorySource,
): CoreFacade {
  const count = memoryCount(settings);
  const shares = count === 1 ? [settings] : settingsShares(settings, count);
  const cores: Core[] = [];
  for (const share of shares) {
    try {
      const core = Core.start(share, build, threads, mayGrowLimit, take);
      if (cores.length > 0) core.abi.setNextCas(CAS_FIRST, cores.length * CAS_SPAN_HIGH);
      cores.push(core);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const mebibytes = Math.floor(settings.memoryLimit / MEBIBYTE);
      const place = count === 1 ? "a memory" : `memory ${cores.length + 1} of ${count}`;
      throw new StartError(
        EXIT_FAILURE,
        `-m ${mebibytes}: the system has no address space for ${place}`,
      );
    }
  }
  return facadeOf(cores, 0);
}

/** Thread `index`'s facade of a store that another thread has started. */
export function joinCore(shares: CoreShares, index: number): CoreFacade {
  return facadeOf(
    shares.map((share) => Core.join(share, index)),
    index,
  );
}
