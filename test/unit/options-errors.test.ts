/**
 * Goal: a command line with a mistake ends with memcached's text and exit code, and nothing this
 * version lacks is taken in silence.
 * Method: tables of lines, codes and whole texts of stderr. The texts that memcached has too were
 * compared with what a native one prints.
 */

import { describe, expect, test } from "bun:test";
import { parseOptions } from "../../src/main/options.ts";

type Case = [line: string, code: number, stderr: string];

const ILLEGAL = '\nIllegal argument "?"';
const SASL_IS_BINARY = "ERROR: You cannot allow the ASCII protocol while using SASL.";
const HOT_WARM = "hot_lru_pct + warm_lru_pct cannot be more than 80% combined";

function lacking(what: string): string {
  return `${what} is not supported by this version of wasmcached.`;
}

const UNKNOWN: Case[] = [
  ["-z", 1, `wasmcached: invalid option -- 'z'${ILLEGAL}`],
  ["-vzx", 1, `wasmcached: invalid option -- 'z'${ILLEGAL}`],
  ["--x", 1, `wasmcached: unrecognized option '--x'${ILLEGAL}`],
  ["-p", 1, `wasmcached: option requires an argument -- 'p'${ILLEGAL}`],
  ["--port", 1, `wasmcached: option '--port' requires an argument${ILLEGAL}`],
  ["--help=3", 1, `wasmcached: option '--help' doesn't allow an argument${ILLEGAL}`],
  [
    "--enable-s",
    1,
    "wasmcached: option '--enable-s' is ambiguous; possibilities: " +
      `'--enable-shutdown' '--enable-ssl' '--enable-sasl'${ILLEGAL}`,
  ],
  [
    "--li=1",
    1,
    "wasmcached: option '--li=1' is ambiguous; possibilities: " +
      `'--license' '--listen' '--listen-backlog'${ILLEGAL}`,
  ],
  // The first mistake counts, also before a wish for help.
  ["-c 0 -z -h", 1, "Maximum connections must be greater than 0"],
];

const SHORT: Case[] = [
  ["-c 0", 1, "Maximum connections must be greater than 0"],
  ["-c -1", 1, "Maximum connections must be greater than 0"],
  ["-c many", 1, "Maximum connections must be greater than 0"],
  ["-f 1", 1, "Factor must be greater than 1"],
  ["-f 0.5", 1, "Factor must be greater than 1"],
  ["-f nan", 1, "Factor must be greater than 1"],
  ["-n 0", 1, "Chunk size must be greater than 0"],
  ["-t 0", 1, "Number of threads must be greater than 0"],
  ["-t 1025", 1, "Number of threads must not exceed 1024"],
  ["-R 0", 1, "Number of requests per event must be greater than 0"],
  ["-D ''", 1, "No delimiter specified"],
  ["-N 0", 1, "Maximum number of NAPI IDs must be greater than 0"],
  [
    "-B foo",
    64,
    "Invalid value for binding protocol: foo\n -- should be one of auto, binary, or ascii",
  ],
  ["-I 1023", 64, "Item max size cannot be less than 1024 bytes."],
  ["-I 0m", 64, "Item max size cannot be less than 1024 bytes."],
  ["-I -1m", 64, "Item max size cannot be less than 1024 bytes."],
  ["-m 0", 64, "Cannot set item size limit higher than 1/2 of memory max."],
  ["-I 500m", 64, "Cannot set item size limit higher than 1/2 of memory max."],
  ["-m 3000 -I 1025m", 64, "Cannot set item size limit higher than a gigabyte."],
  ["-p 65536", 64, "ERROR: Invalid port number 65536."],
  ["-p -2", 64, "ERROR: Invalid port number -2."],
];

