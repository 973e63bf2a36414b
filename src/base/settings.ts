/**
 * Settings: what the command line decides, as one plain record.
 *
 * Written once at start by `main/options.ts` (or by `createServer`), read by every layer. Those
 * that have a command change while the server runs; live-settings.ts lists them, and brings the
 * change to all threads. Names follow `stats settings` where that has a name.
 */

import { type ListenerTls, type TlsSettings, defaultTlsSettings } from "./tls-settings.ts";

/** One entry of `-l`: where to listen. */
export interface ListenAddress {
  /** Name or address; null (`*`) means every interface. IPv6 without brackets. */
  readonly host: string | null;
  /** Port of this entry, 0 for any free one, or null for the port of `-p`. */
  readonly port: number | null;
  /** Only where a prefix says so. */
  readonly tls?: ListenerTls;
  /** The same; else it is the one of `-B`. */
  readonly protocol?: BindingProtocol;
}

export type HashAlgorithm = "murmur3" | "jenkins" | "xxh3";

/** `-B`: which protocols a listener speaks. */
export type BindingProtocol = "auto" | "ascii" | "binary";

export interface Settings {
  /**
   * `-p`: TCP port. -1 = any free port. 0 = any free port too, and the port is printed: memcached
   * means "no TCP" by 0, but TCP is the only transport here. `-l` entries without a port use it.
   */
  port: number;
  /** `-U`: UDP port. 0 = no UDP, -1 = any free port. */
  udpPort: number;
  /** `-l`: in the order given; empty = every interface. */
  listen: ListenAddress[];
  /** `-s`: the path of a Unix socket to listen on instead of the network, or null. */
  socketPath: string | null;
  /** The text of `-l` as given (joined by commas), or null: for error messages. */
  listenText: string | null;
  /** `-Y`: the file of users who may authenticate, or null: nobody has to. */
  authFile: string | null;
  /** `-Z` and the `ssl_` sub-options. */
  tls: TlsSettings;
  /** `-m` in bytes; changed by `cache_memlimit`. */
  memoryLimit: number;
  /** `-M` clears it. */
  evictions: boolean;
  /** `-c`. */
  connectionsMax: number;
  /** `-o maxconns_fast`. */
  refuseFast: boolean;
  /** `-v` counted; changed by `verbosity`. */
  verbosity: number;
  /** `-A`. */
  shutdownCommand: boolean;
  /** `-f`, above 1. */
  growthFactor: number;
  /** `-n` in bytes: room beyond a 48-byte header in the smallest slab class. */
  chunkSizeMin: number;
  /** `-I` in bytes. */
  itemSizeMax: number;
  /** `-o slab_chunk_max`, in bytes; the largest chunk of the slab class table. */
  slabChunkMax: number;
  /** `-o slab_sizes`: explicit chunk sizes, or null. */
  slabSizes: number[] | null;
  /** `-t`. */
  threads: number;
  /** `-B`. */
  bindingProtocol: BindingProtocol;
  /** `-S`: who has not authenticated can do nothing else. */
  sasl: boolean;
  /** `MEMCACHED_SASL_PWDB`: the file with users and passwords, or null. */
  saslPasswordFile: string | null;
  /** `-R`. */
  requestsPerEvent: number;
  /** `-b`. */
  backlog: number;
  /** `-C` clears it. */
  casEnabled: boolean;
  /** `-D`: first character of the delimiter for `stats detail`. */
  prefixDelimiter: string;
  /** Whether `stats detail` counts; `-D` and `stats detail on` set it. */
  detailEnabled: boolean;
  /** `-F` clears it. */
  flushEnabled: boolean;
  /** `-X` clears it. */
  dumpEnabled: boolean;
  /** `-W` clears it. */
  watchEnabled: boolean;
  /** `-o hashpower`: 0 = default (16). */
  hashPower: number;
  /** `-o no_hashexpand` clears it. */
  hashExpand: boolean;
  hashAlgorithm: HashAlgorithm;
  /** `-o idle_timeout` in seconds; 0 = off. */
  idleTimeoutSeconds: number;
  /** `-o tail_repair_time` in seconds; 0 = off. */
  tailRepairSeconds: number;
  /** `-o track_sizes`. */
  trackSizes: boolean;
  /** `-o classic_sizes`: items laid out and counted with memcached's header of 48 + 8 bytes. */
  classicSizes: boolean;
  /** `-L`: huge pages are asked for, and every slab class gets its first page at start. */
  preallocate: boolean;
  /** `-k`. */
  lockMemory: boolean;
  /** `-d`. */
  daemon: boolean;
  /** `-r`. */
  coreDumps: boolean;
  /** `-u`, or null. */
  user: string | null;
  /** `-P`, or null. */
  pidFile: string | null;
  /** `WASMCACHED_DEBUG=1` or `2`: the commands of memcached's debug binary. */
  debug: boolean;
  /** `WASMCACHED_DEBUG=2`: the core with every check too. */
  debugCore: boolean;
  /** `WASMCACHED_MEMORIES`: linear memories to take at least, for tests. */
  memoriesLeast: number;

  // ── Shown by `stats settings` only, until the part they steer is here ──────

