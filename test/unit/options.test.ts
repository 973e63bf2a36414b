/**
 * Goal: a command line that memcached takes gives the settings it asks for.
 * Method: a table of lines and the settings that differ from the defaults. Mistakes have a file of
 * their own, options-errors.test.ts.
 */

import { describe, expect, test } from "bun:test";
import { defaultSettings, type Settings } from "../../src/base/settings.ts";
import { parseOptions } from "../../src/main/options.ts";

const MEBIBYTE = 1024 * 1024;

/** Splits at spaces; a lone `''` is an empty word. */
function words(line: string): string[] {
  return line.split(" ").flatMap((word) => (word === "" ? [] : [word === "''" ? "" : word]));
}

/** Parses a line that must be accepted. */
function accept(line: string, environment: Record<string, string> = {}) {
  const parsed = parseOptions(words(line), environment);
  if (parsed.kind !== "run") throw new Error(`refused: ${parsed.stderr}`);
  return parsed;
}

function settingsOf(line: string, environment: Record<string, string> = {}): Settings {
  return accept(line, environment).settings;
}

type Case = [line: string, changed: Partial<Settings>];

const NO_MODERN: Partial<Settings> = {
  slabReassign: false,
  slabAutomove: 0,
  refuseFast: false,
  lruSegmented: false,
  lruMaintainer: false,
  lruCrawler: false,
  hashAlgorithm: "jenkins",
};

const SHORT: Case[] = [
  ["", {}],
  ["-p 12345", { port: 12345 }],
  ["-p -1", { port: -1 }],
  ["-p 0", { port: 0 }],
  ["-p abc", { port: 0 }],
  ["-s /tmp/s", { socketPath: "/tmp/s" }],
  ["-U 0", {}],
  ["-U 12000", { udpPort: 12000, port: 12000 }],
  ["-U 12000 -p 12001", { udpPort: 12000, port: 12001 }],
  ["-U -1", { udpPort: -1, port: -1 }],
  ["-U 12000 -p 0", { udpPort: 12000, port: 0 }],
  ["-Y /some/file", { authFile: "/some/file", bindingProtocol: "ascii" }],
  ["-Y /some/file -B ascii", { authFile: "/some/file", bindingProtocol: "ascii" }],
  ["-a 755", { unixMask: 0o755 }],
  ["-A", { shutdownCommand: true }],
  ["-d", { daemon: true }],
  ["-r", { coreDumps: true }],
  ["-u nobody", { user: "nobody" }],
  ["-m 1024", { memoryLimit: 1024 * MEBIBYTE }],
  ["-m 3584", { memoryLimit: 3584 * MEBIBYTE }],
  ["-m 65536", { memoryLimit: 65_536 * MEBIBYTE, memoriesLeast: 1 }],
  ["-m 100x", { memoryLimit: 100 * MEBIBYTE }],
  ["-M", { evictions: false }],
  ["-c 10", { connectionsMax: 10 }],
  ["-k", { lockMemory: true }],
  ["-v", { verbosity: 1 }],
  ["-vvv", { verbosity: 3 }],
  ["-v -v", { verbosity: 2 }],
  ["-P /run/pid", { pidFile: "/run/pid" }],
  ["-f 1.08", { growthFactor: 1.08 }],
  ["-f 2", { growthFactor: 2 }],
  ["-n 48", { chunkSizeMin: 48 }],
  ["-n 500", { chunkSizeMin: 500 }],
  ["-t 1", { threads: 1 }],
  ["-t 64", { threads: 64 }],
  ["-D /", { prefixDelimiter: "/", detailEnabled: true }],
  ["-D _rest", { prefixDelimiter: "_", detailEnabled: true }],
  ["-L", { preallocate: true }],
  ["-R 1", { requestsPerEvent: 1 }],
  ["-C", { casEnabled: false }],
  ["-b 4096", { backlog: 4096 }],
  ["-B auto", {}],
  ["-B ascii", { bindingProtocol: "ascii" }],
  ["-B binary", { bindingProtocol: "binary" }],
  ["-I 1m", {}],
  ["-I 512k", { itemSizeMax: 512 * 1024, slabChunkMax: 512 * 1024 }],
  ["-F", { flushEnabled: false }],
  ["-X", { dumpEnabled: false }],
  ["-W", { watchEnabled: false }],
  ["word -A another", { shutdownCommand: true }],
  ["-A -- -M -z", { shutdownCommand: true }],
];

