/**
 * The table of `-o` sub-options: name → what it does to the draft.
 *
 * Read by `suboptions.ts`. Texts, limits and exit code (1) are memcached's; so is the looseness of
 * `atoi` where memcached is loose. Sub-options that steer background threads are judged and kept,
 * and `stats settings` shows them. A missing value is `null`, an empty one is the empty string.
 */

import type { HashAlgorithm } from "../base/settings.ts";
import { atof, atoi, strictFloat, strictInteger, strictUnsigned } from "./number-text.ts";
import { type OptionDraft, unsupported } from "./option-draft.ts";
import {
  type Rows,
  type SuboptionHandler,
  assign,
  fail,
  need,
  needUnsigned,
} from "./suboption-values.ts";
import { TLS_ROWS } from "./tls-suboptions.ts";

const HASH_POWER_MIN = 12;
const HASH_POWER_MAX = 32;
const HASH_ALGORITHMS: ReadonlySet<string> = new Set(["murmur3", "jenkins", "xxh3"]);
const KIBIBYTE = 1024;

/** `hot_lru_pct` and `warm_lru_pct`. */
function needPercent(name: string, value: string | null): number {
  const percent = atoi(need(name, value));
  return percent >= 1 && percent < 80 ? percent : fail(`${name} must be > 1 and < 80`);
}

/** `hot_max_factor` and `warm_max_factor`. */
function needFactor(name: string, value: string | null): number {
  const factor = atof(need(name, value));
  return factor <= 0 ? fail(`${name} must be > 0`) : factor;
}

/** Accepted, and without effect in memcached too. */
function ignore(): void {}

const CONNECTION_ROWS: Rows = [
  ["maxconns_fast", assign({ refuseFast: true })],
  ["no_maxconns_fast", assign({ refuseFast: false })],
  [
    "idle_timeout",
    ({ settings }, value) => {
      settings.idleTimeoutSeconds = Math.max(0, atoi(need("idle_timeout", value, "numeric")));
    },
  ],
  [
    "read_buf_mem_limit",
    ({ settings }, value) => {
      settings.readBufferMemoryLimit = needUnsigned("read_buf_mem_limit", value) * KIBIBYTE ** 2;
    },
  ],
  [
    "watcher_logbuf_size",
    ({ settings }, value) => {
      settings.watcherLogBufferSize = needUnsigned("watcher_logbuf_size", value) * KIBIBYTE;
    },
  ],
  [
    "worker_logbuf_size",
    ({ settings }, value) => {
      settings.workerLogBufferSize = needUnsigned("worker_logbuf_size", value) * KIBIBYTE;
    },
  ],
  [
    "sock_cookie_id",
    (_, value) => {
      // memcached ignores a bad number; so there is only something to refuse when it is a good one.
      if ((strictUnsigned(value ?? "") ?? 0) !== 0) throw unsupported("-o sock_cookie_id");
    },
  ],
];

const HASH_ROWS: Rows = [
  [
    "hashpower",
    ({ settings }, value) => {
      const power = atoi(need("hashpower", value, "numeric"));
      const text = `Initial hashtable multiplier of ${power} is too`;
      if (power < HASH_POWER_MIN) fail(`${text} low`);
      if (power > HASH_POWER_MAX) {
        fail(
          `${text} high\n` +
            'Choose a value based on "STAT hash_power_level" from a running instance',
        );
      }
      settings.hashPower = power;
    },
  ],
  ["no_hashexpand", assign({ hashExpand: false })],
  [
    "hash_algorithm",
    ({ settings }, value) => {
      const name = need("hash_algorithm", value);
      if (!HASH_ALGORITHMS.has(name)) {
        fail("Unknown hash_algorithm option (jenkins, murmur3, xxh3)");
      }
      settings.hashAlgorithm = name as HashAlgorithm;
    },
  ],
];

