/**
 * stats: the general figures, in memcached's order (specification §9.1).
 *
 * What only memcached's build has, such as NAPI ids, reports 0.
 */
import { ClassCounter, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { INBOX_SIZE, OUTBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Context } from "./context.ts";
import { HostCounter } from "../base/host-counters.ts";
import { MEMCACHED_VERSION } from "../base/version.ts";
import type { StatLines } from "./stat-lines.ts";

/** Descriptors that memcached sets aside for each worker. */
const RESERVED_PER_THREAD = 5;

function microseconds(value: number): string {
  const micros = Math.round(value);
  return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
}

function zeros(lines: StatLines, names: readonly string[]): void {
  for (const name of names) lines.add(name, 0);
}

export function generalStats(context: Context, lines: StatLines): void {
  processStats(context, lines);
  connectionStats(context, lines);
  commandStats(context, lines);
  networkStats(context, lines);
  backgroundStats(context, lines);
  itemStats(context, lines);
}

function processStats({ clock, host }: Context, lines: StatLines): void {
  const usage = process.resourceUsage();
  lines.add("pid", process.pid);
  lines.add("uptime", clock.uptime);
  lines.add("time", clock.unixNow);
  lines.add("version", MEMCACHED_VERSION);
  lines.add("libevent", host.runtimeName);
  lines.add("pointer_size", 64);
  lines.add("rusage_user", microseconds(usage.userCPUTime));
  lines.add("rusage_system", microseconds(usage.systemCPUTime));
}

function connectionStats({ settings, counters, shared }: Context, lines: StatLines): void {
  const { threads } = settings;
  lines.add("max_connections", settings.connectionsMax);
  lines.add("curr_connections", counters.sum(HostCounter.CURRENT_CONNECTIONS) - 1);
  lines.add("total_connections", counters.sum(HostCounter.TOTAL_CONNECTIONS));
  if (settings.refuseFast) {
    lines.add("rejected_connections", counters.sum(HostCounter.REJECTED_CONNECTIONS));
  }
  lines.add("connection_structures", shared.connections.seenCount);
  lines.add("response_obj_oom", 0);
  lines.add("response_obj_count", threads);
  lines.add("response_obj_bytes", threads * OUTBOX_SIZE);
  lines.add("read_buf_count", threads);
  lines.add("read_buf_bytes", threads * INBOX_SIZE);
  lines.add("read_buf_bytes_free", 0);
  lines.add("read_buf_oom", 0);
  lines.add("reserved_fds", threads * RESERVED_PER_THREAD);
}

function commandStats({ core, counters }: Context, lines: StatLines): void {
  const count = (name: string, counter: Counter): void => lines.add(name, core.counter(counter));
  const sum = (name: string, counter: ClassCounter): void =>
    lines.add(name, core.classCounterSum(counter));
  const refused = counters.sum(HostCounter.FLUSHES_REFUSED);
  count("cmd_get", Counter.CMD_GET);
  sum("cmd_set", ClassCounter.CMD_SET);
  lines.add("cmd_flush", core.counter(Counter.CMD_FLUSH) + refused);
  count("cmd_touch", Counter.CMD_TOUCH);
  lines.add("cmd_meta", counters.sum(HostCounter.META_COMMANDS));
  sum("get_hits", ClassCounter.GET_HITS);
  count("get_misses", Counter.GET_MISSES);
  count("get_expired", Counter.GET_EXPIRED);
  count("get_flushed", Counter.GET_FLUSHED);
  count("delete_misses", Counter.DELETE_MISSES);
  sum("delete_hits", ClassCounter.DELETE_HITS);
  count("incr_misses", Counter.INCR_MISSES);
  sum("incr_hits", ClassCounter.INCR_HITS);
  count("decr_misses", Counter.DECR_MISSES);
  sum("decr_hits", ClassCounter.DECR_HITS);
  count("cas_misses", Counter.CAS_MISSES);
  sum("cas_hits", ClassCounter.CAS_HITS);
  sum("cas_badval", ClassCounter.CAS_BADVAL);
  sum("touch_hits", ClassCounter.TOUCH_HITS);
  count("touch_misses", Counter.TOUCH_MISSES);
  count("store_too_large", Counter.STORE_TOO_LARGE);
  count("store_no_memory", Counter.STORE_NO_MEMORY);
  lines.add("auth_cmds", counters.sum(HostCounter.AUTH_COMMANDS));
  lines.add("auth_errors", counters.sum(HostCounter.AUTH_ERRORS));
}

function networkStats({ settings, counters }: Context, lines: StatLines): void {
  if (settings.idleTimeoutSeconds > 0)
    lines.add("idle_kicks", counters.sum(HostCounter.IDLE_KICKS));
  lines.add("bytes_read", counters.sum(HostCounter.BYTES_READ));
  lines.add("bytes_written", counters.sum(HostCounter.BYTES_WRITTEN));
  lines.add("limit_maxbytes", settings.memoryLimit);
  lines.add("accepting_conns", counters.sum(HostCounter.DOORS_SHUT) === 0 ? 1 : 0);
  lines.add("listen_disabled_num", counters.sum(HostCounter.LISTEN_DISABLED));
  const disabled = counters.sum(HostCounter.LISTEN_DISABLED_MICROSECONDS);
  lines.add("time_in_listen_disabled_us", disabled);
  lines.add("threads", settings.threads);
  lines.add("conn_yields", counters.sum(HostCounter.YIELDS));
}

/** Groups of machinery that was switched off are left out, as in memcached. */
function backgroundStats(context: Context, lines: StatLines): void {
  const { core, settings, counters } = context;
  lines.add("hash_power_level", core.gauge(Gauge.HASH_POWER));
  lines.add("hash_bytes", core.gauge(Gauge.HASH_BYTES));
  lines.add("hash_is_expanding", core.gauge(Gauge.IS_EXPANDING));
  if (settings.slabReassign) moverStats(context, lines);
  if (settings.lruCrawler) {
    lines.add("lru_crawler_running", core.gauge(Gauge.IS_CRAWLING));
    lines.add("lru_crawler_starts", counters.sum(HostCounter.CRAWLER_STARTS));
  }
  if (settings.lruMaintainer) {
    lines.add("lru_maintainer_juggles", counters.sum(HostCounter.MAINTAINER_JUGGLES));
  }
  zeros(lines, ["malloc_fails"]);
  logStats(context, lines);
  if (settings.tls.enabled) tlsStats(context, lines);
  zeros(lines, ["unexpected_napi_ids", "round_robin_fallback"]);
}

function logStats({ core, counters, shared }: Context, lines: StatLines): void {
  lines.add("log_worker_dropped", core.counter(Counter.LOG_DROPPED));
  lines.add("log_worker_written", core.counter(Counter.LOG_WRITTEN));
  lines.add("log_watcher_skipped", counters.sum(HostCounter.WATCHER_SKIPPED));
  lines.add("log_watcher_sent", counters.sum(HostCounter.WATCHER_SENT));
  lines.add("log_watchers", shared.watchers.count);
}

function tlsStats({ settings, counters, clock, shared }: Context, lines: StatLines): void {
  if (settings.tls.sessionCache) {
    lines.add("ssl_new_sessions", counters.sum(HostCounter.SSL_NEW_SESSIONS));
  }
  lines.add("ssl_handshake_errors", counters.sum(HostCounter.SSL_HANDSHAKE_ERRORS));
  lines.add("ssl_proto_errors", counters.sum(HostCounter.SSL_PROTO_ERRORS));
  lines.add("time_since_server_cert_refresh", clock.now - shared.certificates.publishedAt);
}

/** memcached's words for a `MoveBusy`. */
const BUSY_WORDS = ["none", "busy_uploading", "busy_active", "busy_floating", "locked"];

function moverStats({ core }: Context, lines: StatLines): void {
  const count = (name: string, counter: Counter): void => lines.add(name, core.counter(counter));
  count("slab_reassign_rescues", Counter.SLAB_RESCUES);
  count("slab_reassign_chunk_rescues", Counter.SLAB_CHUNK_RESCUES);
  count("slab_reassign_inline_reclaim", Counter.SLAB_INLINE_RECLAIM);
  count("slab_reassign_busy_items", Counter.SLAB_BUSY_ITEMS);
  count("slab_reassign_busy_deletes", Counter.SLAB_BUSY_DELETES);
  count("slab_reassign_busy_nomem", Counter.SLAB_BUSY_NOMEM);
  const busy = BUSY_WORDS[core.gauge(Gauge.MOVE_BUSY)] as string;
  lines.add("slab_reassign_last_busy_status", busy);
  lines.add("slab_reassign_running", core.gauge(Gauge.IS_MOVING));
  count("slabs_moved", Counter.SLABS_MOVED);
}

function itemStats({ core, settings }: Context, lines: StatLines): void {
  const sum = (name: string, counter: ClassCounter): void =>
    lines.add(name, core.classCounterSum(counter));
  lines.add("bytes", core.gauge(Gauge.BYTES_LOW) + core.gauge(Gauge.BYTES_HIGH) * 2 ** 32);
  lines.add("curr_items", core.gauge(Gauge.ITEMS));
  lines.add("total_items", core.counter(Counter.TOTAL_ITEMS));
  lines.add("slab_global_page_pool", core.gauge(Gauge.PAGES_POOLED));
  sum("expired_unfetched", ClassCounter.EXPIRED_UNFETCHED);
  sum("evicted_unfetched", ClassCounter.EVICTED_UNFETCHED);
  if (settings.lruMaintainer) sum("evicted_active", ClassCounter.EVICTED_ACTIVE);
  sum("evictions", ClassCounter.EVICTED);
  sum("reclaimed", ClassCounter.RECLAIMED);
  sum("crawler_reclaimed", ClassCounter.CRAWLER_RECLAIMED);
  sum("crawler_items_checked", ClassCounter.CRAWLER_ITEMS_CHECKED);
  sum("lrutail_reflocked", ClassCounter.LRU_TAIL_REFLOCKED);
  if (!settings.lruMaintainer) return;
  sum("moves_to_cold", ClassCounter.MOVES_TO_COLD);
  sum("moves_to_warm", ClassCounter.MOVES_TO_WARM);
  sum("moves_within_lru", ClassCounter.MOVES_WITHIN_LRU);
  sum("direct_reclaims", ClassCounter.DIRECT_RECLAIMS);
  lines.add("lru_bumps_dropped", core.counter(Counter.LRU_BUMPS_DROPPED));
}
