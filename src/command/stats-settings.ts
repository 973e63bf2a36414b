/**
 * stats settings, in memcached's order (specification §9.2).
 */
import type { Context } from "./context.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import type { Settings } from "../base/settings.ts";
import type { TlsSettings } from "../base/tls-settings.ts";
import type { StatLines } from "./stat-lines.ts";
import { fixedText } from "./fixed-text.ts";

const BINDING_NAMES = { auto: "auto-negotiate", ascii: "ascii", binary: "binary" } as const;

/** OpenSSL's flags for the four verify modes: ask for a certificate 1, insist on it 2, once 4. */
const VERIFY_FLAGS = [0, 1, 3, 7] as const;

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

export function settingsStats(context: Context, lines: StatLines): void {
  networkSettings(context, lines);
  storageSettings(context.settings, lines);
  lruSettings(context.settings, lines);
  flashSettings(context.settings, lines);
  if (context.settings.tls.enabled) tlsSettings(context.settings.tls, lines);
  lines.add("num_napi_ids", 0);
  lines.add("memory_file", "(null)");
  lines.add("client_flags_size", 4);
}

function networkSettings({ settings, core }: Context, lines: StatLines): void {
  lines.add("maxbytes", settings.memoryLimit);
  lines.add("maxconns", settings.connectionsMax);
  lines.add("tcpport", settings.port);
  lines.add("udpport", settings.udpPort);
  lines.add("inter", settings.listenText ?? "NULL");
  lines.add("verbosity", settings.verbosity);
  lines.add("oldest", core.gauge(Gauge.FLUSH_CUT));
  lines.add("evictions", settings.evictions ? "on" : "off");
  lines.add("domain_socket", settings.socketPath ?? "NULL");
  lines.add("umask", settings.unixMask.toString(8));
  lines.add("shutdown_command", yesNo(settings.shutdownCommand));
  lines.add("growth_factor", fixedText(settings.growthFactor, 2));
  lines.add("chunk_size", settings.chunkSizeMin);
  lines.add("num_threads", settings.threads);
  // memcached gives each UDP socket to one thread when there are several.
  const hasSeveral = settings.listenText?.includes(",") ?? false;
  lines.add("num_threads_per_udp", hasSeveral ? 1 : settings.threads);
  lines.add("stat_key_prefix", settings.prefixDelimiter);
  lines.add("detail_enabled", yesNo(settings.detailEnabled));
  lines.add("reqs_per_event", settings.requestsPerEvent);
  lines.add("cas_enabled", yesNo(settings.casEnabled));
  lines.add("tcp_backlog", settings.backlog);
  lines.add("binding_protocol", BINDING_NAMES[settings.bindingProtocol]);
  lines.add("auth_enabled_sasl", yesNo(settings.sasl));
  lines.add("auth_enabled_ascii", settings.authFile ?? "no");
}

function storageSettings(settings: Settings, lines: StatLines): void {
  lines.add("item_size_max", settings.itemSizeMax);
  lines.add("maxconns_fast", yesNo(settings.refuseFast));
  lines.add("hashpower_init", settings.hashPower);
  lines.add("slab_reassign", yesNo(settings.slabReassign));
  lines.add("slab_automove", settings.slabAutomove);
  lines.add("slab_automove_ratio", fixedText(settings.slabAutomoveRatio, 2));
  lines.add("slab_automove_window", settings.slabAutomoveWindow);
  lines.add("slab_chunk_max", settings.slabChunkMax);
}

function lruSettings(settings: Settings, lines: StatLines): void {
  lines.add("lru_crawler", yesNo(settings.lruCrawler));
  lines.add("lru_crawler_sleep", settings.lruCrawlerSleepMicroseconds);
  lines.add("lru_crawler_tocrawl", settings.lruCrawlerToCrawl);
  lines.add("tail_repair_time", settings.tailRepairSeconds);
  lines.add("flush_enabled", yesNo(settings.flushEnabled));
  lines.add("dump_enabled", yesNo(settings.dumpEnabled));
  lines.add("hash_algorithm", settings.hashAlgorithm);
  lines.add("lru_maintainer_thread", yesNo(settings.lruMaintainer));
  lines.add("lru_segmented", yesNo(settings.lruSegmented));
  lines.add("hot_lru_pct", settings.hotLruPercent);
  lines.add("warm_lru_pct", settings.warmLruPercent);
  lines.add("hot_max_factor", fixedText(settings.hotMaxFactor, 2));
  lines.add("warm_max_factor", fixedText(settings.warmMaxFactor, 2));
  lines.add("temp_lru", yesNo(settings.tempLru));
  lines.add("temporary_ttl", settings.temporaryTtlSeconds);
  lines.add("idle_timeout", settings.idleTimeoutSeconds);
  lines.add("watcher_logbuf_size", settings.watcherLogBufferSize);
  lines.add("worker_logbuf_size", settings.workerLogBufferSize);
  lines.add("read_buf_mem_limit", settings.readBufferMemoryLimit);
  lines.add("track_sizes", yesNo(settings.trackSizes));
  lines.add("inline_ascii_response", "no");
}

/** The group of memcached's flash storage; ours has none, and so they steer nothing. */
function flashSettings(settings: Settings, lines: StatLines): void {
  lines.add("ext_item_size", settings.extItemSize);
  lines.add("ext_item_age", settings.extItemAge);
  lines.add("ext_low_ttl", settings.extLowTtl);
  lines.add("ext_recache_rate", settings.extRecacheRate);
  lines.add("ext_wbuf_size", 4194304);
  lines.add("ext_compact_under", settings.extCompactUnder);
  lines.add("ext_drop_under", settings.extDropUnder);
  lines.add("ext_max_sleep", settings.extMaxSleep);
  lines.add("ext_max_frag", fixedText(settings.extMaxFrag, 2));
  lines.add("slab_automove_freeratio", fixedText(settings.slabAutomoveFreeRatio, 3));
  lines.add("ext_drop_unread", yesNo(settings.extDropUnread));
}

/** A build without TLS has none of these; neither has a server without `-Z` here. */
function tlsSettings(tls: TlsSettings, lines: StatLines): void {
  lines.add("ssl_enabled", yesNo(tls.enabled));
  lines.add("ssl_chain_cert", tls.chainCert ?? "(null)");
  lines.add("ssl_key", tls.key ?? "(null)");
  lines.add("ssl_verify_mode", VERIFY_FLAGS[tls.verifyMode] ?? 0);
  lines.add("ssl_keyformat", tls.keyFormat);
  lines.add("ssl_ciphers", tls.ciphers ?? "NULL");
  lines.add("ssl_ca_cert", tls.caCert ?? "NULL");
  lines.add("ssl_wbuf_size", tls.outputBufferSize);
  lines.add("ssl_session_cache", yesNo(tls.sessionCache));
  lines.add("ssl_kernel_tls", "no");
  lines.add("ssl_min_version", `tlsv1.${tls.minVersion}`);
}