const SLAB_ROWS: Rows = [
  ["slab_reassign", assign({ slabReassign: true })],
  ["no_slab_reassign", assign({ slabReassign: false })],
  [
    "slab_automove",
    ({ settings }, value) => {
      const level = value === null ? 1 : atoi(value);
      if (level < 0 || level > 2) fail("slab_automove must be between 0 and 2");
      settings.slabAutomove = level;
    },
  ],
  ["no_slab_automove", assign({ slabAutomove: 0 })],
  [
    "slab_automove_ratio",
    ({ settings }, value) => {
      const ratio = atof(need("slab_automove_ratio", value));
      if (ratio <= 0 || ratio > 1) fail("slab_automove_ratio must be > 0 and < 1");
      settings.slabAutomoveRatio = ratio;
    },
  ],
  [
    "slab_automove_window",
    ({ settings }, value) => {
      const window = atoi(need("slab_automove_window", value));
      if (window < 3 || window > 1800) fail("slab_automove_window must be > 2 and < 1800");
      settings.slabAutomoveWindow = window;
    },
  ],
  [
    "slab_automove_freeratio",
    ({ settings }, value) => {
      const name = "slab_automove_freeratio";
      const ratio = strictFloat(need(name, value));
      settings.slabAutomoveFreeRatio = ratio ?? fail(`could not parse argument to ${name}`);
    },
  ],
  [
    "slab_sizes",
    (draft, value) => {
      // memcached crashes without a value; a message in the manner of the others instead.
      draft.slabSizesText = need("slab_sizes", value);
    },
  ],
  [
    "slab_chunk_max",
    (draft, value) => {
      const text = need("slab_chunk_max", value);
      const kibibytes = strictInteger(text) ?? fail("could not parse argument to slab_chunk_max");
      if (kibibytes <= 0) fail("slab_chunk_max must be >= 0");
      if (kibibytes > KIBIBYTE) fail("slab_chunk_max must be specified in kilobytes.");
      draft.settings.slabChunkMax = kibibytes * KIBIBYTE;
      draft.slabChunkMaxGiven = true;
    },
  ],
  [
    "no_chunked_items",
    (draft) => {
      draft.slabChunkMaxGiven = false;
      draft.slabChunkMaxPage = true;
    },
  ],
  ["track_sizes", assign({ trackSizes: true })],
  ["classic_sizes", assign({ classicSizes: true })],
];

const LRU_ROWS: Rows = [
  [
    "tail_repair_time",
    ({ settings }, value) => {
      const seconds = atoi(need("tail_repair_time", value, "numeric"));
      if (seconds < 10) fail("Cannot set tail_repair_time to less than 10 seconds");
      settings.tailRepairSeconds = seconds;
    },
  ],
  ["lru_crawler", assign({ lruCrawler: true })],
  ["no_lru_crawler", assign({ lruCrawler: false })],
  [
    "lru_crawler_sleep",
    ({ settings }, value) => {
      const microseconds = atoi(value ?? fail("Missing lru_crawler_sleep value"));
      if (microseconds < 0 || microseconds > 1_000_000) {
        fail("LRU crawler sleep must be between 0 and 1 second");
      }
      settings.lruCrawlerSleepMicroseconds = microseconds;
    },
  ],
  [
    "lru_crawler_tocrawl",
    ({ settings }, value) => {
      const count = strictUnsigned(value ?? fail("Missing lru_crawler_tocrawl value"));
      settings.lruCrawlerToCrawl = count ?? fail("lru_crawler_tocrawl takes a numeric 32bit value");
    },
  ],
  ["lru_maintainer", assign({ lruMaintainer: true, lruSegmented: true })],
  ["no_lru_maintainer", assign({ lruMaintainer: false, lruSegmented: false })],
  [
    "hot_lru_pct",
    ({ settings }, value) => void (settings.hotLruPercent = needPercent("hot_lru_pct", value)),
  ],
  [
    "warm_lru_pct",
    ({ settings }, value) => void (settings.warmLruPercent = needPercent("warm_lru_pct", value)),
  ],
  [
    "hot_max_factor",
    ({ settings }, value) => void (settings.hotMaxFactor = needFactor("hot_max_factor", value)),
  ],
  [
    "warm_max_factor",
    ({ settings }, value) => void (settings.warmMaxFactor = needFactor("warm_max_factor", value)),
  ],
  [
    "temporary_ttl",
    ({ settings }, value) => {
      settings.temporaryTtlSeconds = atoi(need("temporary_ttl", value));
      settings.tempLru = true;
    },
  ],
];

/** The defaults of memcached 1.4, which is what `no_modern` stands for. */
const NO_MODERN: Partial<OptionDraft["settings"]> = {
  slabReassign: false,
  slabAutomove: 0,
  refuseFast: false,
  lruSegmented: false,
  lruMaintainer: false,
  lruCrawler: false,
  hashAlgorithm: "jenkins",
};

const GENERAL_ROWS: Rows = [
  ["modern", ignore],
  [
    "no_modern",
    (draft) => {
      Object.assign(draft.settings, NO_MODERN);
      draft.slabChunkMaxPage = true;
    },
  ],
  ["inline_ascii_resp", ignore],
  ["no_inline_ascii_resp", ignore],
  [
    "resp_obj_mem_limit",
    ({ warnings }) => {
      warnings.push("DEPRECATED: resp_obj_mem_limit no longer used. See read_buf_mem_limit,");
    },
  ],
  // Without a system call filter in the build, memcached accepts these and does nothing.
  ["drop_privileges", ignore],
  ["no_drop_privileges", ignore],
  ["relaxed_privileges", ignore],
];

export const SUBOPTION_TABLE: ReadonlyMap<string, SuboptionHandler> = new Map([
  ...CONNECTION_ROWS,
  ...HASH_ROWS,
  ...SLAB_ROWS,
  ...LRU_ROWS,
  ...GENERAL_ROWS,
  ...TLS_ROWS,
]);