const LONG: Case[] = [
  ["--unix-mask=700", {}],
  ["--enable-shutdown", { shutdownCommand: true }],
  ["--unix-socket=/tmp/s", { socketPath: "/tmp/s" }],
  ["--port=1", { port: 1 }],
  ["--port 1", { port: 1 }],
  ["--po=1", { port: 1 }],
  ["--udp-port=0", {}],
  ["--memory-limit=2", { memoryLimit: 2 * MEBIBYTE }],
  ["--memory-l 2", { memoryLimit: 2 * MEBIBYTE }],
  ["--disable-evictions", { evictions: false }],
  ["--conn-limit=7", { connectionsMax: 7 }],
  ["--lock-memory", { lockMemory: true }],
  ["--enable-coredumps", { coreDumps: true }],
  ["--verbose", { verbosity: 1 }],
  ["--verbose=9", { verbosity: 1 }],
  ["--daemon", { daemon: true }],
  ["--user=me", { user: "me" }],
  ["--pidfile=x", { pidFile: "x" }],
  ["--slab-growth-factor=1.5", { growthFactor: 1.5 }],
  ["--slab-min-size=64", { chunkSizeMin: 64 }],
  ["--threads=2", { threads: 2 }],
  ["--enable-largepages", { preallocate: true }],
  ["--max-reqs-per-event=5", { requestsPerEvent: 5 }],
  ["--disable-cas", { casEnabled: false }],
  ["--listen-backlog=9", { backlog: 9 }],
  ["--protocol=ascii", { bindingProtocol: "ascii" }],
  ["--max-item-size=1m", {}],
  ["--disable-flush-all", { flushEnabled: false }],
  ["--disable-dumping", { dumpEnabled: false }],
  ["--disable-watch", { watchEnabled: false }],
  ["--extended=track_sizes", { trackSizes: true }],
];

const EXTENDED: Case[] = [
  ["-o ''", {}],
  ["-o modern", {}],
  ["-o modern,", {}],
  ["-o modern=ignored", {}],
  ["-o maxconns_fast", {}],
  ["-o no_maxconns_fast", { refuseFast: false }],
  ["-o no_maxconns_fast,maxconns_fast", {}],
  ["-o no_maxconns_fast -o maxconns_fast", {}],
  ["-o hashpower=20", { hashPower: 20 }],
  ["-o hashpower=12 -t 1", { hashPower: 12, threads: 1 }],
  ["-o no_hashexpand", { hashExpand: false }],
  ["-o slab_reassign", {}],
  ["-o no_slab_reassign", { slabReassign: false }],
  ["-o slab_automove=2", { slabAutomove: 2 }],
  ["-o slab_automove=0", { slabAutomove: 0 }],
  ["-o slab_automove=2,slab_automove", { slabAutomove: 1 }],
  ["-o no_slab_automove", { slabAutomove: 0 }],
  ["-o slab_automove_ratio=1", { slabAutomoveRatio: 1 }],
  ["-o slab_automove_window=3", { slabAutomoveWindow: 3 }],
  ["-o slab_automove_freeratio=0.5", { slabAutomoveFreeRatio: 0.5 }],
  ["-o tail_repair_time=10", { tailRepairSeconds: 10 }],
  ["-o hash_algorithm=jenkins", { hashAlgorithm: "jenkins" }],
  ["-o hash_algorithm=xxh3", { hashAlgorithm: "xxh3" }],
  ["-o no_lru_crawler", { lruCrawler: false }],
  ["-o no_lru_crawler,lru_crawler", {}],
  ["-o lru_crawler_sleep=0", { lruCrawlerSleepMicroseconds: 0 }],
  ["-o lru_crawler_tocrawl=4294967295", { lruCrawlerToCrawl: 4294967295 }],
  ["-o no_lru_maintainer", { lruMaintainer: false, lruSegmented: false }],
  ["-o no_lru_maintainer,lru_maintainer", {}],
  ["-o hot_lru_pct=1,warm_lru_pct=79", { hotLruPercent: 1, warmLruPercent: 79 }],
  ["-o hot_max_factor=0.5,warm_max_factor=3", { hotMaxFactor: 0.5, warmMaxFactor: 3 }],
  ["-o temporary_ttl=30", { tempLru: true, temporaryTtlSeconds: 30 }],
  ["-o idle_timeout=60", { idleTimeoutSeconds: 60 }],
  ["-o idle_timeout=-60", { idleTimeoutSeconds: 0 }],
  ["-o watcher_logbuf_size=1", { watcherLogBufferSize: 1024 }],
  ["-o worker_logbuf_size=2", { workerLogBufferSize: 2048 }],
  ["-o read_buf_mem_limit=3", { readBufferMemoryLimit: 3 * MEBIBYTE }],
  ["-o track_sizes", { trackSizes: true }],
  ["-o inline_ascii_resp,no_inline_ascii_resp", {}],
  ["-o drop_privileges,no_drop_privileges", {}],
  ["-o sock_cookie_id=0,sock_cookie_id=junk,sock_cookie_id", {}],
  ["-o no_modern", NO_MODERN],
  ["-o slab_sizes=100-200-300", { slabSizes: [104, 200, 304] }],
  ["-o slab_sizes=100-109-118", { slabSizes: [104, 112, 120] }],
  ["-n 8 -o slab_sizes=16", { chunkSizeMin: 8, slabSizes: [16] }],
];

