/**
 * The texts of `-h` and `-V`.
 *
 * Printed by `options.ts` through the option table. The first line of both is `memcached
 * <version>`: scripts take the version from it, and memcached's own test suite looks into the help
 * for the names of optional features. For the same reason the help names only options that do
 * something here or are accepted as in memcached; the ones that are refused are not in it. Defaults
 * come from the settings.
 */

import { CHUNK_SIZE_MIN_CLASSIC, defaultSettings, type Settings } from "../base/settings.ts";
import { MEMCACHED_VERSION, WASMCACHED_VERSION } from "../base/version.ts";

/** Width of the left column; a longer left side gets a line of its own. */
const NAME_WIDTH = 28;
const SUBOPTION_WIDTH = 26;

type HelpRow = readonly [name: string, ...text: string[]];

export function versionText(): string {
  return `memcached ${MEMCACHED_VERSION}\nwasmcached ${WASMCACHED_VERSION}\n`;
}

export function helpText(): string {
  const settings = defaultSettings();
  return [
    `memcached ${MEMCACHED_VERSION}`,
    ...optionRows(settings).flatMap((row) => layOut("", row, NAME_WIDTH)),
    ...suboptionRows(settings).flatMap((row) => layOut("   - ", row, SUBOPTION_WIDTH)),
    "",
  ].join("\n");
}

function layOut(indent: string, row: HelpRow, width: number): string[] {
  const [name, first = "", ...rest] = row;
  const margin = " ".repeat(indent.length + width);
  const left = `${indent}${name}`;
  const fits = name.length < width;
  const head = fits ? [`${left.padEnd(indent.length + width)}${first}`] : [left, margin + first];
  return [...head, ...rest.map((line) => margin + line)];
}

function optionRows(settings: Settings): HelpRow[] {
  return [...networkRows(settings), ...processRows(), ...storeRows(settings)];
}

function networkRows(settings: Settings): HelpRow[] {
  return [
    [
      "-p, --port=<num>",
      `TCP port (default: ${settings.port}); -1: any free port;`,
      "0: any free port, printed on stdout as one line",
    ],
    [
      "-l, --listen=<addr>",
      "address to listen on, host or host:port; a comma-separated",
      "list or several -l (default: every interface)",
    ],
    ["-U, --udp-port=<num>", "UDP port (default: 0, off); -1: any free port"],
    [
      "-Y, --auth-file=<file>",
      "users who may do anything, one user:password a line, eight at most",
    ],
    [
      "-Z, --enable-ssl",
      "speak TLS; in front of an address, notls: speaks plain text, btls:",
      "asks no certificate of clients, mtls: insists on one",
    ],
    ["-s, --unix-socket=<file>", "Unix socket to listen on; no network listeners then"],
    [
      "-a, --unix-mask=<mask>",
      `permission bits of the Unix socket, octal (default: ${settings.unixMask.toString(8)})`,
    ],
    ["-c, --conn-limit=<num>", `connections at most (default: ${settings.connectionsMax})`],
    ["-b, --listen-backlog=<num>", `length of the listen queue (default: ${settings.backlog})`],
    ["-t, --threads=<num>", `worker threads (default: ${settings.threads})`],
    [
      "-R, --max-reqs-per-event=<num>",
      "requests served for one connection before the next one has",
      `its turn (default: ${settings.requestsPerEvent})`,
    ],
    [
      "-B, --protocol=<name>",
      "ascii, binary or auto: by the first byte of each connection",
      "(default: auto)",
    ],
    [
      "-S, --enable-sasl",
      "binary protocol only, and only for those who authenticate;",
      "the file named by MEMCACHED_SASL_PWDB has user:password lines",
    ],
    ["-A, --enable-shutdown", 'allow the "shutdown" command'],
    ["-F, --disable-flush-all", 'refuse the "flush_all" command'],
    ["-X, --disable-dumping", 'refuse "stats cachedump", "stats detail" and key dumps'],
    ["-W, --disable-watch", 'refuse the "watch" command'],
    [
      "-D <char>",
      `what ends the prefix of a key (default: "${settings.prefixDelimiter}"); also turns`,
      '"stats detail" on',
    ],
  ];
}

function processRows(): HelpRow[] {
  return [
    ["-d, --daemon", "run in the background"],
    ["-u, --user=<name>", "user to become; needed, and only used, when started as root"],
    ["-P, --pidfile=<file>", "write the process id there; removed at exit with -d"],
    ["-r, --enable-coredumps", "raise the limit of core files"],
    ["-k, --lock-memory", "keep all memory from being swapped out"],
    ["-L, --enable-largepages", "ask for large pages; every slab class has a page from the start"],
    ["-v, --verbose", "print errors and warnings; -vv: commands and replies too;"],
    ["", "-vvv: also what each connection does"],
    ["-h, --help", "print this and exit"],
    ["-i, --license", "print the licence and exit"],
    ["-V, --version", "print the version and exit"],
  ];
}