const EXTENDED: Case[] = [
  ["-o foo", 1, 'Illegal suboption "foo"'],
  ["-o foo=3", 1, 'Illegal suboption "foo=3"'],
  ["-o ,", 1, 'Illegal suboption ""'],
  ["-o modern,,track_sizes", 1, 'Illegal suboption ""'],
  ["-o Modern", 1, 'Illegal suboption "Modern"'],
  ["-o relaxed_privileges", 1, 'Illegal suboption "relaxed_privileges"'],
  ["-o proxy_config=routelib", 1, 'Illegal suboption "proxy_config=routelib"'],
  ["-o hashpower", 1, "Missing numeric argument for hashpower"],
  ["-o hashpower=", 1, "Initial hashtable multiplier of 0 is too low"],
  ["-o hashpower=11", 1, "Initial hashtable multiplier of 11 is too low"],
  [
    "-o hashpower=33",
    1,
    "Initial hashtable multiplier of 33 is too high\n" +
      'Choose a value based on "STAT hash_power_level" from a running instance',
  ],
  ["-o slab_automove=3", 1, "slab_automove must be between 0 and 2"],
  ["-o slab_automove=-1", 1, "slab_automove must be between 0 and 2"],
  ["-o slab_automove_ratio", 1, "Missing slab_automove_ratio argument"],
  ["-o slab_automove_ratio=0", 1, "slab_automove_ratio must be > 0 and < 1"],
  ["-o slab_automove_ratio=1.1", 1, "slab_automove_ratio must be > 0 and < 1"],
  ["-o slab_automove_window", 1, "Missing slab_automove_window argument"],
  ["-o slab_automove_window=2", 1, "slab_automove_window must be > 2 and < 1800"],
  ["-o slab_automove_window=1801", 1, "slab_automove_window must be > 2 and < 1800"],
  ["-o slab_automove_freeratio", 1, "Missing slab_automove_freeratio argument"],
  ["-o slab_automove_freeratio=x", 1, "could not parse argument to slab_automove_freeratio"],
  ["-o tail_repair_time", 1, "Missing numeric argument for tail_repair_time"],
  ["-o tail_repair_time=9", 1, "Cannot set tail_repair_time to less than 10 seconds"],
  ["-o hash_algorithm", 1, "Missing hash_algorithm argument"],
  ["-o hash_algorithm=md5", 1, "Unknown hash_algorithm option (jenkins, murmur3, xxh3)"],
  ["-o lru_crawler_sleep", 1, "Missing lru_crawler_sleep value"],
  ["-o lru_crawler_sleep=1000001", 1, "LRU crawler sleep must be between 0 and 1 second"],
  ["-o lru_crawler_tocrawl", 1, "Missing lru_crawler_tocrawl value"],
  ["-o lru_crawler_tocrawl=x", 1, "lru_crawler_tocrawl takes a numeric 32bit value"],
  ["-o hot_lru_pct", 1, "Missing hot_lru_pct argument"],
  ["-o hot_lru_pct=0", 1, "hot_lru_pct must be > 1 and < 80"],
  ["-o hot_lru_pct=80", 1, "hot_lru_pct must be > 1 and < 80"],
  ["-o warm_lru_pct", 1, "Missing warm_lru_pct argument"],
  ["-o warm_lru_pct=99", 1, "warm_lru_pct must be > 1 and < 80"],
  ["-o hot_max_factor", 1, "Missing hot_max_factor argument"],
  ["-o hot_max_factor=0", 1, "hot_max_factor must be > 0"],
  ["-o warm_max_factor=-1", 1, "warm_max_factor must be > 0"],
  ["-o temporary_ttl", 1, "Missing temporary_ttl argument"],
  ["-o idle_timeout", 1, "Missing numeric argument for idle_timeout"],
  ["-o watcher_logbuf_size", 1, "Missing watcher_logbuf_size argument"],
  ["-o watcher_logbuf_size=1k", 1, "could not parse argument to watcher_logbuf_size"],
  ["-o worker_logbuf_size", 1, "Missing worker_logbuf_size argument"],
  ["-o worker_logbuf_size=-1", 1, "could not parse argument to worker_logbuf_size"],
  ["-o read_buf_mem_limit", 1, "Missing read_buf_mem_limit argument"],
  ["-o read_buf_mem_limit=x", 1, "could not parse argument to read_buf_mem_limit"],
  ["-o slab_chunk_max", 1, "Missing slab_chunk_max argument"],
  ["-o slab_chunk_max=x", 1, "could not parse argument to slab_chunk_max"],
  ["-o slab_chunk_max=0", 1, "slab_chunk_max must be >= 0"],
  ["-o slab_chunk_max=1025", 1, "slab_chunk_max must be specified in kilobytes."],
  ["-o slab_sizes", 1, "Missing slab_sizes argument"],
  ["-o ssl_chain_cert", 1, "Missing ssl_chain_cert argument"],
  ["-o ssl_key", 1, "Missing ssl_key argument"],
  ["-o ssl_ciphers", 1, "Missing ssl_ciphers argument"],
  ["-o ssl_ca_cert", 1, "Missing ssl_ca_cert argument"],
  ["-o ssl_verify_mode", 1, "Missing ssl_verify_mode argument"],
  ["-o ssl_verify_mode=x", 1, "could not parse argument to ssl_verify_mode"],
  ["-o ssl_verify_mode=4", 1, "Invalid ssl_verify_mode. Use help to see valid options."],
  ["-o ssl_verify_mode=-1", 1, "Invalid ssl_verify_mode. Use help to see valid options."],
  ["-o ssl_keyformat", 1, "Missing ssl_keyformat argument"],
  ["-o ssl_keyformat=PEM", 1, "could not parse argument to ssl_keyformat"],
  ["-o ssl_wbuf_size", 1, "Missing ssl_wbuf_size argument"],
  ["-o ssl_wbuf_size=-1", 1, "could not parse argument to ssl_wbuf_size"],
  ["-o ssl_min_version", 1, "Missing ssl_min_version argument"],
  ["-o ssl_min_version=x", 1, "could not parse argument to ssl_min_version"],
  ["-o ssl_min_version=4", 1, "Invalid ssl_min_version. Use help to see valid options."],
  ["-o ssl_kernel_tls", 1, "Kernel TLS offload is not available"],
];

