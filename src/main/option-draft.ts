/**
 * OptionDraft: the settings while the command line is being read.
 *
 * Filled by the tables in `option-table.ts` and `suboptions.ts`, judged and finished by
 * `option-checks.ts`, thrown away afterwards. Beside the settings it remembers what a finished
 * record no longer shows: which values were given and which are defaults, since some defaults
 * follow others.
 */

import { EX_USAGE, StartError } from "../base/start-error.ts";
import { defaultSettings, type Settings } from "../base/settings.ts";

/** What a handled option asks for: go on (nothing), or print this on stdout and stop with 0. */
export type HandledOption = { readonly print: string } | undefined;

export interface OptionDraft {
  readonly settings: Settings;
  /** Lines for stderr that stop nothing. */
  readonly warnings: string[];
  /** `-n` was given: taken as it is, also with `-o classic_sizes`. */
  chunkSizeMinGiven: boolean;
  /** `-p` was given. */
  portGiven: boolean;
  /** `-B` was given: it may be at odds with `-S` and `-Y`. */
  protocolGiven: boolean;
  /** `-o slab_chunk_max` was given: memcached's checks 6 to 8 apply to it. */
  slabChunkMaxGiven: boolean;
  /** `-o no_chunked_items` or `no_modern`: the chunk maximum is the slab page. */
  slabChunkMaxPage: boolean;
  /** Value of `-o slab_sizes`, judged once `-n` and the chunk maximum are final. */
  slabSizesText: string | null;
}

/**
 * @param debugLevel the value of WASMCACHED_DEBUG
 * @param memories that of WASMCACHED_MEMORIES
 */
export function newOptionDraft(debugLevel: string, memories: string): OptionDraft {
  return {
    settings: {
      ...defaultSettings(),
      debug: debugLevel === "1" || debugLevel === "2",
      debugCore: debugLevel === "2",
      memoriesLeast: /^[1-9]$/.test(memories) ? Number(memories) : 1,
    },
    warnings: [],
    chunkSizeMinGiven: false,
    portGiven: false,
    protocolGiven: false,
    slabChunkMaxGiven: false,
    slabChunkMaxPage: false,
    slabSizesText: null,
  };
}

/** For everything memcached has and this version has not: no option is dropped in silence. */
export function unsupported(what: string): StartError {
  return new StartError(EX_USAGE, `${what} is not supported by this version of wasmcached.`);
}