function storeRows(settings: Settings): HelpRow[] {
  return [
    [
      "-m, --memory-limit=<num>",
      `memory for items in megabytes (default: ${settings.memoryLimit / 1024 ** 2})`,
    ],
    ["-M, --disable-evictions", "answer with an error instead of evicting when memory is full"],
    [
      "-I, --max-item-size=<num>",
      "largest item in bytes, or with k or m after the number",
      `(default: ${settings.itemSizeMax / 1024 ** 2}m, at least 1k, at most 1024m and half of -m)`,
    ],
    ["-f, --slab-growth-factor=<num>", `chunk size growth (default: ${settings.growthFactor})`],
    [
      "-n, --slab-min-size=<bytes>",
      "room for key and value in the smallest chunk",
      `(default: ${settings.chunkSizeMin})`,
    ],
    ["-C, --disable-cas", "store no CAS values, which makes items 8 bytes smaller"],
    ["-o, --extended=<list>", "comma-separated list of the following; most can be undone by"],
    ["", "a leading no_"],
  ];
}

function suboptionRows(settings: Settings): HelpRow[] {
  return [
    ...generalSuboptionRows(settings),
    ...lruSuboptionRows(settings),
    ...tlsSuboptionRows(settings),
  ];
}

function generalSuboptionRows(settings: Settings): HelpRow[] {
  return [
    ["maxconns_fast", "close connections above the limit at once (default: on)"],
    ["idle_timeout=<sec>", "close idle connections (default: 0, never)"],
    ["hashpower=<num>", "the hash table starts with 2^num buckets (default: 16)"],
    ["no_hashexpand", "the hash table never grows"],
    ["hash_algorithm=<name>", `murmur3, jenkins or xxh3 (default: ${settings.hashAlgorithm})`],
    [
      "slab_chunk_max=<kb>",
      `largest chunk in kilobytes (default: ${settings.slabChunkMax / 1024}, or -I if smaller;`,
      "512 if -I is above 1m); larger items are stored in several",
    ],
    ["no_chunked_items", "largest chunk is a whole slab page, unless -I is above it"],
    ["slab_sizes=<a-b-c>", "chunk sizes, instead of -f and -n"],
    [
      "classic_sizes",
      "lay items out and count them as memcached does: its 48-byte",
      `header, -n ${CHUNK_SIZE_MIN_CLASSIC}, slab_chunk_max 512`,
    ],
    ["slab_reassign", "memory moves between slab classes (default: on)"],
    ["slab_automove=<0-2>", `by itself (default: ${settings.slabAutomove})`],
    ["slab_automove_ratio=<num>", `ratio of ages (default: ${settings.slabAutomoveRatio})`],
    ["slab_automove_window=<num>", `samples looked at (default: ${settings.slabAutomoveWindow})`],
    ["track_sizes", 'count item sizes for "stats sizes"'],
    ["tail_repair_time=<sec>", "free items stuck at an LRU tail (default: 0, never)"],
    ["read_buf_mem_limit=<mb>", "memory for connection buffers in megabytes (default: 0, any)"],
    [
      "watcher_logbuf_size=<kb>",
      `buffer per watcher (default: ${settings.watcherLogBufferSize / 1024})`,
    ],
    [
      "worker_logbuf_size=<kb>",
      `log buffer per thread (default: ${settings.workerLogBufferSize / 1024})`,
    ],
    ["modern", "nothing: what it stood for is the default"],
    ["no_modern", "the defaults of memcached 1.4"],
  ];
}

function lruSuboptionRows(settings: Settings): HelpRow[] {
  return [
    ["no_lru_crawler", "no background thread that frees expired items"],
    [
      "lru_crawler_sleep=<us>",
      `its pause in microseconds (default: ${settings.lruCrawlerSleepMicroseconds})`,
    ],
    ["lru_crawler_tocrawl=<num>", "items it looks at per run (default: 0, all)"],
    ["no_lru_maintainer", "one plain LRU, without background thread"],
    ["hot_lru_pct=<num>", `share of the hot LRU (default: ${settings.hotLruPercent})`],
    ["warm_lru_pct=<num>", `share of the warm LRU (default: ${settings.warmLruPercent})`],
    [
      "hot_max_factor=<num>",
      "items idle for longer than this times the age of the cold LRU",
      `leave the hot one (default: ${settings.hotMaxFactor})`,
    ],
    ["warm_max_factor=<num>", `and the warm one (default: ${settings.warmMaxFactor})`],
    [
      "temporary_ttl=<sec>",
      "items living no longer than this have an LRU of their own",
      "(default: off)",
    ],
  ];
}

function tlsSuboptionRows({ tls }: Settings): HelpRow[] {
  return [
    ["ssl_chain_cert=<file>", "certificate chain in PEM"],
    ["ssl_key=<file>", "its private key"],
    ["ssl_keyformat=<num>", `1: the key is PEM, 2: DER (default: ${tls.keyFormat})`],
    [
      "ssl_verify_mode=<0-3>",
      "client certificates: 0 not asked for, 1 asked for, 2 and 3 needed",
      `(default: ${tls.verifyMode})`,
    ],
    ["ssl_ca_cert=<file>", "who may have signed them, in PEM"],
    ["ssl_ciphers=<list>", "cipher suites of TLS 1.2 and older, as OpenSSL names them"],
    ["ssl_min_version=<0-3>", `oldest version spoken, TLS 1.0 to 1.3 (default: ${tls.minVersion})`],
    [
      "ssl_wbuf_size=<kb>",
      `output buffer (default: ${tls.outputBufferSize / 1024}); accepted, replies are`,
      "gathered in any case",
    ],
    ["ssl_session_cache", "count new sessions; sessions are resumed in any case"],
  ];
}
