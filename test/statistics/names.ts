/**
 * Which figures there are, and which of them never move, or by themselves.
 *
 * The names are those that memcached 1.6.45 has printed (test/integration/recorded). Classes,
 * sizes and descriptors are written as N.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const RECORDED = join(import.meta.dirname, "../integration/recorded");

/**
 * What an operator has to ask for before it is shown. Those of TLS and UDP have tests of their own
 * (test/integration/tls.test.ts, udp.test.ts).
 */
const ON_DEMAND = ["idle_kicks", "items N:number_temp", "sizes N"];

/** `slabs 17:cmd_set` is `slabs N:cmd_set`. */
export function general(name: string): string {
  return name.replace(/^(\w+) \d+/, "$1 N");
}

function recorded(kind: string): string[] {
  const file = kind === "" ? "stats.txt" : `stats-${kind}.txt`;
  const lines = readFileSync(join(RECORDED, file), "latin1").trimEnd().split("\n");
  return lines
    .map((line) => /^STAT (\S+)/.exec(line)?.[1]?.replace(/^items:/, ""))
    .filter((name) => name !== undefined)
    .map((name) => (kind === "" ? name : general(`${kind} ${name}`)));
}

/** Every figure of every kind of `stats`. */
export function everyName(): ReadonlySet<string> {
  const kinds = ["", "settings", "items", "slabs", "conns", "sizes"];
  return new Set([...kinds.flatMap((kind) => recorded(kind)), ...ON_DEMAND]);
}

/** Compared in every row: they move with each look, or with each second. */
export const IN_EVERY_ROW = ["bytes_read", "bytes_written", "uptime", "time"];

/** What stays as it is while the server runs, what it looks like, and why it cannot move. */
export const CONSTANT: Readonly<Record<string, readonly [like: RegExp, why: string]>> = {
  pid: [/^\d+$/, "the process"],
  version: [/^1\.6\.45$/, "the memcached whose behaviour this is"],
  libevent: [/^\S+$/, "what serves in its place"],
  pointer_size: [/^64$/, "as memcached's on such a machine"],
  max_connections: [/^1024$/, "-c"],
  response_obj_oom: [/^0$/, "replies are written into memory that each thread has from the start"],
  response_obj_count: [/^4$/, "one outbox for each thread"],
  response_obj_bytes: [/^1048576$/, "256 KiB for each thread"],
  read_buf_count: [/^4$/, "one inbox for each thread"],
  read_buf_bytes: [/^65536$/, "16 KiB for each thread"],
  read_buf_bytes_free: [/^0$/, "they are not handed around"],
  read_buf_oom: [/^0$/, "they are not handed around"],
  reserved_fds: [/^20$/, "5 for each thread"],
  accepting_conns: [/^1$/, "clients over the limit are told so, at once"],
  listen_disabled_num: [/^0$/, "clients over the limit are told so, at once"],
  time_in_listen_disabled_us: [/^0$/, "clients over the limit are told so, at once"],
  threads: [/^4$/, "-t"],
  malloc_fails: [/^0$/, "all memory is taken at the start"],
  unexpected_napi_ids: [/^0$/, "-N is not there"],
  round_robin_fallback: [/^0$/, "-N is not there"],
  "slabs N:free_chunks_end": [/^0$/, "always 0 in memcached too"],
  "sizes sizes_status": [/^disabled$/, "-o track_sizes has sizes in its place"],
};

/** What moves by itself: tested on its own. */
export const OF_TIME = [
  "rusage_user",
  "rusage_system",
  "lru_maintainer_juggles",
  "items N:age_hot",
  "items N:age_warm",
  "items N:age",
  "conns N:secs_since_last_cmd",
];

/** What `stats reset` leaves as it is: what is there now, and one that memcached forgot. */
const KEPT = new RegExp(
  [
    "^(settings|conns|sizes) ",
    "^items N:(number|age|mem_requested)",
    "^slabs (N:(chunk|chunks|total|used|free)_|active_slabs|total_malloced)",
    "^(curr_|hash_|slab_global_page_pool$|limit_maxbytes$|bytes$|lru_bumps_dropped$)",
    "^(connection_structures|slab_reassign_running|lru_crawler_running|log_watchers)$",
  ].join("|"),
);

/** Whether `stats reset` sets it to 0, or to `none`. */
export function isReset(name: string): boolean {
  return !KEPT.test(general(name));
}