const TOGETHER: Case[] = [
  [
    "-I 300k -o slab_chunk_max=512",
    64,
    "slab_chunk_max (bytes: 524288) cannot be larger than -I (item_size_max 307200)",
  ],
  [
    "-I 300k -o classic_sizes",
    64,
    "slab_chunk_max (bytes: 524288) cannot be larger than -I (item_size_max 307200)",
  ],
  [
    "-I 600k -o slab_chunk_max=512",
    64,
    "-I (item_size_max: 614400) must be evenly divisible by slab_chunk_max (bytes: 524288)",
  ],
  [
    "-o slab_chunk_max=700",
    64,
    "-I (item_size_max: 1048576) must be evenly divisible by slab_chunk_max (bytes: 716800)",
  ],
  [
    "-I 600k -o slab_chunk_max=300",
    64,
    "slab_chunk_max (bytes: 307200) must divide evenly into 1048576 (slab_page_size)",
  ],
  [
    "-I 1048577",
    64,
    "-I (item_size_max: 1048577) must be evenly divisible by slab_chunk_max (bytes: 524288)",
  ],
  ["-o slab_sizes=47", 64, "slab size 47 is out of valid range"],
  ["-o slab_sizes=abc", 64, "slab size 0 is out of valid range"],
  ["-o slab_sizes=1048577", 64, "slab size 1048577 is out of valid range"],
  ["-n 100 -o slab_sizes=99", 64, "slab size 99 is out of valid range"],
  ["-o slab_sizes=20000,slab_chunk_max=16", 64, "slab size 20000 is out of valid range"],
  [
    "-o slab_sizes=100-100",
    64,
    "slab size 100 cannot be lower than or equal to a previous class size",
  ],
  [
    "-o slab_sizes=200-100",
    64,
    "slab size 100 cannot be lower than or equal to a previous class size",
  ],
  [
    "-o slab_sizes=100-108",
    64,
    "slab size 108 must be at least 8 bytes larger than previous class",
  ],
  [`-o slab_sizes=${sizes(63)}`, 64, "too many slab classes specified"],
  ["-o hot_lru_pct=60", 64, `${HOT_WARM}`],
  ["-o hot_lru_pct=41,warm_lru_pct=40", 64, `${HOT_WARM}`],
  [
    "-o temporary_ttl=9,no_lru_maintainer",
    64,
    "temporary_ttl requires lru_maintainer to be enabled",
  ],
  [
    "-o hashpower=12",
    1,
    "Hash table power size (12) cannot be equal to or less than item lock table (12)\n" +
      "Item lock table grows with `-t N` (worker threadcount)\n" +
      "Hash table grows with `-o hashpower=N` ",
  ],
  [
    "-Y file -B auto",
    64,
    "ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens.",
  ],
  ["-Y file -U 1", 64, "Cannot use UDP with ascii authentication enabled (-U 0 to disable)"],
  ["-U 65536", 64, "ERROR: Invalid port number 65536."],
  ["-U -2 -p 1", 64, "ERROR: Invalid port number -2."],
  ["-Z -p 0", 64, "ERROR: You cannot enable SSL without a TCP port."],
  ["-S -B ascii", 64, SASL_IS_BINARY],
  ["-S -B auto", 64, SASL_IS_BINARY],
  ["-B ascii -S", 64, SASL_IS_BINARY],
  // The order of the checks: item size, chunks, classes, LRU, SASL, port.
  ["-p 70000 -I 10", 64, "Item max size cannot be less than 1024 bytes."],
  ["-p 70000 -S -B auto", 64, SASL_IS_BINARY],
  ["-p 70000 -o hot_lru_pct=60", 64, `${HOT_WARM}`],
];