  /** `-a`: permission bits of the Unix socket. */
  unixMask: number;
  /** `-o slab_reassign`. */
  slabReassign: boolean;
  /** `-o slab_automove`: 0, 1 or 2. */
  slabAutomove: number;
  /** `-o slab_automove_ratio`. */
  slabAutomoveRatio: number;
  /** `-o slab_automove_window`. */
  slabAutomoveWindow: number;
  /** `-o slab_automove_freeratio`. */
  slabAutomoveFreeRatio: number;
  /** Those of `extstore …`, which steer nothing here. */
  extItemSize: number;
  extItemAge: number;
  extLowTtl: number;
  extRecacheRate: number;
  extCompactUnder: number;
  extDropUnder: number;
  extMaxSleep: number;
  extMaxFrag: number;
  extDropUnread: boolean;
  /** `-o lru_crawler`. */
  lruCrawler: boolean;
  /** `-o lru_crawler_sleep` in microseconds. */
  lruCrawlerSleepMicroseconds: number;
  /** `-o lru_crawler_tocrawl`: items per run, 0 = all. */
  lruCrawlerToCrawl: number;
  /** `-o lru_maintainer`: whether the background thread is wanted. */
  lruMaintainer: boolean;
  /** Whether the LRU has segments; `-o no_lru_maintainer` clears it too. */
  lruSegmented: boolean;
  /** `-o hot_lru_pct`. */
  hotLruPercent: number;
  /** `-o warm_lru_pct`. */
  warmLruPercent: number;
  /** `-o hot_max_factor`. */
  hotMaxFactor: number;
  /** `-o warm_max_factor`. */
  warmMaxFactor: number;
  /** Whether short-lived items have an LRU of their own; `-o temporary_ttl` sets it. */
  tempLru: boolean;
  /** `-o temporary_ttl` in seconds. */
  temporaryTtlSeconds: number;
  /** `-o watcher_logbuf_size` in bytes. */
  watcherLogBufferSize: number;
  /** `-o worker_logbuf_size` in bytes. */
  workerLogBufferSize: number;
  /** `-o read_buf_mem_limit` in bytes, 0 = unlimited. */
  readBufferMemoryLimit: number;
}

/** Shapes with `-o classic_sizes`, and when `-n` is given: memcached's 48. */
export const CHUNK_SIZE_MIN_CLASSIC = 48;

/**
 * Default of `-n`. Our header is 38 bytes, so a first class of 64 (48 + 16) still holds a 14-byte
 * key with a 12-byte value, where memcached's starts at 96. docs/memory-layout.md has the table.
 */
export const CHUNK_SIZE_MIN_DEFAULT = 16;

/** The fields that only `stats settings` shows. */
function backgroundDefaults() {
  return {
    unixMask: 0o700,
    slabReassign: true,
    slabAutomove: 1,
    slabAutomoveRatio: 0.8,
    slabAutomoveWindow: 10,
    slabAutomoveFreeRatio: 0.01,
    extItemSize: 512,
    extItemAge: 2 ** 32 - 1,
    extLowTtl: 0,
    extRecacheRate: 2000,
    extCompactUnder: 0,
    extDropUnder: 0,
    extMaxSleep: 1_000_000,
    extMaxFrag: 0.8,
    extDropUnread: false,
    lruCrawler: true,
    lruCrawlerSleepMicroseconds: 100,
    lruCrawlerToCrawl: 0,
    lruMaintainer: true,
    lruSegmented: true,
    hotLruPercent: 20,
    warmLruPercent: 40,
    hotMaxFactor: 0.2,
    warmMaxFactor: 2,
    tempLru: false,
    temporaryTtlSeconds: 61,
    watcherLogBufferSize: 256 * 1024,
    workerLogBufferSize: 64 * 1024,
    readBufferMemoryLimit: 0,
  };
}

export function defaultSettings(): Settings {
  return {
    port: 11211,
    udpPort: 0,
    listen: [],
    socketPath: null,
    listenText: null,
    authFile: null,
    tls: defaultTlsSettings(),
    memoryLimit: 64 * 1024 * 1024,
    evictions: true,
    connectionsMax: 1024,
    refuseFast: true,
    verbosity: 0,
    shutdownCommand: false,
    growthFactor: 1.25,
    chunkSizeMin: CHUNK_SIZE_MIN_DEFAULT,
    itemSizeMax: 1024 * 1024,
    slabChunkMax: 1024 * 1024,
    slabSizes: null,
    threads: 4,
    bindingProtocol: "auto",
    sasl: false,
    saslPasswordFile: null,
    requestsPerEvent: 20,
    backlog: 1024,
    casEnabled: true,
    prefixDelimiter: ":",
    detailEnabled: false,
    flushEnabled: true,
    dumpEnabled: true,
    watchEnabled: true,
    hashPower: 0,
    hashExpand: true,
    hashAlgorithm: "murmur3",
    idleTimeoutSeconds: 0,
    tailRepairSeconds: 0,
    trackSizes: false,
    classicSizes: false,
    preallocate: false,
    lockMemory: false,
    daemon: false,
    coreDumps: false,
    user: null,
    pidFile: null,
    debug: false,
    debugCore: false,
    memoriesLeast: 1,
    ...backgroundDefaults(),
  };
}