const CHUNKS: Case[] = [
  // Without a chunk maximum of the user's, ours follows -I down and is aligned as chunks are.
  ["-I 1024", { itemSizeMax: 1024, slabChunkMax: 1024 }],
  ["-I 1025", { itemSizeMax: 1025, slabChunkMax: 1032 }],
  ["-I 600k", { itemSizeMax: 614400, slabChunkMax: 614400 }],
  ["-I 300K -o no_chunked_items", { itemSizeMax: 307200, slabChunkMax: 307200 }],
  ["-I 1M", {}],
  // Above a slab page memcached's default holds, and its rules.
  ["-I 2m", { itemSizeMax: 2 * 1024 ** 2, slabChunkMax: 524288 }],
  ["-I 2m -o no_chunked_items", { itemSizeMax: 2 * 1024 ** 2, slabChunkMax: 524288 }],
  ["-I 2m -o slab_chunk_max=1024", { itemSizeMax: 2 * 1024 ** 2 }],
  ["-I 3m -o slab_chunk_max=16", { itemSizeMax: 3 * 1024 ** 2, slabChunkMax: 16384 }],
  [
    "-I 1024m -m 2048",
    { itemSizeMax: 1024 ** 3, slabChunkMax: 524288, memoryLimit: 2 * 1024 ** 3 },
  ],
  ["-I 1048575", { itemSizeMax: 1048575 }],
  ["-o slab_chunk_max=16", { slabChunkMax: 16384 }],
  ["-o slab_chunk_max=16,no_chunked_items", {}],
  ["-o no_chunked_items,slab_chunk_max=16", { slabChunkMax: 16384 }],
  ["-o slab_chunk_max=16,no_modern", { ...NO_MODERN, slabChunkMax: 16384 }],
  ["-I 1024 -o slab_chunk_max=1", { itemSizeMax: 1024, slabChunkMax: 1024 }],
  ["-o classic_sizes", { classicSizes: true, chunkSizeMin: 48, slabChunkMax: 524288 }],
  ["-n 16 -o classic_sizes", { classicSizes: true, slabChunkMax: 524288 }],
  ["-o classic_sizes,no_chunked_items", { classicSizes: true, chunkSizeMin: 48 }],
  ["-o classic_sizes,no_modern", { ...NO_MODERN, classicSizes: true, chunkSizeMin: 48 }],
  [
    "-I 512k -o classic_sizes",
    { classicSizes: true, chunkSizeMin: 48, itemSizeMax: 524288, slabChunkMax: 524288 },
  ],
];

describe.each([
  ["short options", SHORT],
  ["long options", LONG],
  ["sub-options", EXTENDED],
  ["chunk sizes", CHUNKS],
])("%s", (_, cases) => {
  test.each(cases)("%p", (line, changed) => {
    expect(settingsOf(line)).toEqual({ ...defaultSettings(), ...changed });
  });
});

test("each call has settings of its own", () => {
  expect(settingsOf("").listen).not.toBe(settingsOf("").listen);
});

test("arguments lose leading white space", () => {
  const parsed = parseOptions(["-m", " \t128", "-u", " me"], {});
  expect(parsed).toMatchObject({ settings: { memoryLimit: 128 * MEBIBYTE, user: "me" } });
});

test("the delimiter of -D is a byte", () => {
  expect(settingsOf("-D é").prefixDelimiter).toBe("\u00c3");
});

test("-S forces binary, and takes the password database from the environment", () => {
  const environment = { MEMCACHED_SASL_PWDB: "/etc/passwords" };
  for (const line of ["-S", "-S -B binary", "--enable-sasl -B binary"]) {
    const { settings, stderr } = accept(line, environment);
    expect(settings).toMatchObject({
      sasl: true,
      bindingProtocol: "binary",
      saslPasswordFile: "/etc/passwords",
    });
    expect(stderr).toBe("");
  }
  expect(accept("-S -v", environment).stderr).toBe("Initialized SASL.\n");
});

test("-S without a password database says that there is none", () => {
  expect(accept("-S").stderr).toBe(
    "INFO: MEMCACHED_SASL_PWDB not specified. Internal passwd database disabled\n",
  );
});

test("the environment switches the debug commands on, by 1 or 2 and nothing else", () => {
  expect(settingsOf("", { WASMCACHED_DEBUG: "1" })).toMatchObject({
    debug: true,
    debugCore: false,
  });
  expect(settingsOf("", { WASMCACHED_DEBUG: "2" })).toMatchObject({ debug: true, debugCore: true });
  for (const word of ["yes", "", "0", "3", "12"]) {
    const settings = settingsOf("", { WASMCACHED_DEBUG: word });
    expect(settings).toMatchObject({ debug: false, debugCore: false });
  }
  expect(settingsOf("-o relaxed_privileges", { WASMCACHED_DEBUG: "1" }).debug).toBe(true);
});

test("warnings are handed out and stop nothing", () => {
  expect(accept("-t 65").stderr).toBe(
    "WARNING: Setting a high number of workerthreads is not recommended.\n" +
      " Set this value to the number of cores in your machine or less.\n",
  );
  expect(accept("-o resp_obj_mem_limit=1").stderr).toBe(
    "DEPRECATED: resp_obj_mem_limit no longer used. See read_buf_mem_limit,\n",
  );
});