const LACKING: Case[] = [
  ["-e file", 64, lacking("-e (memory file for warm restart)")],
  ["-N 1", 64, "-N <num_napi_ids> option not supported"],
  ["-m 1835009", 64, lacking("-m above 1835008")],
  ["-m -1", 64, lacking("-m above 1835008")],
  ["-o ext_path=/f:1g", 64, lacking("-o ext_path (external storage)")],
  ["-o ext_drop_unread", 64, lacking("-o ext_drop_unread (external storage)")],
  ["-o sock_cookie_id=7", 64, lacking("-o sock_cookie_id")],
  [
    "-o hashpower=30",
    64,
    "-o hashpower=30 needs 4096 megabytes, more than this version of wasmcached has beside -m.",
  ],
];

/** `count` class sizes that are all right. */
function sizes(count: number): string {
  return Array.from({ length: count }, (_, i) => 100 + 16 * i).join("-");
}

function words(line: string): string[] {
  return line.split(" ").map((word) => (word === "''" ? "" : word));
}

describe.each([
  ["unknown options", UNKNOWN],
  ["short options", SHORT],
  ["sub-options", EXTENDED],
  ["several together", TOGETHER],
  ["not in this version", LACKING],
])("%s", (_, cases) => {
  test.each(cases)("%p ends with %d", (line, code, stderr) => {
    const expected = { kind: "exit" as const, code, stdout: "", stderr: `${stderr}\n` };
    expect(parseOptions(words(line), {})).toEqual(expected);
  });
});

test("62 slab sizes are the most", () => {
  expect(parseOptions(["-o", `slab_sizes=${sizes(62)}`], {}).kind).toBe("run");
});

test("warnings before a mistake are printed before it", () => {
  const { stderr } = parseOptions(["-t", "65", "-c", "0"], {});
  expect(stderr).toStartWith("WARNING: ");
  expect(stderr).toEndWith("\nMaximum connections must be greater than 0\n");
});
